#include "nonzero/arch/flexagon/union_counter.h"

namespace nonzero::flexagon {

UnionCounter::UnionCounter(const Csr& fibers) : bits_((fibers.columns + 63) / 64) {
  offsets_.reserve(fibers.rows + 1);
  offsets_.push_back(0);
  for (uint64_t f = 0; f < fibers.rows; ++f) {
    for (const uint32_t index : fibers.fiber(f)) {
      const uint32_t place = index / 64;
      if (words_.size() == offsets_.back() || words_.back().place != place) words_.push_back({0, place});
      words_.back().bits |= uint64_t{1} << (index % 64);
    }
    offsets_.push_back(words_.size());
  }
}

uint64_t UnionCounter::take() {
  uint64_t count = 0;
  for (const uint32_t place : touched_) {
    count += static_cast<uint64_t>(std::popcount(bits_[place]));
    bits_[place] = 0;
  }
  touched_.clear();
  return count;
}

}  // namespace nonzero::flexagon
