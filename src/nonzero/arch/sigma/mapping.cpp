#include "nonzero/arch/sigma/mapping.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "nonzero/base/math.h"
#include "nonzero/base/progress.h"

namespace nonzero::sigma {
namespace {

uint64_t slab_width(const Config& config, uint64_t k) {
  const bool slabs = config.limits_streaming() && config.packing == Packing::kSlab;
  return std::max<uint64_t>(1, slabs ? std::min(static_cast<uint64_t>(config.stream_words), k) : k);
}

Mapping empty_mapping(uint64_t k, const Streaming& streaming, const Config& config) {
  Mapping mapping;
  mapping.multipliers = config.multipliers();
  mapping.lanes_per_dpe = static_cast<uint64_t>(config.multipliers_per_dpe);
  mapping.steps = streaming.steps;
  mapping.slab_ones.assign(std::max<uint64_t>(1, ceil_div(k, slab_width(config, k))), 0);
  return mapping;
}

bool charges_row_major(const Config& config) {
  return config.limits_streaming() && config.packing == Packing::kRowMajor;
}

uint64_t extra_steps(uint64_t distinct_words, const Config& config) {
  return distinct_words == 0 ? 0 : (distinct_words - 1) / static_cast<uint64_t>(config.stream_words);
}

// Packing row-major on compressed operands: how many words beyond its first step each column of a
// fold needs. Holds the fold's distinct k until the fold closes.
class FoldWords {
 public:
  FoldWords(const Streaming& streaming, const Config& config)
      : streaming_(streaming), config_(config), active_(charges_row_major(config)) {
    if (active_) words_.assign(streaming.steps, 0);
  }

  void add(uint32_t k) {
    if (active_) distinct_.push_back(k);
  }

  uint64_t close() {
    uint64_t extra = 0;
    for (const uint32_t k : distinct_)
      for (const uint32_t step : streaming_.rows_csr->fiber(k)) ++words_[step];
    for (const uint32_t k : distinct_) {
      for (const uint32_t step : streaming_.rows_csr->fiber(k)) {
        extra += extra_steps(words_[step], config_);
        words_[step] = 0;
      }
    }
    distinct_.clear();
    return extra;
  }

 private:
  const Streaming& streaming_;
  const Config& config_;
  bool active_;
  std::vector<uint32_t> distinct_;
  std::vector<uint32_t> words_;
};

template <class Visit>
Mapping walk(const Csr& stationary, const Streaming& streaming, const Config& config, const Visit& visit) {
  Mapping mapping = empty_mapping(stationary.columns, streaming, config);
  const uint64_t width = slab_width(config, stationary.columns);
  const uint64_t lanes = mapping.lanes_per_dpe;
  const uint64_t multipliers = mapping.multipliers;
  const bool one_slab = mapping.slab_ones.size() == 1;
  std::vector<uint64_t> last_fold(stationary.columns, ~uint64_t{0});
  FoldWords fold_words(streaming, config);

  for (uint64_t row = 0; row < stationary.rows; ++row) {
    Progress::throw_if_stopped();
    const uint64_t end = stationary.offsets[row + 1];
    uint64_t segments_of_row = 0;
    for (uint64_t e = stationary.offsets[row]; e < end;) {
      const uint64_t slab = one_slab ? 0 : stationary.indices[e] / width;
      const uint64_t slab_end = (slab + 1) * width;
      uint64_t& slab_ones = mapping.slab_ones[slab];
      const uint64_t fold = slab_ones / multipliers;
      const uint64_t room = lanes - slab_ones % lanes;
      Segment segment{row, slab, fold, slab_ones % multipliers, 0, e, e};
      for (; e < end && stationary.indices[e] < slab_end && segment.ones < room; ++e) {
        const uint32_t k = stationary.indices[e];
        const uint32_t words = streaming.row_counts[k];
        if (words == 0) continue;  // REGOR
        ++segment.ones;
        mapping.useful += words;
        if (last_fold[k] == fold) continue;
        last_fold[k] = fold;
        mapping.streamed_words += words;
        fold_words.add(k);
      }
      if (segment.ones == 0) continue;
      segment.end_element = e;
      slab_ones += segment.ones;
      ++segments_of_row;
      visit(segment);
      if (slab_ones % multipliers == 0) mapping.stall_steps += fold_words.close();
    }
    mapping.segments += segments_of_row;
    mapping.rows_mapped += segments_of_row > 0;
  }
  mapping.stall_steps += fold_words.close();
  mapping.ones = std::accumulate(mapping.slab_ones.begin(), mapping.slab_ones.end(), uint64_t{0});
  return mapping;
}

// The lowest `count` ones of `bits`. A word rarely spans folds, so a loop is quick enough.
uint64_t lowest_ones(uint64_t bits, uint64_t count) {
  if (count >= 64) return bits;
  uint64_t rest = bits;
  for (uint64_t i = 0; i < count && rest != 0; ++i) rest &= rest - 1;
  return bits ^ rest;
}

// Bit words of a fold's distinct k, one slab's folds at a time; several slabs share the words
// because they share no k.
class FoldBits {
 public:
  FoldBits(const Streaming& streaming, const Config& config, uint64_t k)
      : streaming_(streaming), config_(config), bits_(ceil_div(k, 64)) {}

