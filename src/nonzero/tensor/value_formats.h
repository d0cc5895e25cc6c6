#pragma once

#include <cstdint>
#include <span>

namespace nonzero {

// Sizes of int8 weights in the formats that skip zero values, beside which bit columns are held (BitWave spec,
// "Comparators" [choice]).

inline constexpr uint32_t kZreEntryBits = 12;  // zero run 4 bit, value 8 bit

// Zero-run encoding: one entry per value that is not zero and per run of 16 zeros; zeros after the last entry
// cost nothing.
uint64_t zre_bits(std::span<const int8_t> values);

// nnz * (8 + ceil(log2 columns)) + (rows + 1) * 32, of a matrix of values.size() / columns rows. Throws
// InputError where `columns` is 0 or does not divide the number of values.
uint64_t csr_bits(std::span<const int8_t> values, uint64_t columns);
// The same of a matrix whose non-zeros are counted, with values of another width.
uint64_t csr_bits(uint64_t rows, uint64_t columns, uint64_t nnz, uint32_t value_bits);

}  // namespace nonzero
