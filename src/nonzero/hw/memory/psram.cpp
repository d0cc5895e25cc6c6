#include "nonzero/hw/memory/psram.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::hw {

void check(const PsramGeometry& geometry) {
  if (geometry.sets == 0 || geometry.blocks == 0 || geometry.block_elements == 0 ||
      geometry.element_bytes == 0)
    throw InputError(fmt::format("a PSRAM of {} sets x {} blocks x {} elements x {} bytes", geometry.sets,
                                 geometry.blocks, geometry.block_elements, geometry.element_bytes),
                     "at least 1 of each");
  const auto set_blocks = checked_multiply(geometry.sets, geometry.blocks);
  if (!set_blocks || *set_blocks > UINT32_MAX || geometry.block_elements > UINT32_MAX)
    throw InputError(fmt::format("a PSRAM of {} sets x {} blocks of {} elements", geometry.sets,
                                 geometry.blocks, geometry.block_elements),
                     "fewer than 2^32 blocks, and as many elements in one");
}

void check(const PsramGeometry& geometry, uint64_t psram_bytes) {
  check(geometry);
  const auto elements = checked_multiply(geometry.sets * geometry.blocks, geometry.block_elements);
  const auto bytes = elements ? checked_multiply(*elements, geometry.element_bytes) : elements;
  if (bytes && *bytes == psram_bytes) return;
  throw InputError(
      fmt::format(
          "psram_sets x psram_blocks x psram_block_elements x element_bytes = {} x {} x {} x {} is not "
          "psram_bytes = {}",
          geometry.sets, geometry.blocks, geometry.block_elements, geometry.element_bytes, psram_bytes),
      "a geometry whose product is psram_bytes");
}

void throw_psram_overflow(uint64_t row, uint64_t k, uint64_t tile, const PsramGeometry& geometry) {
  throw InputError(fmt::format("PSRAM overflow at row {}, k {}, tile {}: all {} blocks of set {} are in use",
                               row, k, tile, geometry.blocks, row % geometry.sets),
                   "psram_overflow spill or unbounded, or a larger PSRAM");
}

PsramDirectory::PsramDirectory(const PsramGeometry& geometry, PsramOverflow overflow)
    : geometry_(geometry), overflow_(overflow) {
  check(geometry);
  sets_.resize(geometry.sets);
}

PsramDirectory::Fiber PsramDirectory::open(uint32_t row, uint64_t k) {
  FiberState state;
  state.row = row;
  state.k = k;
  fibers_.push_back(state);
  return static_cast<Fiber>(fibers_.size() - 1);
}

uint32_t PsramDirectory::take_slot() {
  if (free_slots_ == kNone) {
    slots_.emplace_back();
    return static_cast<uint32_t>(slots_.size() - 1);
  }
  const uint32_t slot = free_slots_;
  free_slots_ = slots_[slot].next;
  return slot;
}

void PsramDirectory::open_block(Fiber fiber) {
  FiberState& state = fibers_[fiber];
  Set& set = sets_[state.row % geometry_.sets];
  if (overflow_ != PsramOverflow::kUnbounded && set.used == geometry_.blocks) {
    if (overflow_ == PsramOverflow::kFail) throw_psram_overflow(state.row, state.k, tile_, geometry_);
    // The oldest of the set is the oldest of its fiber: all blocks of a fiber are in one set.
    free_oldest_block(fibers_[slots_[set.oldest].fiber]);
    ++counts_.spilled_blocks;
  }
  const uint32_t index = take_slot();
  Slot& slot = slots_[index];
  slot = {fiber, state.written, 0, 0, set.newest, kNone, kNone};
  (set.newest == kNone ? set.oldest : slots_[set.newest].newer) = index;
  set.newest = index;
  (state.newest == kNone ? state.oldest : slots_[state.newest].next) = index;
  state.newest = index;
  ++set.used;
  ++live_blocks_;
  ++counts_.opened_blocks;
  counts_.peak_blocks = std::max(counts_.peak_blocks, live_blocks_);
  counts_.peak_set_blocks = std::max<uint64_t>(counts_.peak_set_blocks, set.used);
}

void PsramDirectory::free_oldest_block(FiberState& state) {
  const uint32_t index = state.oldest;
  Slot& slot = slots_[index];
  Set& set = sets_[state.row % geometry_.sets];
  (slot.older == kNone ? set.oldest : slots_[slot.older].newer) = slot.newer;
  (slot.newer == kNone ? set.newest : slots_[slot.newer].older) = slot.older;
  state.oldest = slot.next;
  if (state.oldest == kNone) state.newest = kNone;
  slot.next = free_slots_;
  free_slots_ = index;
  --set.used;
  --live_blocks_;
}

uint32_t PsramDirectory::consume(Fiber fiber) {
  FiberState& state = fibers_[fiber];
  if (state.read == state.written)
    throw std::logic_error(fmt::format("PSRAM: nothing to consume in row {}, k {}", state.row, state.k));
  const uint32_t element = state.read++;
  ++counts_.reads;
  // What lies before the oldest block on chip was spilled.
  if (state.oldest != kNone && slots_[state.oldest].start <= element) {
    Slot& slot = slots_[state.oldest];
    ++slot.first;
    if (slot.first == slot.last && (slot.last == geometry_.block_elements || state.closed))
      free_oldest_block(state);
  }
  return element;
}

uint32_t PsramDirectory::consume_all(Fiber fiber) {
  FiberState& state = fibers_[fiber];
  counts_.reads += waiting(fiber) - 1;
  // Every block but the newest is full.
  while (state.oldest != state.newest) free_oldest_block(state);
  const uint32_t first = state.read;
  state.read = state.written - 1;
  if (state.oldest != kNone) {
    Slot& slot = slots_[state.oldest];
    slot.first = slot.last - 1;
  }
  consume(fiber);
  return first;
}

void PsramDirectory::close(Fiber fiber) {
  FiberState& state = fibers_[fiber];
  state.closed = true;
  if (state.oldest != kNone && slots_[state.oldest].first == slots_[state.oldest].last)
    free_oldest_block(state);
}

std::vector<PsramDirectory::Block> PsramDirectory::contents(uint64_t set) const {
  std::vector<Block> blocks;
  for (uint32_t i = sets_.at(set).oldest; i != kNone; i = slots_[i].newer) {
    const Slot& slot = slots_[i];
    const FiberState& state = fibers_[slot.fiber];
    blocks.push_back({state.row, state.k, slot.fiber, slot.start, slot.first, slot.last});
  }
  return blocks;
}

void PsramDirectory::clear() {
  fibers_.clear();
  slots_.clear();
  free_slots_ = kNone;
  std::fill(sets_.begin(), sets_.end(), Set{});
  live_blocks_ = 0;
}

}  // namespace nonzero::hw
