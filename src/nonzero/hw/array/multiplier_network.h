#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nonzero::hw {

// MULTIPLIER NETWORK (Flexagon, ASPLOS 2023, section 3.2.1)
//
//   function    P multipliers without links between them; each holds a stationary element
//                 multiply   value of register x input, at the coordinate of the input
//                 forward    the input unchanged (while partial sums are merged)
//   latency     1 cycle
//   throughput  one element per multiplier and cycle
//   activity    registers loaded, multiplications, forwards
struct MultiplierCounts {
  uint64_t loads = 0, multiplications = 0, forwards = 0;

  bool operator==(const MultiplierCounts&) const = default;
};

// Products are exact where Value is int64_t and the operands are integers, and rounded once to a double
// otherwise.
template <class Value>
class MultiplierNetwork {
 public:
  struct Stationary {
    Value value{};
    uint32_t coordinate = 0, row = 0;
  };

  // Throws InputError where there is no multiplier.
  explicit MultiplierNetwork(uint32_t multipliers);

  [[nodiscard]] uint32_t multipliers() const { return multipliers_; }
  [[nodiscard]] const MultiplierCounts& counts() const { return counts_; }
  [[nodiscard]] std::span<const Stationary> loaded() const { return registers_; }

  // The next tile into multipliers 0, 1, …; the others are off. Throws InputError where it is too long.
  void load(std::span<const Stationary> tile);

  // One element in multiplier i < loaded().size().
  Value multiply(uint32_t i, Value input) {
    ++counts_.multiplications;
    return registers_[i].value * input;
  }
  Value forward(Value input) {
    ++counts_.forwards;
    return input;
  }

  // A whole fiber through multiplier i; `products` is as long. The coordinates are the fiber's.
  void multiply(uint32_t i, std::span<const float> fiber, std::span<Value> products);
  // Of runs without values.
  void count_multiplications(uint64_t elements) { counts_.multiplications += elements; }
  void count_forwards(uint64_t elements) { counts_.forwards += elements; }
  void count_loads(uint64_t elements) { counts_.loads += elements; }

  // Cycles of a tile whose multipliers get that many elements each: the longest.
  [[nodiscard]] static uint64_t stream_cycles(std::span<const uint64_t> elements);

 private:
  uint32_t multipliers_;
  MultiplierCounts counts_;
  std::vector<Stationary> registers_;
};

}  // namespace nonzero::hw
