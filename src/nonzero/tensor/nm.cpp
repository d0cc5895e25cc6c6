#include "nonzero/tensor/nm.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero {
namespace {

constexpr uint32_t kMostM = 32;

void require_size(uint64_t found, const NmAxis& axis, const char* what) {
  if (found != axis.size())
    throw InputError(fmt::format("a {} of {} elements", what, found),
                     fmt::format("allowed: {}", axis.size()));
}

// The places of the group's N largest magnitudes, ascending: a stable selection by insertion.
struct Kept {
  std::array<uint8_t, kMostM> index{};
  uint32_t count = 0;
};

Kept largest(const std::array<float, kMostM>& magnitude, uint32_t size, uint32_t n) {
  std::array<uint8_t, kMostM> order{};
  for (uint32_t i = 0; i < size; ++i) {
    uint32_t place = i;
    for (; place > 0 && magnitude[order[place - 1]] < magnitude[i]; --place) order[place] = order[place - 1];
    order[place] = static_cast<uint8_t>(i);
  }
  Kept kept;
  kept.count = std::min(n, size);
  kept.index = order;
  std::sort(kept.index.begin(), kept.index.begin() + kept.count);
  return kept;
}

// Calls body(line, group, first, size) for each group; `size` leaves the padding out.
template <class Body>
void for_each_group(const NmAxis& axis, const NmRatio& ratio, const Body& body) {
  for (uint64_t line = 0; line < axis.lines(); ++line)
    for (uint64_t first = 0; first < axis.length; first += ratio.m)
      body(line, first, static_cast<uint32_t>(std::min<uint64_t>(ratio.m, axis.length - first)));
}

}  // namespace

void NmRatio::check() const {
  if (m == 0 || m > kMostM || !is_power_of_two(m))
    throw InputError(fmt::format("N:M of {}:{}", n, m), "allowed: M a power of two up to 32");
  if (n < 1 || n > m)
    throw InputError(fmt::format("N:M of {}:{}", n, m), fmt::format("allowed: N from 1 to {}", m));
}

NmRatio NmRatio::parse(const std::string& text) {
  NmRatio ratio;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, ratio.n);
  const bool colon = first.ec == std::errc() && first.ptr != end && *first.ptr == ':';
  const auto second = colon ? std::from_chars(first.ptr + 1, end, ratio.m) : first;
  if (!colon || second.ec != std::errc() || second.ptr != end)
    throw InputError(fmt::format("N:M '{}'", text), "allowed: two numbers such as 2:8");
  ratio.check();
  return ratio;
}

uint32_t NmRatio::index_bits() const { return ceil_log2(m); }

std::string NmRatio::text() const { return fmt::format("{}:{}", n, m); }

void NmAxis::require_whole_groups(const NmRatio& ratio, const std::string& what) const {
  if (length % ratio.m != 0)
    throw InputError(fmt::format("{} is {}, no multiple of M = {}", what, length, ratio.m),
                     "with strict groups: a multiple of M; without, the last group is padded with zeros");
}

std::vector<uint8_t> nm_mask(std::span<const float> values, const NmAxis& axis, const NmRatio& ratio) {
  ratio.check();
  require_size(values.size(), axis, "tensor");
  std::vector<uint8_t> mask(values.size());
  std::array<float, kMostM> magnitude{};
  for_each_group(axis, ratio, [&](uint64_t line, uint64_t first, uint32_t size) {
    for (uint32_t i = 0; i < size; ++i) magnitude[i] = std::fabs(values[axis.at(line, first + i)]);
    const Kept kept = largest(magnitude, size, ratio.n);
    for (uint32_t k = 0; k < kept.count; ++k) mask[axis.at(line, first + kept.index[k])] = 1;
  });
  return mask;
}

std::vector<float> masked(std::span<const float> values, std::span<const uint8_t> mask) {
  std::vector<float> out(values.begin(), values.end());
  for (size_t i = 0; i < out.size(); ++i)
    if (mask[i] == 0) out[i] = 0;
  return out;
}

uint64_t most_in_a_group(std::span<const uint8_t> mask, const NmAxis& axis, const NmRatio& ratio) {
  uint64_t most = 0;
  for_each_group(axis, ratio, [&](uint64_t line, uint64_t first, uint32_t size) {
    uint64_t ones = 0;
    for (uint32_t i = 0; i < size; ++i) ones += mask[axis.at(line, first + i)];
    most = std::max(most, ones);
  });
  return most;
}

uint64_t nm_bytes(uint64_t groups, const NmRatio& ratio, uint32_t value_bits) {
  return ceil_div(groups * ratio.n * (value_bits + ratio.index_bits()), 8);
}

uint64_t NmCompact::bytes(uint32_t value_bits) const { return nm_bytes(groups(), ratio, value_bits); }

