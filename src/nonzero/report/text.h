#pragma once

#include <span>
#include <string>

#include "nonzero/report/table.h"
#include "nonzero/result/result.h"

namespace nonzero {

// One result in full, for a terminal: the mapping in a sentence, cycles by phase, PE-cycles,
// utilisation, traffic, energy and area, notes, and the command that gives it again.
std::string describe_result(const Result& result);

// One line per result.
Table results_table(std::span<const Result> results);

// The GEMMs of every stage of a training step, in the order of their layers: what was decided offline.
Table schedule_table(std::span<const Result> results);

// Cycles by stage, weighted by repeat; "" where no machine has stages.
std::string stages_text(std::span<const Result> results);

// One row per operation, designs side by side, with the speed-up over the first design and its
// geometric mean; between more than two designs also the fastest and the factor to the next.
// `runs[d]` holds design d's results, the same operations in the same order.
std::string comparison(std::span<const RunResult> runs);

}  // namespace nonzero
