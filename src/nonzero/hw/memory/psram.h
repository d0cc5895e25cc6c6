#pragma once

#include <cstdint>
#include <vector>

#include "nonzero/hw/fiber.h"

namespace nonzero::hw {

// PARTIAL-SUM RAM (Flexagon, ASPLOS 2023, section 3.2.3)
//
//   function    holds fibers of partial sums that grow element by element and are read once, in order
//   structure   a row lives in set row mod `sets`; a set has `blocks` blocks of `block_elements` elements,
//               tagged with row and k. A fiber takes as many blocks of its set as it needs:
//
//                 set 1   | row 1, k 0 | row 1, k 2 | row 1, k 3 | row 1, k 3 |
//                         |   1    2   |   0        |   0    1   |   2        |
//
//   write       into the newest block of the fiber, or, where there is none or it is full, a free block
//   consume     from its oldest block, which is free once it is empty and either full before or closed
//   overflow    a set without a free block (the paper has no rule): kUnbounded ignores the capacity;
//               kSpill sends the oldest block of the set to DRAM, whatever it holds, where its elements
//               wait until they are consumed; kFail throws
//   activity    elements written and consumed, blocks opened and spilled, the most blocks alive
//
// Blocks of a set lie in different banks: one element of every fiber of a row per cycle.

struct PsramGeometry {
  uint64_t sets = 64, blocks = 64, block_elements = 16, element_bytes = 4;
};

// Throws InputError unless all sizes are positive and block numbers fit 32 bits.
void check(const PsramGeometry& geometry);
// The same, and that their product is `psram_bytes`.
void check(const PsramGeometry& geometry, uint64_t psram_bytes);

enum class PsramOverflow : uint8_t { kUnbounded, kSpill, kFail };

struct PsramCounts {
  uint64_t writes = 0, reads = 0;  // elements
  uint64_t opened_blocks = 0, spilled_blocks = 0;
  uint64_t peak_blocks = 0, peak_set_blocks = 0;  // alive at once: in all sets, in one

  bool operator==(const PsramCounts&) const = default;
};

// What `kFail` throws: an InputError that names row, k, tile and occupancy.
[[noreturn]] void throw_psram_overflow(uint64_t row, uint64_t k, uint64_t tile,
                                       const PsramGeometry& geometry);

// The blocks of a PSRAM, element by element, without values. A fiber is named by the handle open() gives,
// which stands for the match of the tags (row, k).
class PsramDirectory {
 public:
  using Fiber = uint32_t;

  struct Block {
    uint32_t row = 0;
    uint64_t k = 0;
    Fiber fiber = 0;
    uint32_t start = 0;            // of the fiber's elements, the one at data[0]
    uint32_t first = 0, last = 0;  // data[first … last) wait to be consumed
  };

  // Throws InputError where a size of the geometry is 0.
  PsramDirectory(const PsramGeometry& geometry, PsramOverflow overflow);

  [[nodiscard]] const PsramGeometry& geometry() const { return geometry_; }
  [[nodiscard]] const PsramCounts& counts() const { return counts_; }
  [[nodiscard]] uint64_t live_blocks() const { return live_blocks_; }
  void begin_tile(uint64_t tile) { tile_ = tile; }  // named by the error of kFail

  Fiber open(uint32_t row, uint64_t k);

  // One more element at the end of the fiber. Throws InputError where kFail is reached.
  void write(Fiber fiber) {
    FiberState& state = fibers_[fiber];
    if (state.newest == kNone || slots_[state.newest].last == geometry_.block_elements) open_block(fiber);
    ++slots_[state.newest].last;
    ++state.written;
    ++counts_.writes;
  }

  // The index, counted from 0 since open(), of the element that is consumed.
  // Throws std::logic_error where the fiber holds none.
  uint32_t consume(Fiber fiber);

  // The same for all that wait (at least one).
  uint32_t consume_all(Fiber fiber);

  // No more writes: a block that is empty is free now.
  void close(Fiber fiber);

