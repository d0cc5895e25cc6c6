#include <array>

#include "nonzero/tensor/formats.h"

namespace nonzero {
namespace {

// Swaps ever smaller off-diagonal squares of a 64 x 64 bit block (Warren, Hacker's Delight, 7-3).
void transpose_block(std::array<uint64_t, 64>& block) {
  uint64_t mask = 0x00000000ffffffffULL;
  for (uint32_t size = 32; size != 0; size >>= 1U, mask ^= mask << size) {
    for (uint32_t i = 0; i < 64; i = ((i | size) + 1) & ~size) {
      const uint64_t swap = ((block[i] >> size) ^ block[i | size]) & mask;
      block[i] ^= swap << size;
      block[i | size] ^= swap;
    }
  }
}

}  // namespace

Bitmap transpose(const Bitmap& bitmap) {
  if (!bitmap.values.empty()) return to_bitmap(transpose(to_csr(bitmap)));
  Bitmap out{bitmap.columns, bitmap.rows, {}, {}};
  const uint64_t in_words = bitmap.words_per_row(), out_words = out.words_per_row();
  out.words.assign(out.rows * out_words, 0);
  std::array<uint64_t, 64> block{};
  for (uint64_t r = 0; r < bitmap.rows; r += 64) {
    const uint64_t rows = bitmap.rows - r < 64 ? bitmap.rows - r : 64;
    for (uint64_t w = 0; w < in_words; ++w) {
      for (uint64_t i = 0; i < 64; ++i) block[i] = i < rows ? bitmap.words[(r + i) * in_words + w] : 0;
      transpose_block(block);
      const uint64_t columns = bitmap.columns - w * 64 < 64 ? bitmap.columns - w * 64 : 64;
      for (uint64_t i = 0; i < columns; ++i) out.words[(w * 64 + i) * out_words + r / 64] = block[i];
    }
  }
  return out;
}

}  // namespace nonzero
