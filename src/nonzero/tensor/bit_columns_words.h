#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#if defined(__BMI2__)
#include <immintrin.h>
#endif

namespace nonzero::bit_words {

// Eight int8 weights in a 64-bit word, element 0 in the lowest byte; all operations on eight at once.

inline constexpr uint64_t kOnes = 0x0101010101010101;
inline constexpr uint64_t kSigns = 0x8080808080808080;

static_assert(std::endian::native == std::endian::little, "words are read as bytes in memory order");

inline uint64_t load(const void* from) {
  uint64_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

inline void store(void* to, uint64_t word) { std::memcpy(to, &word, sizeof(word)); }

// 0xFF in each byte whose highest bit is set in `word`.
inline uint64_t spread_signs(uint64_t word) {
  const uint64_t sign = (word & kSigns) >> 7;
  return (sign << 8) - sign;
}

// Two's complement to sign-magnitude and back; no byte carries into the next, as none holds -128 or a
// negative zero.
inline uint64_t sign_magnitude(uint64_t word) {
  const uint64_t sign = word & kSigns;
  return ((word ^ spread_signs(word)) + (sign >> 7)) | sign;
}
inline uint64_t twos_complement(uint64_t word) {
  const uint64_t sign = word & kSigns;
  return ((word & ~kSigns) ^ spread_signs(word)) + (sign >> 7);
}

// Highest bit of each byte that is not zero.
inline uint64_t not_zero(uint64_t word) { return (((word & ~kSigns) + ~kSigns) | word) & kSigns; }

// The bitwise or of the first `bytes` bytes, and of eight.
inline uint8_t fold_four(uint64_t word) {
  word |= word >> 16;
  return static_cast<uint8_t>(word | word >> 8);
}
inline uint8_t fold(uint64_t word) { return fold_four(word | word >> 32); }

// Transposes the 8 x 8 bits (Warren, Hacker's Delight, 7-3), so that byte j holds column j of the eight
// weights, column 0 the highest bits, and element 0 is the highest bit of the byte. Its own inverse.
inline uint64_t transpose(uint64_t x) {
  uint64_t t = (x ^ (x >> 36)) & 0x000000000F0F0F0F;
  x ^= t ^ (t << 36);
  t = (x ^ (x >> 18)) & 0x0000333300003333;
  x ^= t ^ (t << 18);
  t = (x ^ (x >> 9)) & 0x0055005500550055;
  return x ^ t ^ (t << 9);
}

// The bits of `word` under the mask, moved together at the low end, and back.
inline uint64_t compress(uint64_t word, uint64_t mask) {
#if defined(__BMI2__)
  return _pext_u64(word, mask);
#else
  uint64_t out = 0;
  for (uint32_t to = 0; mask != 0; mask &= mask - 1, ++to)
    out |= ((word >> std::countr_zero(mask)) & 1) << to;
  return out;
#endif
}
inline uint64_t expand(uint64_t word, uint64_t mask) {
#if defined(__BMI2__)
  return _pdep_u64(word, mask);
#else
  uint64_t out = 0;
  for (; mask != 0; mask &= mask - 1, word >>= 1) out |= (word & 1) << std::countr_zero(mask);
  return out;
#endif
}

// Bytes 0 … 3 to bytes 0, 2, 4, 6, and 16-bit halves 0, 1 to halves 0, 2; and back.
inline uint64_t spread_halves(uint64_t x) { return ((x & 0xFFFFFFFF) | x << 16) & 0x0000FFFF0000FFFF; }
inline uint64_t spread_bytes(uint64_t x) {
  x = spread_halves(x);
  return (x | x << 8) & 0x00FF00FF00FF00FF;
}
inline uint64_t join_halves(uint64_t x) {
  x &= 0x0000FFFF0000FFFF;
  return (x | x >> 16) & 0xFFFFFFFF;
}
inline uint64_t join_bytes(uint64_t x) {
  x &= 0x00FF00FF00FF00FF;
  return join_halves(x | x >> 8);
}

// The other half byte of each byte first.
inline uint64_t swap_half_bytes(uint64_t x) {
  return (x & 0x0F0F0F0F0F0F0F0F) << 4 | (x >> 4 & 0x0F0F0F0F0F0F0F0F);
}

}  // namespace nonzero::bit_words
