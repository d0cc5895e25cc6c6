#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

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

}  // namespace nonzero::bit_words
