#include "nonzero/hw/memory/fifo.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::hw {

Fifo::Fifo(uint64_t entries, uint64_t push_width, uint64_t pop_width)
    : entries_(entries),
      push_width_(std::min(push_width, entries)),
      pop_width_(std::min(pop_width, entries)) {
  if (entries == 0 || push_width == 0 || pop_width == 0)
    throw InputError(fmt::format("a FIFO of {} entries, {} pushed and {} popped per cycle", entries,
                                 push_width, pop_width),
                     "at least 1 of each");
}

// The occupancy rises by push_width - pop_width per cycle until the FIFO is full or all are pushed.
uint64_t Fifo::pass(uint64_t elements) {
  if (elements == 0) return 0;
  counts_.pushes += elements;
  counts_.pops += elements;
  const uint64_t whole = elements / push_width_, rest = elements % push_width_;
  uint64_t peak = std::min(elements, push_width_);
  if (whole > 0 && push_width_ > pop_width_)
    peak = elements - rest - (whole - 1) * pop_width_ + (rest > pop_width_ ? rest - pop_width_ : 0);
  counts_.peak = std::max(counts_.peak, std::min(peak, entries_));
  return 1 + ceil_div(elements, std::min(push_width_, pop_width_));
}

StationaryFifo::StationaryFifo(uint64_t bytes, uint64_t element_bytes, uint64_t base, uint64_t fill_width,
                               uint64_t distribution_width)
    : element_bytes_(element_bytes),
      base_(base),
      fifo_(element_bytes == 0 ? 0 : bytes / element_bytes, fill_width, distribution_width) {}

uint64_t StationaryFifo::take(uint64_t elements) {
  position_ += elements;
  return elements == 0 ? 0 : fifo_.pass(elements) - 1;
}

}  // namespace nonzero::hw
