#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/tensor/formats.h"

namespace nonzero {

// Square matrices by diagonals, as ASADI stores attention scores (HPCA 2024; spec "DIA with moved elements").
// Diagonal DI = column - row; the window keeps w of them around the main one. A stored diagonal is a vector of
// n slots indexed by column. An element outside the window ("grey") moves into an empty slot ("bubble") of its
// own column, and the pair (slot, row) joins that diagonal's list; with no bubble left in the column it goes to
// the first overflow diagonal whose slot is free.
//
//   the paper's example, w = 3        slots, by column                            list
//    S00 S01  .  S03 S04  .           DI -1  S10 S21 S52 S43 S54 S15   (2,5) (5,1)
//    S10 S11  .   .   .  S15          DI  0  S00 S11 S22 S03 S44 S55   (3,0)
//     .  S21 S22 S23  .   .           DI +1  S30 S01  .  S23 S04 S45   (0,3) (4,0)
//    S30  .   .   .   .   .
//     .   .   .  S43 S44 S45
//     .   .  S52  .  S54 S55

enum class Placement : uint8_t {
  kNearest,      // the free window diagonal nearest to the element's own, the lower one on ties [choice]
  kConflictFree  // the same among those that do not list the element's row yet, where there are any [choice]
};

struct DiagonalOptions {
  uint64_t window = 1;  // diagonals, 1 … 2n - 1
  Placement placement = Placement::kNearest;
  uint64_t block_slots = 1024;  // rows of one array; grey elements are counted by block
};

// A filled slot: the element's column, and its row. As an entry of a diagonal's list, (Rd, Ro).
struct PlacedElement {
  uint32_t slot = 0, row = 0;
  bool operator==(const PlacedElement&) const = default;
};

// One stored diagonal: what it holds, and the counts a machine's time follows.
struct StoredDiagonal {
  bool in_window = true;
  int64_t index = 0;           // DI in the window; 0, 1, … among the overflow diagonals
  uint64_t normal = 0;         // elements at home: row = slot - DI
  uint64_t grey = 0;           // moved elements, the length of the list
  uint64_t grey_in_block = 0;  // most grey elements in one block of slots (g_m)
  uint64_t grey_of_row = 0;    // most grey elements of one row (u_m)

  [[nodiscard]] uint64_t filled() const { return normal + grey; }
  [[nodiscard]] bool holds_normal() const { return normal > 0; }  // h_m
  // Whether the element belongs here: row = slot - DI. Otherwise it is a moved one.
  [[nodiscard]] bool is_home(const PlacedElement& element) const {
    return in_window && int64_t{element.slot} - int64_t{element.row} == index;
  }
  bool operator==(const StoredDiagonal&) const = default;
};

// Only the filled slots take memory here; what the machine stores is n slots per diagonal.
struct DiagonalMatrix {
  uint64_t n = 0, window = 1, block_slots = 1024;
  std::vector<StoredDiagonal> diagonals;  // the window's by DI, then overflow; none is empty
  std::vector<uint64_t> offsets = {0};    // diagonals + 1
  std::vector<PlacedElement> elements;    // of diagonal m: [offsets[m], offsets[m + 1]), slots ascending
  std::vector<float> values;              // of the elements; empty for a pattern

  [[nodiscard]] int64_t first_index() const { return -static_cast<int64_t>(window / 2); }
  [[nodiscard]] uint64_t nnz() const { return elements.size(); }
  [[nodiscard]] uint64_t slots() const { return diagonals.size() * n; }
  [[nodiscard]] uint64_t bubbles() const { return slots() - nnz(); }
  [[nodiscard]] uint64_t grey() const;
  [[nodiscard]] uint64_t overflow() const;       // diagonals
  [[nodiscard]] double in_window_share() const;  // of the elements; 0 without any
  [[nodiscard]] double utilisation() const;      // filled slots / slots; 0 without any

  [[nodiscard]] std::span<const PlacedElement> filled(uint64_t diagonal) const {
    return {elements.data() + offsets[diagonal], elements.data() + offsets[diagonal + 1]};
  }
  // The diagonal's moved elements, slots ascending.
  [[nodiscard]] std::vector<PlacedElement> list(uint64_t diagonal) const;
  bool operator==(const DiagonalMatrix&) const = default;
};

// Keeps stored zeros; a pattern stays one. Throws InputError where the matrix is not square or empty, the
// window is not in 1 … 2n - 1, or the machine's memory does not hold it.
DiagonalMatrix to_diagonal(const Csr& csr, const DiagonalOptions& options);
// Decompression: exactly the matrix that was built.
Csr to_csr(const DiagonalMatrix& matrix);

// Counts again what the diagonals hold; for a matrix placed by other hands. Throws InputError where a slot or a
// row is not below n, or slots do not ascend.
void count_elements(DiagonalMatrix& matrix);

// Stored bits: n slots per diagonal and a pair of indexes per grey element; against CSR's value and column per
// element and a 32-bit offset per row [derived].
uint64_t diagonal_bits(const DiagonalMatrix& matrix, uint32_t value_bits = 32);
uint64_t csr_bits(const Csr& csr, uint32_t value_bits = 32);

// Elements of each diagonal, DI from -(n - 1) to n - 1 (2n - 1 counts; none for n = 0). Throws InputError
// where the matrix is not square.
std::vector<uint64_t> diagonal_profile(const Csr& csr);
// Those within the window of w diagonals around the main one; w beyond 2n - 1 is all.
uint64_t elements_within(const std::vector<uint64_t>& profile, uint64_t window);
// Their share; 0 for an empty matrix.
double share_within(const std::vector<uint64_t>& profile, uint64_t window);

// w = max(1, floor(n/8)), the paper's rule for the actual length.
constexpr uint64_t default_window(uint64_t n) { return n < 8 ? 1 : n / 8; }

// The smallest of n/32, n/16, n/8, n/4 with at least as many empty slots as elements outside it; n/4 where
// none has [choice].
uint64_t choose_window(const std::vector<uint64_t>& profile);

}  // namespace nonzero
