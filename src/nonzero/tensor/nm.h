#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nonzero/tensor/formats.h"

namespace nonzero {

// N:M sparsity: of every M consecutive elements along one dimension at most N are kept (Fang et al.,
// TCAD 2023, abstract; 2:8 there).
struct NmRatio {
  uint32_t n = 2, m = 8;

  // Throws InputError unless m is a power of two up to 32 and 1 <= n <= m.
  void check() const;
  // Reads "2:8". Throws InputError as check() does.
  static NmRatio parse(const std::string& text);
  [[nodiscard]] uint32_t index_bits() const;  // ceil(log2 m)
  [[nodiscard]] std::string text() const;     // "2:8"
  bool operator==(const NmRatio&) const = default;
};

// The dimension that groups run along, of a row-major tensor seen as [outer, length, inner]. A line is
// one (outer, inner); its last group is padded with zeros to M, and padding is never a stored element.
struct NmAxis {
  uint64_t outer = 1, length = 0, inner = 1;

  [[nodiscard]] uint64_t lines() const { return outer * inner; }
  [[nodiscard]] uint64_t size() const { return outer * length * inner; }
  [[nodiscard]] uint64_t groups_per_line(const NmRatio& ratio) const {
    return (length + ratio.m - 1) / ratio.m;
  }
  [[nodiscard]] uint64_t at(uint64_t line, uint64_t position) const {
    return ((line / inner) * length + position) * inner + line % inner;
  }
  // Throws InputError where `length` is no multiple of M; `what` names the dimension.
  void require_whole_groups(const NmRatio& ratio, const std::string& what) const;
  bool operator==(const NmAxis&) const = default;
};

// A layer's weights, row-major [cout, cin, taps]; a linear layer has one tap.
struct WeightShape {
  uint64_t cout = 0, cin = 0, taps = 1;

  [[nodiscard]] uint64_t size() const { return cout * cin * taps; }
  // The forward pass reduces over Cin, the backward pass over Cout: groups run along what is reduced.
  [[nodiscard]] NmAxis along_cin() const { return {cout, cin, taps}; }
  [[nodiscard]] NmAxis along_cout() const { return {1, cout, cin * taps}; }
  bool operator==(const WeightShape&) const = default;
};

// 1 for the N elements of largest magnitude of each group, 0 for the others; among equals the one with
// the lower index is kept [choice].
std::vector<uint8_t> nm_mask(std::span<const float> values, const NmAxis& axis, const NmRatio& ratio);

// Elementwise values * mask.
std::vector<float> masked(std::span<const float> values, std::span<const uint8_t> mask);

// Ones in the fullest group of a 0/1 mask.
uint64_t most_in_a_group(std::span<const uint8_t> mask, const NmAxis& axis, const NmRatio& ratio);

// The compact form: per group N pairs of value and index, indices ascending. A group that keeps fewer
// carries value 0 at the lowest unused indices.
struct NmCompact {
  NmRatio ratio;
  NmAxis axis;
  std::vector<float> values;     // [line][group][N]
  std::vector<uint8_t> indices;  // of the same order, within the group

  [[nodiscard]] uint64_t groups() const { return axis.lines() * axis.groups_per_line(ratio); }
  // ceil(groups * N * (value_bits + index_bits) / 8).
  [[nodiscard]] uint64_t bytes(uint32_t value_bits) const;
  bool operator==(const NmCompact&) const = default;
};

// Bytes of a compact tensor of that many groups, without one.
uint64_t nm_bytes(uint64_t groups, const NmRatio& ratio, uint32_t value_bits);

// Throws InputError where the mask is of another size, holds something else than 0 and 1, or keeps more
// than N of a group.
NmCompact nm_compress(std::span<const float> values, std::span<const uint8_t> mask, const NmAxis& axis,
                      const NmRatio& ratio);
NmCompact nm_compress(std::span<const float> values, const NmAxis& axis, const NmRatio& ratio);
// The dense tensor again, zeros where nothing is kept.
std::vector<float> nm_expand(const NmCompact& compact);

// Conversions of a matrix; groups along its columns (each row is a line), or along its rows.
enum class NmDirection : uint8_t { kAlongColumns, kAlongRows };
NmCompact to_nm(const Dense& matrix, const NmRatio& ratio, NmDirection direction);
Dense nm_to_dense(const NmCompact& compact, NmDirection direction);
// Stored zeros are dropped.
Csr nm_to_csr(const NmCompact& compact, NmDirection direction);

// Indices as the memory holds them: index_bits() each, from the lowest bit of the first byte on.
std::vector<uint8_t> pack_indices(std::span<const uint8_t> indices, uint32_t bits);
// Throws InputError where `packed` is not of the size that `count` indices need.
std::vector<uint8_t> unpack_indices(std::span<const uint8_t> packed, uint64_t count, uint32_t bits);

// out[row, o] = sum over k of a[row, k] * w[o, k], k ascending, in fp32 from +0: `a` is rows x K row-major
// and K = taps * length; output o owns the lines [o * taps, (o + 1) * taps) of the compact form. Equal to
// the bit to multiply_masked on the expanded weights.
std::vector<float> multiply_compact(std::span<const float> a, uint64_t rows, const NmCompact& w,
                                    uint64_t taps);
// The same with `w` dense, outputs x K row-major.
std::vector<float> multiply_masked(std::span<const float> a, uint64_t rows, std::span<const float> w,
                                   uint64_t outputs);

// One mask for both passes: at most N of each row and each column of every M x M block of [cout, cin],
// for each tap.
enum class TransposableSearch : uint8_t { kGreedy, kExact };
// Greedy takes elements by falling magnitude (lower row, then lower column first among equals) while
// their row and column have room [choice]; exact keeps the largest sum of magnitudes (min-cost flow).
std::vector<uint8_t> transposable_mask(std::span<const float> values, const WeightShape& shape,
                                       const NmRatio& ratio, TransposableSearch search);

}  // namespace nonzero
