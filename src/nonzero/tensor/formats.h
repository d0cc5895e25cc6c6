#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nonzero {

// Matrices in the formats of the field. Indices are 32-bit, offsets 64-bit (common.md). An empty
// `values` means a pattern: only the positions are known. Stored zeros are kept unless said.

// Row-major, rows x columns values.
struct Dense {
  uint64_t rows = 0, columns = 0;
  std::vector<float> values;

  [[nodiscard]] float at(uint64_t row, uint64_t column) const { return values[row * columns + column]; }
  float& at(uint64_t row, uint64_t column) { return values[row * columns + column]; }
  bool operator==(const Dense&) const = default;
};

// Compressed sparse rows: fiber r is indices[offsets[r] .. offsets[r+1]), sorted by column.
struct Csr {
  uint64_t rows = 0, columns = 0;
  std::vector<uint64_t> offsets;  // rows + 1
  std::vector<uint32_t> indices;  // nnz, column numbers
  std::vector<float> values;      // nnz, or empty for a pattern

  [[nodiscard]] uint64_t nnz() const { return indices.size(); }
  [[nodiscard]] bool is_pattern() const { return values.empty() && !indices.empty(); }
  [[nodiscard]] std::span<const uint32_t> fiber(uint64_t row) const {
    return {indices.data() + offsets[row], indices.data() + offsets[row + 1]};
  }
  [[nodiscard]] std::span<const float> fiber_values(uint64_t row) const {
    return {values.data() + offsets[row], values.data() + offsets[row + 1]};
  }
  bool operator==(const Csr&) const = default;
};

// Compressed sparse columns: the same with fibers along columns.
struct Csc {
  uint64_t rows = 0, columns = 0;
  std::vector<uint64_t> offsets;  // columns + 1
  std::vector<uint32_t> indices;  // nnz, row numbers
  std::vector<float> values;

  [[nodiscard]] uint64_t nnz() const { return indices.size(); }
  bool operator==(const Csc&) const = default;
};

// Coordinate list, sorted by row, then column.
struct Coo {
  uint64_t rows = 0, columns = 0;
  std::vector<uint32_t> row_indices, column_indices;
  std::vector<float> values;

  [[nodiscard]] uint64_t nnz() const { return row_indices.size(); }
  bool operator==(const Coo&) const = default;
};

// One bit per element; each row starts at a word, bit c%64 of word c/64 is column c. The packed
// values follow in row-major order of the ones.
struct Bitmap {
  uint64_t rows = 0, columns = 0;
  std::vector<uint64_t> words;  // rows * words_per_row()
  std::vector<float> values;

  [[nodiscard]] uint64_t words_per_row() const { return (columns + 63) / 64; }
  [[nodiscard]] std::span<const uint64_t> row(uint64_t r) const {
    return {words.data() + r * words_per_row(), words_per_row()};
  }
  [[nodiscard]] bool test(uint64_t r, uint64_t c) const { return (row(r)[c / 64] >> (c % 64)) & 1U; }
  void set(uint64_t r, uint64_t c) { words[r * words_per_row() + c / 64] |= uint64_t{1} << (c % 64); }
  [[nodiscard]] uint64_t count() const;
  bool operator==(const Bitmap&) const = default;
};

// Run-length coding of zeros over the row-major order: each entry is the zeros before it, in
// `run_bits` bits, and a value; a run longer than 2^run_bits - 1 takes padding entries of value 0.
struct Rlc {
  uint64_t rows = 0, columns = 0;
  uint32_t run_bits = 4;
  std::vector<uint32_t> runs;
  std::vector<float> values;
  bool operator==(const Rlc&) const = default;
};

// Conversions. to_csr(Dense), to_bitmap and to_rlc drop zeros (they cannot tell a stored one);
// the others keep every element.
Csr to_csr(const Dense& dense);
Csr to_csr(const Coo& coo);
Csr to_csr(const Csc& csc);
Csr to_csr(const Bitmap& bitmap);
Csr to_csr(const Rlc& rlc);
Csc to_csc(const Csr& csr);
Coo to_coo(const Csr& csr);
Bitmap to_bitmap(const Csr& csr);  // keeps stored zeros of a pattern-and-value matrix as ones
Bitmap to_bitmap(const Dense& dense);
Rlc to_rlc(const Csr& csr, uint32_t run_bits);
Dense to_dense(const Csr& csr);
Csr transpose(const Csr& csr);
Bitmap transpose(const Bitmap& bitmap);
Csr drop_zeros(const Csr& csr);

// Non-zeros of each column, length csr.columns.
std::vector<uint32_t> column_counts(const Csr& csr);
std::vector<uint32_t> column_counts(const Bitmap& bitmap);
std::vector<uint64_t> row_offsets(const Bitmap& bitmap);  // prefix sums of the rows' ones, rows + 1

// Throws InputError if offsets, indices or values are not consistent; readers end with it.
void validate(const Csr& csr, const std::string& source);

}  // namespace nonzero