  [[nodiscard]] uint32_t waiting(Fiber fiber) const { return fibers_[fiber].written - fibers_[fiber].read; }
  // The blocks of a set that are in use, oldest first.
  [[nodiscard]] std::vector<Block> contents(uint64_t set) const;
  // Forgets all fibers; the counts stay.
  void clear();

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct FiberState {
    uint64_t k = 0;
    uint32_t row = 0;
    uint32_t written = 0, read = 0;
    uint32_t oldest = kNone, newest = kNone;  // blocks on chip
    bool closed = false;
  };
  struct Slot {
    Fiber fiber = 0;
    uint32_t start = 0, first = 0, last = 0;
    uint32_t older = kNone, newer = kNone;  // in the set
    uint32_t next = kNone;                  // in the fiber; of a free slot, the next free one
  };
  struct Set {
    uint32_t oldest = kNone, newest = kNone, used = 0;
  };

  void open_block(Fiber fiber);
  uint32_t take_slot();
  void free_oldest_block(FiberState& state);

  PsramGeometry geometry_;
  PsramOverflow overflow_;
  PsramCounts counts_;
  uint64_t live_blocks_ = 0, tile_ = 0;
  std::vector<Set> sets_;
  std::vector<Slot> slots_;
  uint32_t free_slots_ = kNone;
  std::vector<FiberState> fibers_;
};

// The PSRAM with its elements. Those of a fiber lie together, on chip or spilled, so that memory follows
// the elements and not the blocks: 4 + sizeof(Value) bytes each.
template <class Value>
class Psram {
 public:
  using Fiber = PsramDirectory::Fiber;

  struct Element {
    uint32_t coordinate = 0;
    Value value{};
    bool operator==(const Element&) const = default;
  };

  Psram(const PsramGeometry& geometry, PsramOverflow overflow) : directory_(geometry, overflow) {}

  [[nodiscard]] const PsramDirectory& directory() const { return directory_; }
  [[nodiscard]] const PsramCounts& counts() const { return directory_.counts(); }
  void begin_tile(uint64_t tile) { directory_.begin_tile(tile); }

  // Room for that many elements in all; saves moving them where it is known.
  void reserve(uint64_t elements) {
    coordinates_.reserve(elements);
    values_.reserve(elements);
  }

  // `length`: how long the fiber will be; a longer one is moved as it grows.
  Fiber open(uint32_t row, uint64_t k, uint32_t length) {
    const Fiber fiber = directory_.open(row, k);
    places_.push_back({coordinates_.size(), 0, length});
    grow_store(length);
    return fiber;
  }

  void write(Fiber fiber, uint32_t coordinate, Value value) {
    Place& place = places_[fiber];
    if (place.used == place.room) move(place);
    directory_.write(fiber);
    const uint64_t at = place.begin + place.used++;
    coordinates_[at] = coordinate;
    values_[at] = value;
  }

  Element consume(Fiber fiber) {
    const uint64_t at = places_[fiber].begin + directory_.consume(fiber);
    return {coordinates_[at], values_[at]};
  }

  // Closes the fiber and consumes all that waits in it. The view holds until the next open() or write().
  FiberView<Value> drain(Fiber fiber) {
    directory_.close(fiber);
    const uint32_t count = directory_.waiting(fiber);
    if (count == 0) return {};
    const uint64_t at = places_[fiber].begin + directory_.consume_all(fiber);
    return {{coordinates_.data() + at, count}, {values_.data() + at, count}};
  }

  void close(Fiber fiber) { directory_.close(fiber); }

  // What waits in a block of contents().
  [[nodiscard]] FiberView<Value> elements(const PsramDirectory::Block& block) const {
    const uint64_t at = places_[block.fiber].begin + block.start + block.first;
    const uint64_t count = block.last - block.first;
    return {{coordinates_.data() + at, count}, {values_.data() + at, count}};
  }

  void clear() {
    directory_.clear();
    places_.clear();
    coordinates_.clear();
    values_.clear();
  }

 private:
  struct Place {
    uint64_t begin = 0;
    uint32_t used = 0, room = 0;
  };

  void grow_store(uint64_t elements) {
    coordinates_.resize(coordinates_.size() + elements);
    values_.resize(values_.size() + elements);
  }

  void move(Place& place) {
    const uint64_t to = coordinates_.size();
    place.room = place.room < 8 ? 16 : 2 * place.room;
    grow_store(place.room);
    for (uint64_t i = 0; i < place.used; ++i) {
      coordinates_[to + i] = coordinates_[place.begin + i];
      values_[to + i] = values_[place.begin + i];
    }
    place.begin = to;
  }

  PsramDirectory directory_;
  std::vector<Place> places_;
  std::vector<uint32_t> coordinates_;
  std::vector<Value> values_;
};

}  // namespace nonzero::hw
