#pragma once

#include <cstdint>

namespace nonzero::hw {

struct FifoCounts {
  uint64_t pushes = 0, pops = 0, peak = 0;  // peak: most elements held at the end of a cycle

  bool operator==(const FifoCounts&) const = default;
};

// FIFO between a side that pushes up to `push_width` elements per cycle and one that pops up to `pop_width`.
//
//   function    order in = order out, every element read once
//   latency     an element pushed in a cycle can be popped in the next
//   throughput  min(push_width, pop_width, entries) per cycle: what is popped makes room in the same cycle
//   activity    pushes, pops, peak occupancy
//
// Flexagon (ASPLOS 2023): the write FIFO on the way to DRAM.
class Fifo {
 public:
  // Throws InputError where a size is 0.
  Fifo(uint64_t entries, uint64_t push_width, uint64_t pop_width);

  [[nodiscard]] uint64_t entries() const { return entries_; }
  [[nodiscard]] const FifoCounts& counts() const { return counts_; }

  // Cycles from the first push to the last pop of `elements` that are all there to be pushed and wanted
  // by the other side; the FIFO begins and ends empty.
  uint64_t pass(uint64_t elements);

 private:
  uint64_t entries_, push_width_, pop_width_;
  FifoCounts counts_;
};

// STATIONARY FIFO (Flexagon, section 3.2.3): the filler walks the stationary operand in storage order from a
// base register, the reader takes it tile by tile; nothing is read twice.
class StationaryFifo {
 public:
  // Throws InputError where a size is 0, or no element fits.
  StationaryFifo(uint64_t bytes, uint64_t element_bytes, uint64_t base, uint64_t fill_width,
                 uint64_t distribution_width);

  [[nodiscard]] const FifoCounts& counts() const { return fifo_.counts(); }
  // Elements taken so far, and where in memory the next one lies.
  [[nodiscard]] uint64_t position() const { return position_; }
  [[nodiscard]] uint64_t next_address() const { return base_ + position_ * element_bytes_; }

  // The next tile, of that many elements: cycles until its last one has left, the first ones waiting
  // in the FIFO (they were fetched under the tile before): ceil(elements / distribution width) where the
  // filler keeps up.
  uint64_t take(uint64_t elements);

 private:
  uint64_t element_bytes_, base_, position_ = 0;
  Fifo fifo_;
};

}  // namespace nonzero::hw
