#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/arch/flexagon/dataflow.h"
#include "nonzero/result/result.h"

namespace nonzero::flexagon {

// A fiber at a leaf of the merger-reduction network, and the row of C it belongs to. Fibers of one row
// stand side by side. `values` is as long as `coordinates`, or empty for a pattern.
struct MrnFiber {
  uint64_t row = 0, k = 0;
  std::vector<uint32_t> coordinates;
  std::vector<double> values;
};

// The network merging, cycle by cycle, for a page to draw:
//
//   {"title", "note", "outermost": "row" or "column" of C, "leaves", "levels", "finished": whether
//    the steps reach the last end of fiber, "fibers": [{"row", "k", "length", "coordinates", "values"} …],
//    "steps": [{"cycle", "read": [elements taken of each fiber so far],
//               "nodes": [{"level", "index", "mode", "did", "held", "coordinate", "value", "row"} …],
//               "emitted": [{"row", "level", "index", "coordinate", "value"} …]} …]}
//
// `mode` is OFF, PASS, CMP or SPLIT. `did` is what the node did in this cycle: "smaller" (of two heads),
// "sum", "forward", "end", "wait" or "". `held` says whether the node's register holds something at the
// end of the cycle: an element, whose coordinate and value follow, or without them the end of fiber. At
// most `most_steps` steps are told, and of each fiber what they can reach. The leaves are the smallest power
// of two >= 2 that takes the fibers. Throws InputError unless there are 1 to 64 fibers, each row's side by
// side; std::logic_error where two rows would meet above level 1, which needs lateral links.
nlohmann::ordered_json mrn_walk(const std::string& title, const std::string& note, const char* outermost,
                                const std::vector<MrnFiber>& fibers, uint32_t most_steps);

// The first row of C (column, for an N-stationary dataflow) that this dataflow merges out of 2 to 8 fibers;
// nothing where the first that needs merging has more, or where there is none.
std::optional<nlohmann::ordered_json> mrn_view(OperandPair& operands, Dataflow dataflow,
                                               const Config& config);

// The paper's walk-through matrices: row 1 merged out of the PSRAM as the outer product does, and both
// rows at once as Gustavson does.
const nlohmann::ordered_json& mrn_walk_through();

// Both on a result: views "mrn", where there is one, and "mrn_example", on machines whose network merges.
void add_mrn_views(Result& result, OperandPair& operands, Dataflow dataflow, const Config& config);

}  // namespace nonzero::flexagon
