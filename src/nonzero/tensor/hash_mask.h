#pragma once

#include <cstdint>

#include "nonzero/tensor/formats.h"

namespace nonzero {

// One step of splitmix64 (Steele, Lea, Flood 2014) from state x.
constexpr uint64_t split_mix_step(uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

// Where the hashes of operand `operand` (0 for A, 1 for B) begin.
constexpr uint64_t hash_mask_base(uint64_t seed, uint64_t operand) {
  return split_mix_step(seed * 2654435761ULL + operand);
}

// A pattern whose element (i, j) is there iff the hash of base + i * columns + j, as a fraction of
// 2^53, is not below `sparsity`: any element is known without drawing the others.
Csr generate_hash_mask(uint64_t rows, uint64_t columns, double sparsity, uint64_t base);

}  // namespace nonzero
