#pragma once

#include <cstdint>

namespace nonzero::hw {

// Words that cross the buffer's ports.
struct BufferCounts {
  uint64_t reads = 0;
  uint64_t writes = 0;
};

// Bytes of partial sums beyond the final output, to and from DRAM.
struct SpillBytes {
  uint64_t read = 0;
  uint64_t write = 0;
};

// OPERAND BUFFER: on-chip memory between DRAM and a distribution network.
//
// A tensor is walked front to back once per pass (one pass per fold). Where it fits it is fetched once and
// stays; where it does not, its front has been overwritten before the next pass wants it, so that every pass
// fetches all of it. Banks are wide enough for the network: the buffer adds no cycles.
class OperandBuffer {
 public:
  explicit OperandBuffer(uint64_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  [[nodiscard]] uint64_t capacity_bytes() const { return capacity_bytes_; }
  [[nodiscard]] bool fits(uint64_t bytes) const { return bytes <= capacity_bytes_; }

  // Bytes fetched from DRAM over all passes. Throws InputError where a count leaves 64 bits; so do those
  // below.
  [[nodiscard]] uint64_t dram_reads(uint64_t bytes, uint64_t passes) const;

  // Port activity of those passes: a word is written when it comes from DRAM and read once per pass.
  // Throws InputError where word_bytes is 0.
  [[nodiscard]] BufferCounts accesses(uint64_t bytes, uint64_t passes, uint32_t word_bytes) const;

  // Partial sums that do not fit leave after every pass but the last (which writes the output itself) and
  // return for every pass but the first; nothing where they fit.
  [[nodiscard]] SpillBytes psum_spills(uint64_t psum_bytes, uint64_t passes) const;

 private:
  uint64_t capacity_bytes_;
};

}  // namespace nonzero::hw
