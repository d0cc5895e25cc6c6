#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "nonzero/base/random.h"

namespace nonzero::hw {

// Finds, for every lane of a Benes network that wants a word, the middle switch its path crosses.
//
// From an input to a middle switch, and from there to an output, the path is unique, so these choices
// are the routing. Let low(x, y) be the number of equal low bits of two lanes and high(m, n) that of
// equal high bits of two middle switches. Two paths that carry different words need different links:
//   high(m, m') + max(low(word, word'), low(lane, lane')) <= log2 N.
// Read from the outside in, bit by bit of m: a network of M switches splits into two of M/2 (the looping
// algorithm's recursion). Among the paths of one half at most two different words come from, and go to,
// switches that are equal modulo M/2, one over each of a switch's two links.
//
// Each split is a two-colouring: paths that share a link-pair's switch with another word must differ.
// Beyond these needs it wants at most one word per switch in the halves, which leaves them free of
// needs; that wish can fail only on odd cycles, which multicast makes. Needs are kept in a union-find
// with parity; wishes are added in random order unless they contradict. A half that
// cannot be coloured sends the search back to its parent, which draws another order.
class BenesSearch {
 public:
  explicit BenesSearch(uint32_t lanes);

  // middle switch per lane (unspecified on idle lanes), or nothing if the search gave up.
  std::optional<std::vector<uint32_t>> run(std::span<const int32_t> source_of_lane);

  // Splits tried in the last run: 1 per network of at least 2 switches when no choice was taken back.
  [[nodiscard]] uint64_t splits() const { return splits_; }

 private:
  struct Wish {
    uint32_t a, b;
    bool differ;
  };

  bool solve(uint32_t begin, uint32_t end, uint32_t switches);
  bool colour(uint32_t begin, uint32_t end, uint32_t switches);
  bool add_needs(uint32_t begin, uint32_t end, uint32_t switches);
  void add_wishes(uint32_t begin, uint32_t end, uint32_t switches);
  std::pair<uint32_t, bool> find(uint32_t path);
  bool unite(uint32_t a, uint32_t b, bool differ);

  uint32_t lanes_;
  Random random_;
  uint64_t splits_ = 0;
  uint64_t split_limit_ = 0;
  // A path is named by the lane it ends at.
  std::vector<uint32_t> order_, word_, middle_, scratch_;
  std::vector<uint32_t> parent_;
  std::vector<uint8_t> parity_;
  std::vector<uint8_t> colour_;
  std::vector<uint32_t> first_path_of_word_;
  std::vector<std::array<uint32_t, 2>> words_in_;   // per input switch: its (at most two) words
  std::vector<std::array<uint32_t, 2>> paths_out_;  // per output switch: a path for each of its words
  std::vector<Wish> wishes_;
};

}  // namespace nonzero::hw
