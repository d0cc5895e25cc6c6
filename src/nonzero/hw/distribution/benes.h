#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nonzero::hw {

// BENES DISTRIBUTION NETWORK (SIGMA, HPCA 2020, section IV-A; topology as in Fig. 5)
//
//   function    any word to any lane, multicast included: delivered[lane] = words[source_of_lane[lane]]
//   ports       N word inputs, N word outputs, N a power of two >= 2
//   latency     1 cycle (latch-free switches)
//   throughput  N words delivered per cycle
//   activity    words × (2 log2 N + 1) switch traversals, an upper bound under multicast
//
// 2 log2 N + 1 levels of N switches; links between the levels have strides N/2, …, 2, 1, 1, 2, …, N/2.
// A switch (level, lane) has two inputs and two outputs, each output its own control bit:
//
//    from (level-1, lane)          --vertical-->  [ ]  --vertical-->  to (level+1, lane)
//    from (level-1, lane ^ stride) --diagonal-->  [ ]  --diagonal-->  to (level+1, lane ^ next stride)
//
// Level 0 has the word of its lane on its one input; the last level has the one vertical output.
//
// What is known of `route`: every map routes at N = 2, 4 (held by a test) and at N = 8 (all 8^8, by a run of
// a minute); random maps, permutations, few sources in any order with idle lanes: all tried to N = 512. Not
// proved for every N: maps of hundreds of lanes all of whose sources are multiples of 4, 8, 16 or 32 may find
// no routing at N >= 256, and are then refused, whether or not one exists.
struct BenesRouting {
  static constexpr uint8_t kVertical = 0;  // output ports of a switch
  static constexpr uint8_t kDiagonal = 1;

  uint32_t lanes = 0;
  uint32_t levels = 0;
  // levels × lanes, level-major. Bit `port`: that output takes the diagonal input (0: the vertical one).
  std::vector<uint8_t> select;
  // Same shape. Bit `port`: a delivered word passes that output.
  std::vector<uint8_t> used;

  [[nodiscard]] bool takes_diagonal(uint32_t level, uint32_t lane, uint8_t port) const {
    return (select[size_t{level} * lanes + lane] >> port & 1) != 0;
  }
  [[nodiscard]] bool carries(uint32_t level, uint32_t lane, uint8_t port) const {
    return (used[size_t{level} * lanes + lane] >> port & 1) != 0;
  }
  [[nodiscard]] bool delivers(uint32_t lane) const { return carries(levels - 1, lane, kVertical); }

  // Output ports that carry a delivered word: the exact count below words × levels.
  [[nodiscard]] uint64_t ports_used() const;
};

class Benes {
 public:
  // Throws InputError where `lanes` is no power of two >= 2.
  explicit Benes(uint32_t lanes);

  [[nodiscard]] uint32_t lanes() const { return lanes_; }
  [[nodiscard]] uint32_t levels() const { return levels_; }
  static constexpr uint64_t latency_cycles() { return 1; }

  // The stride of the links that enter `level` (1 … levels-1).
  [[nodiscard]] uint32_t stride_into(uint32_t level) const;

  [[nodiscard]] uint64_t traversals(uint64_t words_delivered) const { return words_delivered * levels_; }

  // Control bits that bring input source_of_lane[lane] to each lane; -1 leaves a lane idle. The same
  // map always gives the same bits. Throws InputError, printing the map, where none are found or
  // where a source is no lane.
  [[nodiscard]] BenesRouting route(std::span<const int32_t> source_of_lane) const;

  // What the control bits deliver, followed level by level; T{} on lanes that the routing leaves idle.
  template <class T>
  [[nodiscard]] std::vector<T> apply(const BenesRouting& routing, std::span<const T> words) const;

 private:
  void lay_path(BenesRouting& routing, uint32_t source, uint32_t middle, uint32_t output) const;
  void trace_back(BenesRouting& routing, std::span<const int32_t> source_of_lane) const;
  void check(const BenesRouting& routing, size_t words) const;

  uint32_t lanes_;
  uint32_t levels_;
};

template <class T>
std::vector<T> Benes::apply(const BenesRouting& routing, std::span<const T> words) const {
  check(routing, words.size());
  struct Inputs {
    T vertical, diagonal;
  };
  std::vector<Inputs> inputs(lanes_), next(lanes_);
  for (uint32_t lane = 0; lane < lanes_; ++lane) inputs[lane] = {words[lane], words[lane]};
  for (uint32_t level = 0; level + 1 < levels_; ++level) {
    const uint32_t stride = stride_into(level + 1);
    for (uint32_t lane = 0; lane < lanes_; ++lane) {
      const Inputs& in = inputs[lane];
      next[lane].vertical =
          routing.takes_diagonal(level, lane, BenesRouting::kVertical) ? in.diagonal : in.vertical;
      next[lane ^ stride].diagonal =
          routing.takes_diagonal(level, lane, BenesRouting::kDiagonal) ? in.diagonal : in.vertical;
    }
    inputs.swap(next);
  }
  std::vector<T> delivered(lanes_);
  for (uint32_t lane = 0; lane < lanes_; ++lane)
    if (routing.delivers(lane))
      delivered[lane] = routing.takes_diagonal(levels_ - 1, lane, BenesRouting::kVertical)
                            ? inputs[lane].diagonal
                            : inputs[lane].vertical;
  return delivered;
}

}  // namespace nonzero::hw