  void add(uint64_t word, uint64_t ones) { bits_[word] |= ones; }

  // Ends the open fold of the slab that holds k = begin .. end - 1.
  void close(uint64_t begin, uint64_t end, Mapping& mapping) {
    for (uint64_t w = begin / 64; w * 64 < end; ++w) {
      for (uint64_t rest = bits_[w] & mask(w, begin, end); rest != 0; rest &= rest - 1)
        mapping.streamed_words +=
            streaming_.row_counts[w * 64 + static_cast<uint64_t>(std::countr_zero(rest))];
    }
    if (charges_row_major(config_)) mapping.stall_steps += row_major_stalls();
    for (uint64_t w = begin / 64; w * 64 < end; ++w) bits_[w] &= ~mask(w, begin, end);
  }

  static uint64_t mask(uint64_t word, uint64_t begin, uint64_t end) {
    uint64_t bits = ~uint64_t{0};
    if (word * 64 < begin) bits &= ~uint64_t{0} << (begin - word * 64);
    if ((word + 1) * 64 > end) bits &= ~uint64_t{0} >> ((word + 1) * 64 - end);
    return bits;
  }

 private:
  [[nodiscard]] uint64_t row_major_stalls() const {
    uint64_t extra = 0;
    for (uint64_t step = 0; step < streaming_.steps; ++step) {
      const auto column = streaming_.columns->row(step);
      uint64_t words = 0;
      for (size_t w = 0; w < bits_.size(); ++w) words += std::popcount(bits_[w] & column[w]);
      extra += extra_steps(words, config_);
    }
    return extra;
  }

  const Streaming& streaming_;
  const Config& config_;
  std::vector<uint64_t> bits_;
};

std::vector<uint64_t> regor_words(const Streaming& streaming) {
  std::vector<uint64_t> words(ceil_div(streaming.row_counts.size(), 64));
  for (size_t k = 0; k < streaming.row_counts.size(); ++k)
    words[k / 64] |= uint64_t{streaming.row_counts[k] != 0} << (k % 64);
  return words;
}

uint64_t effectual(const Bitmap& stationary, const Streaming& streaming) {
  const std::vector<uint32_t> by_k = column_counts(stationary);
  uint64_t total = 0;
  for (size_t k = 0; k < by_k.size(); ++k) total += uint64_t{by_k[k]} * streaming.row_counts[k];
  return total;
}

}  // namespace

uint64_t Mapping::folds() const {
  uint64_t total = 0;
  for (const uint64_t in_slab : slab_ones) total += ceil_div(in_slab, multipliers);
  return total;
}

Mapping map_stationary(const Csr& stationary, const Streaming& streaming, const Config& config) {
  return walk(stationary, streaming, config, [](const Segment&) {});
}

Mapping map_stationary(const Csr& stationary, const Streaming& streaming, const Config& config,
                       const OnSegment& on_segment) {
  return walk(stationary, streaming, config, on_segment);
}

Mapping map_stationary(const Bitmap& stationary, const Streaming& streaming, const Config& config) {
  Mapping mapping = empty_mapping(stationary.columns, streaming, config);
  const uint64_t k_end = stationary.columns;
  const uint64_t width = slab_width(config, k_end);
  const std::vector<uint64_t> regor = regor_words(streaming);
  FoldBits fold_bits(streaming, config, k_end);

  for (uint64_t row = 0; row < stationary.rows; ++row) {
    Progress::throw_if_stopped();
    const uint64_t* words = stationary.words.data() + row * stationary.words_per_row();
    const uint64_t segments_before = mapping.segments;
    for (uint64_t slab = 0; slab < mapping.slab_ones.size(); ++slab) {
      const uint64_t begin = slab * width, end = std::min(k_end, begin + width);
      const uint64_t first = mapping.slab_ones[slab];
      uint64_t position = first;
      uint64_t room = mapping.multipliers - first % mapping.multipliers;
      for (uint64_t w = begin / 64; w * 64 < end; ++w) {
        uint64_t bits = words[w] & regor[w] & FoldBits::mask(w, begin, end);
        while (bits != 0) {
          const uint64_t taken = lowest_ones(bits, room);
          const auto ones = static_cast<uint64_t>(std::popcount(taken));
          fold_bits.add(w, taken);
          position += ones;
          room -= ones;
          bits ^= taken;
          if (room != 0) continue;
          fold_bits.close(begin, end, mapping);
          room = mapping.multipliers;
        }
      }
      if (position == first) continue;
      const uint64_t lanes = mapping.lanes_per_dpe;
      mapping.segments += (position - 1) / lanes - first / lanes + 1;
      mapping.slab_ones[slab] = position;
    }
    mapping.rows_mapped += mapping.segments > segments_before;
  }
  for (uint64_t slab = 0; slab < mapping.slab_ones.size(); ++slab) {
    if (mapping.slab_ones[slab] % mapping.multipliers != 0)
      fold_bits.close(slab * width, std::min(k_end, (slab + 1) * width), mapping);
  }
  mapping.ones = std::accumulate(mapping.slab_ones.begin(), mapping.slab_ones.end(), uint64_t{0});
  mapping.useful = effectual(stationary, streaming);
  return mapping;
}

}  // namespace nonzero::sigma
