#include "nonzero/hw/memory/buffer.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::hw {
namespace {

uint64_t times(uint64_t amount, uint64_t passes) {
  if (const auto product = checked_multiply(amount, passes)) return *product;
  throw InputError(fmt::format("buffer traffic of {} in each of {} passes", amount, passes),
                   "counts below 2^64");
}

}  // namespace

uint64_t OperandBuffer::dram_reads(uint64_t bytes, uint64_t passes) const {
  if (passes == 0) return 0;
  return fits(bytes) ? bytes : times(bytes, passes);
}

BufferCounts OperandBuffer::accesses(uint64_t bytes, uint64_t passes, uint32_t word_bytes) const {
  if (word_bytes == 0) throw InputError("buffer words of 0 bytes", "at least 1 byte");
  const uint64_t words = ceil_div(bytes, word_bytes);
  const uint64_t fetches = fits(bytes) ? std::min<uint64_t>(passes, 1) : passes;
  return {times(words, passes), times(words, fetches)};
}

SpillBytes OperandBuffer::psum_spills(uint64_t psum_bytes, uint64_t passes) const {
  if (passes <= 1 || fits(psum_bytes)) return {};
  const uint64_t bytes = times(psum_bytes, passes - 1);
  return {bytes, bytes};
}

}  // namespace nonzero::hw
