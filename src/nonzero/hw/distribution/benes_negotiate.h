#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "nonzero/base/random.h"

namespace nonzero::hw {

// The slow, stubborn way to the middle switches of a Benes map (see benes_search.h), for maps whose
// sources lie so badly (hundreds of lanes fed from multiples of 16) that halving top-down cannot see far
// enough: negotiated congestion (McMurchie and Ebeling, PathFinder, FPGA 1995). All paths are laid, links
// shared by different words grow dearer round by round, and every path in turn moves to its cheapest middle
// switch, until no link is shared.
class BenesNegotiation {
 public:
  explicit BenesNegotiation(uint32_t lanes);

  // middle switch per lane (unspecified on idle lanes), or nothing if links stay shared.
  std::optional<std::vector<uint32_t>> run(std::span<const int32_t> source_of_lane);

 private:
  struct Link {
    std::vector<std::pair<uint32_t, uint32_t>> words;  // word, paths of it on this link
    double history = 0;
  };

  // The link that leaves depth `depth` - 1 for `depth` (1 … log2 N) on the way to a middle switch whose
  // leading `depth` bits are `prefix`; `side` 0 is the input's half, 1 the output's (walked inwards too).
  Link& link(uint32_t side, uint32_t depth, uint32_t prefix, uint32_t lane);
  [[nodiscard]] double price(const Link& link, uint32_t word) const;
  void lay(uint32_t lane, uint32_t middle);
  void lift(uint32_t lane, uint32_t middle);
  [[nodiscard]] bool on_shared_link(uint32_t lane);
  // Lays all paths afresh; true once no link is shared.
  bool settle(std::vector<uint32_t>& order);
  void descend(uint32_t lane, uint32_t depth, uint32_t prefix, double cost);
  uint64_t charge_shared_links();

  uint32_t lanes_;
  uint32_t depth_;
  Random random_;
  std::vector<Link> links_;
  std::vector<uint32_t> word_, middle_;
  double pressure_ = 1;
  double best_cost_ = 0;
  uint32_t best_ = 0;
};

}  // namespace nonzero::hw