NmCompact nm_compress(std::span<const float> values, std::span<const uint8_t> mask, const NmAxis& axis,
                      const NmRatio& ratio) {
  ratio.check();
  require_size(values.size(), axis, "tensor");
  require_size(mask.size(), axis, "mask");
  NmCompact compact{ratio, axis, {}, {}};
  compact.values.reserve(compact.groups() * ratio.n);
  compact.indices.reserve(compact.groups() * ratio.n);
  for_each_group(axis, ratio, [&](uint64_t line, uint64_t first, uint32_t size) {
    uint32_t ones = 0;
    for (uint32_t i = 0; i < size; ++i) {
      const uint8_t bit = mask[axis.at(line, first + i)];
      if (bit > 1) throw InputError(fmt::format("a mask that holds {}", bit), "allowed: 0 and 1");
      ones += bit;
    }
    if (ones > ratio.n)
      throw InputError(fmt::format("a mask that keeps {} of a group", ones),
                       fmt::format("allowed: {} of {}", ratio.n, ratio.m));
    uint32_t fill = ratio.n - ones;
    for (uint32_t i = 0; i < ratio.m; ++i) {
      const bool keep = i < size && mask[axis.at(line, first + i)] == 1;
      if (!keep && fill == 0) continue;
      if (!keep) --fill;
      compact.values.push_back(keep ? values[axis.at(line, first + i)] : 0.0F);
      compact.indices.push_back(static_cast<uint8_t>(i));
    }
  });
  return compact;
}

NmCompact nm_compress(std::span<const float> values, const NmAxis& axis, const NmRatio& ratio) {
  return nm_compress(values, nm_mask(values, axis, ratio), axis, ratio);
}

std::vector<float> nm_expand(const NmCompact& compact) {
  const NmAxis& axis = compact.axis;
  std::vector<float> out(axis.size());
  const uint64_t per_line = axis.groups_per_line(compact.ratio) * compact.ratio.n;
  for (uint64_t slot = 0; slot < compact.values.size(); ++slot) {
    const uint64_t group = slot % per_line / compact.ratio.n;
    const uint64_t position = group * compact.ratio.m + compact.indices[slot];
    // A padded position carries no value.
    if (position < axis.length && compact.values[slot] != 0.0F)
      out[axis.at(slot / per_line, position)] = compact.values[slot];
  }
  return out;
}

NmCompact to_nm(const Dense& matrix, const NmRatio& ratio, NmDirection direction) {
  const NmAxis axis = direction == NmDirection::kAlongColumns ? NmAxis{matrix.rows, matrix.columns, 1}
                                                              : NmAxis{1, matrix.rows, matrix.columns};
  return nm_compress(matrix.values, axis, ratio);
}

Dense nm_to_dense(const NmCompact& compact, NmDirection direction) {
  const NmAxis& axis = compact.axis;
  const bool columns = direction == NmDirection::kAlongColumns;
  return {columns ? axis.outer : axis.length, columns ? axis.length : axis.inner, nm_expand(compact)};
}

Csr nm_to_csr(const NmCompact& compact, NmDirection direction) {
  return to_csr(nm_to_dense(compact, direction));
}

std::vector<uint8_t> pack_indices(std::span<const uint8_t> indices, uint32_t bits) {
  std::vector<uint8_t> packed(ceil_div(indices.size() * bits, 8));
  uint64_t at = 0;
  for (const uint8_t index : indices)
    for (uint32_t b = 0; b < bits; ++b, ++at)
      packed[at / 8] = static_cast<uint8_t>(packed[at / 8] | (((index >> b) & 1U) << (at % 8)));
  return packed;
}

std::vector<uint8_t> unpack_indices(std::span<const uint8_t> packed, uint64_t count, uint32_t bits) {
  const auto needed = checked_multiply(count, bits);
  if (!needed || packed.size() != ceil_div(*needed, 8))
    throw InputError(fmt::format("{} bytes for {} indices of {} bits", packed.size(), count, bits),
                     "allowed: ceil(indices * bits / 8) bytes");
  std::vector<uint8_t> indices(count);
  uint64_t at = 0;
  for (uint8_t& index : indices)
    for (uint32_t b = 0; b < bits; ++b, ++at)
      index = static_cast<uint8_t>(index | (((packed[at / 8] >> (at % 8)) & 1U) << b));
  return indices;
}

std::vector<float> multiply_compact(std::span<const float> a, uint64_t rows, const NmCompact& w,
                                    uint64_t taps) {
  const uint64_t outputs = w.axis.lines() / taps, length = w.axis.length, depth = taps * length;
  const uint64_t groups = w.axis.groups_per_line(w.ratio), n = w.ratio.n;
  std::vector<float> out(rows * outputs);
  for (uint64_t row = 0; row < rows; ++row) {
    const float* activation = a.data() + row * depth;
    uint64_t slot = 0;
    for (uint64_t o = 0; o < outputs; ++o) {
      float sum = 0;
      for (uint64_t tap = 0; tap < taps; ++tap)
        for (uint64_t g = 0; g < groups; ++g)
          for (uint64_t i = 0; i < n; ++i, ++slot) {
            const uint64_t position = g * w.ratio.m + w.indices[slot];
            if (position < length) sum += activation[tap * length + position] * w.values[slot];
          }
      out[row * outputs + o] = sum;
    }
  }
  return out;
}

std::vector<float> multiply_masked(std::span<const float> a, uint64_t rows, std::span<const float> w,
                                   uint64_t outputs) {
  const uint64_t depth = outputs == 0 ? 0 : w.size() / outputs;
  std::vector<float> out(rows * outputs);
  for (uint64_t row = 0; row < rows; ++row)
    for (uint64_t o = 0; o < outputs; ++o) {
      float sum = 0;
      for (uint64_t k = 0; k < depth; ++k) sum += a[row * depth + k] * w[o * depth + k];
      out[row * outputs + o] = sum;
    }
  return out;
}

}  // namespace nonzero
