#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "nonzero/tensor/formats.h"

namespace nonzero::flexagon {

// Counts distinct coordinates over sets of fibers, 64 coordinates at a time: each fiber is kept as the
// words of its bitmap that hold anything.
class UnionCounter {
 public:
  explicit UnionCounter(const Csr& fibers);

  // Fibers are added one by one; `take` counts the union and forgets it.
  void add(uint64_t fiber) {
    for (uint64_t i = offsets_[fiber]; i < offsets_[fiber + 1]; ++i) {
      uint64_t& bits = bits_[words_[i].place];
      if (bits == 0) touched_.push_back(words_[i].place);
      bits |= words_[i].bits;
    }
  }
  uint64_t take();

 private:
  struct Word {
    uint64_t bits;
    uint32_t place;
  };

  std::vector<uint64_t> offsets_;
  std::vector<Word> words_;
  std::vector<uint64_t> bits_;  // zero between unions
  std::vector<uint32_t> touched_;
};

}  // namespace nonzero::flexagon
