#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "nonzero/hw/distribution/benes.h"

namespace nonzero::hw::twin {

// The Benes network as switches and wires: a wire is (level it enters, lane it enters, diagonal?) and
// holds one word. Knows the strides by listing them, and nothing of how the bits were found.
class Benes {
 public:
  explicit Benes(uint32_t lanes) : lanes_(lanes) {
    for (uint32_t stride = lanes / 2; stride >= 1; stride /= 2) strides_.push_back(stride);
    for (uint32_t stride = 1; stride <= lanes / 2; stride *= 2) strides_.push_back(stride);
  }

  // One cycle: every switch in turn reads its two wires and drives two.
  std::vector<std::optional<int32_t>> cycle(const BenesRouting& routing, const std::vector<int32_t>& words) {
    wires_.clear();
    for (uint32_t lane = 0; lane < lanes_; ++lane) wires_[{0, lane, false}] = words[lane];
    for (uint32_t level = 0; level < strides_.size(); ++level) {
      for (uint32_t lane = 0; lane < lanes_; ++lane) {
        drive({level + 1, lane, false}, output(routing, level, lane, BenesRouting::kVertical));
        drive({level + 1, lane ^ strides_[level], true},
              output(routing, level, lane, BenesRouting::kDiagonal));
      }
    }
    std::vector<std::optional<int32_t>> delivered;
    const auto last = static_cast<uint32_t>(strides_.size());
    for (uint32_t lane = 0; lane < lanes_; ++lane)
      delivered.push_back(output(routing, last, lane, BenesRouting::kVertical));
    return delivered;
  }

  std::optional<int32_t> input(uint32_t level, uint32_t lane, bool diagonal) const {
    const auto wire = wires_.find({level, lane, diagonal});
    return wire == wires_.end() ? std::nullopt : std::optional<int32_t>(wire->second);
  }

 private:
  using Wire = std::tuple<uint32_t, uint32_t, bool>;

  std::optional<int32_t> output(const BenesRouting& routing, uint32_t level, uint32_t lane,
                                uint8_t port) const {
    return input(level, lane, routing.takes_diagonal(level, lane, port));
  }
  void drive(const Wire& wire, std::optional<int32_t> word) {
    if (word) wires_[wire] = *word;
  }

  uint32_t lanes_;
  std::vector<uint32_t> strides_;
  std::map<Wire, int32_t> wires_;
};

}  // namespace nonzero::hw::twin
