#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/hw/memory/psram.h"

namespace nonzero::hw {

// What a Psram counts, a block at a time, for runs that need no values. Fibers are written whole, a tile of
// them at once, and consumed whole; memory does not grow with them.
//
// Exact because of the order of writes, element index first: writer i opens its n-th block at element
// n * block_elements, so blocks open by n, then by writer. With no more writers than blocks in a set, a
// block that is being filled is never the oldest of a full set, as each other writer opens at most one
// before it is full; with more, the elements are walked.
class PsramCounter {
 public:
  struct Run {
    uint32_t row = 0;
    uint64_t k = 0;
    uint64_t length = 0;  // elements
  };

  // Throws InputError where a size of the geometry is 0.
  PsramCounter(const PsramGeometry& geometry, PsramOverflow overflow);

  // What a counter of a bounded store takes in memory.
  static uint64_t bytes(const PsramGeometry& geometry) {
    return geometry.sets * (sizeof(Set) + geometry.blocks * sizeof(Tag));
  }

  [[nodiscard]] const PsramCounts& counts() const { return counts_; }
  [[nodiscard]] uint64_t live_blocks() const { return live_blocks_; }
  void begin_tile(uint64_t tile) { tile_ = tile; }

  // New fibers, one per writer, element 0 of each in the order of the span, then element 1 of each that
  // has one, …; closed at the end. Throws InputError where kFail is reached.
  void write(std::span<const Run> writers);

  // Fibers of one row, ascending in k, without others of that row between them. All their elements.
  void consume(std::span<const Run> fibers);

 private:
  struct Tag {
    uint64_t k = 0;
    uint32_t row = 0;
  };
  struct Set {
    uint64_t oldest = 0, end = 0;  // blocks count on; block b stands in slot b mod blocks
  };
  struct Writer {
    uint32_t index = 0, set = 0;
    uint64_t elements = 0;         // still to come
    uint64_t block = 0, fill = 0;  // where single elements are walked
  };

  void count_unbounded(std::span<const Run> writers);
  void push(uint32_t set, const Run& run);
  void write_blocks(std::span<const Run> writers);
  void write_elements(std::span<const Run> writers);

  PsramGeometry geometry_;
  PsramOverflow overflow_;
  PsramCounts counts_;
  uint64_t live_blocks_ = 0, tile_ = 0;
  std::vector<Set> sets_;
  std::vector<Tag> tags_;             // sets x blocks, unless unbounded
  std::vector<uint64_t> set_blocks_;  // where unbounded
  std::vector<Writer> writers_;
};

}  // namespace nonzero::hw
