#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace nonzero::flexagon {

// Sizes of the unions of fibers that are merged `radix` at a time, in as many rounds as they need: the
// first round's outputs are the fibers of the second. One stamp per coordinate and round tells whether
// the group at hand has it; a coordinate that a group has, all later rounds' groups have too.
class UnionTree {
 public:
  UnionTree(uint64_t coordinates, uint64_t radix) : coordinates_(coordinates), radix_(radix) {}

  // A new row. `fibers` will be added to it (or fewer).
  void begin(uint64_t fibers) {
    rounds_ = 1;
    for (uint64_t held = radix_; held<fibers; held = held> fibers / radix_ ? fibers : held * radix_)
      ++rounds_;
    while (levels_.size() < rounds_) levels_.emplace_back().stamps.resize(coordinates_);
    for (uint64_t l = 0; l < rounds_; ++l) open(levels_[l]);
  }

  // Adds a fiber to the group at hand of every round.
  void add(std::span<const uint32_t> fiber) {
    Level& first = levels_.front();
    uint32_t* const stamps = first.stamps.data();
    const uint32_t id = first.id;
    uint64_t fresh = 0;
    if (rounds_ == 1) {
      for (const uint32_t c : fiber) {
        fresh += stamps[c] != id;
        stamps[c] = id;
      }
    } else {
      for (const uint32_t c : fiber) {
        if (stamps[c] == id) continue;
        stamps[c] = id;
        ++fresh;
        add_above(c);
      }
    }
    first.size += fresh;
  }

  // The size of the group at hand of a round; close() ends it and begins the round's next.
  [[nodiscard]] uint64_t size(uint64_t round) const { return levels_[round].size; }
  void close(uint64_t round) { open(levels_[round]); }
  [[nodiscard]] uint64_t rounds() const { return rounds_; }

 private:
  struct Level {
    std::vector<uint32_t> stamps;
    uint32_t id = 0;
    uint64_t size = 0;
  };

  static void open(Level& level) {
    level.size = 0;
    if (++level.id != 0) return;
    std::fill(level.stamps.begin(), level.stamps.end(), 0);
    level.id = 1;
  }

  void add_above(uint32_t c) {
    for (uint64_t l = 1; l < rounds_; ++l) {
      Level& level = levels_[l];
      if (level.stamps[c] == level.id) return;
      level.stamps[c] = level.id;
      ++level.size;
    }
  }

  uint64_t coordinates_, radix_, rounds_ = 0;
  std::vector<Level> levels_;
};

}  // namespace nonzero::flexagon
