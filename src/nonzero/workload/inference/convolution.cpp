#include "nonzero/workload/inference/convolution.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::inference {
namespace {

constexpr uint64_t kBlock = 8;  // output channels whose sums one 256-bit word holds
constexpr uint64_t kDepthwiseBlock = 16;

#if defined(__AVX2__)
constexpr bool kHasFastLoop = true;

// Sums of kPixels x kBlocks * 8 channels over one run: each pair of inputs meets the pairs of weights of
// eight channels at once.
template <int kPixels, int kBlocks>
struct FastSums {
  __m256i sum[kPixels][kBlocks];

  explicit FastSums(const int32_t* bias) {
    for (int p = 0; p < kPixels; ++p)
      for (int b = 0; b < kBlocks; ++b)
        sum[p][b] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bias + 8 * b));
  }
  void add(const int16_t* const* inputs, uint64_t offset, uint64_t pairs, const int16_t* weights,
           uint64_t block_words) {
    for (uint64_t pair = 0; pair < pairs; ++pair) {
      __m256i w[kBlocks];
      for (int b = 0; b < kBlocks; ++b)
        w[b] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(
            weights + static_cast<uint64_t>(b) * block_words + pair * 2 * kBlock));
      for (int p = 0; p < kPixels; ++p) {
        int32_t two = 0;
        std::memcpy(&two, inputs[p] + offset + 2 * pair, sizeof two);
        const __m256i a = _mm256_set1_epi32(two);
        for (int b = 0; b < kBlocks; ++b) sum[p][b] = _mm256_add_epi32(sum[p][b], _mm256_madd_epi16(a, w[b]));
      }
    }
  }
  void store(int pixel, int32_t* sums) const {
    for (int b = 0; b < kBlocks; ++b)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + 8 * b), sum[pixel][b]);
  }
};
#else
constexpr bool kHasFastLoop = false;
#endif

// The same, in plain C++.
template <int kPixels, int kBlocks>
struct PlainSums {
  int32_t sum[kPixels][kBlocks * 8];

  explicit PlainSums(const int32_t* bias) {
    for (int p = 0; p < kPixels; ++p) std::copy(bias, bias + kBlocks * 8, sum[p]);
  }
  void add(const int16_t* const* inputs, uint64_t offset, uint64_t pairs, const int16_t* weights,
           uint64_t block_words) {
    for (uint64_t pair = 0; pair < pairs; ++pair)
      for (int p = 0; p < kPixels; ++p) {
        const int32_t first = inputs[p][offset + 2 * pair], second = inputs[p][offset + 2 * pair + 1];
        for (int b = 0; b < kBlocks; ++b) {
          const int16_t* w = weights + static_cast<uint64_t>(b) * block_words + pair * 2 * kBlock;
          for (int k = 0; k < 8; ++k) sum[p][8 * b + k] += first * w[2 * k] + second * w[2 * k + 1];
        }
      }
  }
  void store(int pixel, int32_t* sums) const { std::copy(sum[pixel], sum[pixel] + kBlocks * 8, sums); }
};

#if defined(__AVX2__)
template <bool kFast, int kPixels, int kBlocks>
using Sums = std::conditional_t<kFast, FastSums<kPixels, kBlocks>, PlainSums<kPixels, kBlocks>>;
#else
template <bool kFast, int kPixels, int kBlocks>
using Sums = PlainSums<kPixels, kBlocks>;
#endif

}  // namespace

ConvolutionKernel::ConvolutionKernel(const IntegerLayer& layer, std::span<const int8_t> weights,
                                     Activation activation, InnerLoop loop)
    : shape_(layer.shape),
      zero_point_(layer.input.zero_point),
      range_(code_range(layer.output, activation)),
      fast_(kHasFastLoop && loop == InnerLoop::kFastest) {
  const bool depthwise = shape_.kind == LayerKind::kDepthwise;
  channels_ = depthwise ? shape_.k : shape_.c;
  padded_h_ = (shape_.oy - 1) * shape_.stride_y + (shape_.fy - 1) * shape_.dilation_y + 1;
  padded_w_ = (shape_.ox - 1) * shape_.stride_x + (shape_.fx - 1) * shape_.dilation_x + 1;
  row_ = padded_w_ * channels_;
  check_size(layer);
  check_sums(layer, weights);
  plan_runs();
  pack(layer, weights);
}

void ConvolutionKernel::check_size(const IntegerLayer& layer) const {
  constexpr uint64_t kMost = uint64_t{1} << 32U;
  const auto row = checked_multiply(padded_w_, channels_);
  const auto all = row ? checked_multiply(*row, padded_h_) : std::nullopt;
  if (!all || *all > kMost)
    throw InputError(fmt::format("layer '{}' reads {} x {} x {} inputs with its border", layer.name,
                                 padded_h_, padded_w_, channels_),
                     fmt::format("allowed: {}", kMost), {layer.source, 0});
}

// |a - zero point| is at most 255.
void ConvolutionKernel::check_sums(const IntegerLayer& layer, std::span<const int8_t> weights) const {
  const uint64_t of_channel = shape_.c * shape_.fy * shape_.fx;
  for (uint64_t k = 0; k < shape_.k; ++k) {
    int64_t most = layer.bias.empty() ? 0 : std::llabs(layer.bias[k]);
    for (uint64_t i = 0; i < of_channel; ++i) most += 255 * std::abs(int64_t{weights[k * of_channel + i]});
    if (most > std::numeric_limits<int32_t>::max())
      throw InputError(fmt::format("layer '{}', channel {}: a sum of up to {}", layer.name, k, most),
                       "allowed: sums that 32 bits hold", {layer.source, 0});
  }
}

void ConvolutionKernel::plan_runs() {
  const bool neighbours = shape_.dilation_x == 1 && shape_.kind != LayerKind::kDepthwise;
  const uint64_t columns = neighbours ? 1 : shape_.fx;
  runs_.reserve(shape_.fy * columns);
  for (uint64_t y = 0; y < shape_.fy; ++y)
    for (uint64_t x = 0; x < columns; ++x)
      runs_.push_back({y * shape_.dilation_y * row_ + x * shape_.dilation_x * channels_,
                       neighbours ? shape_.fx * channels_ : channels_});
  for (const Run& run : runs_) pairs_ += run.pairs();
}

void ConvolutionKernel::pack(const IntegerLayer& layer, std::span<const int8_t> weights) {
  const bool depthwise = shape_.kind == LayerKind::kDepthwise;
  const uint64_t block = depthwise ? kDepthwiseBlock : kBlock, whole = ceil_div(shape_.k, block) * block;
  bias_.assign(whole, 0);
  multiplier_.assign(whole, 0);
  for (uint64_t k = 0; k < shape_.k; ++k) {
    if (!layer.bias.empty()) bias_[k] = layer.bias[k];
    multiplier_[k] = layer.input.scale * layer.scale_of(k) / layer.output.scale;
  }
  if (depthwise) return pack_depthwise(weights);
  pack_blocks(weights);
}

// [tap][channel], channels padded to a block.
void ConvolutionKernel::pack_depthwise(std::span<const int8_t> weights) {
  const uint64_t taps = shape_.fy * shape_.fx, whole = bias_.size();
  weights_.assign(taps * whole, 0);
  for (uint64_t k = 0; k < shape_.k; ++k)
    for (uint64_t tap = 0; tap < taps; ++tap) weights_[tap * whole + k] = weights[k * taps + tap];
}

void ConvolutionKernel::pack_blocks(std::span<const int8_t> weights) {
  const uint64_t taps = shape_.fy * shape_.fx;
  weights_.assign(bias_.size() * pairs_ * 2, 0);
  for (uint64_t k = 0; k < shape_.k; ++k) {
    uint64_t tap = 0;
    int16_t* block = weights_.data() + k / kBlock * pairs_ * 2 * kBlock + k % kBlock * 2;
    for (const Run& run : runs_) {
      for (uint64_t i = 0; i < run.length; ++i) {
        const uint64_t at = (k * shape_.c + i % shape_.c) * taps + tap + i / shape_.c;
        block[i / 2 * 2 * kBlock + i % 2] = weights[at];
      }
      block += run.pairs() * 2 * kBlock;
      tap += run.length / shape_.c;
    }
  }
}

void ConvolutionKernel::copy_row(const int8_t* from, uint64_t columns, int16_t* to) const {
  const auto zero = static_cast<int16_t>(zero_point_);
  const uint64_t copies = shape_.kind == LayerKind::kDepthwise ? shape_.multiplier : 1;
  const uint64_t inputs = columns * shape_.channels_in();
  if (copies == 1) {
    for (uint64_t i = 0; i < inputs; ++i) to[i] = static_cast<int16_t>(from[i] - zero);
    return;
  }
  for (uint64_t i = 0; i < inputs; ++i)
    for (uint64_t copy = 0; copy < copies; ++copy)
      to[i * copies + copy] = static_cast<int16_t>(from[i] - zero);
}

void ConvolutionKernel::widen(const int8_t* input, int16_t* padded) const {
  std::memset(padded, 0, scratch() * sizeof *padded);
  if (padded_w_ <= shape_.pad_left) return;
  const uint64_t columns = std::min(shape_.w, padded_w_ - shape_.pad_left);
  for (uint64_t y = 0; y < shape_.h && y + shape_.pad_top < padded_h_; ++y)
    copy_row(input + y * shape_.w * shape_.channels_in(), columns,
             padded + (y + shape_.pad_top) * row_ + shape_.pad_left * channels_);
}

void ConvolutionKernel::run(const int8_t* input, int8_t* output, int16_t* scratch) const {
  widen(input, scratch);
  if (shape_.kind == LayerKind::kDepthwise) return run_depthwise(scratch, output);
  if (fast_) return run_blocks<true>(scratch, output);
  run_blocks<false>(scratch, output);
}

void ConvolutionKernel::requantise(const int32_t* sums, uint64_t first, uint64_t channels,
                                   int8_t* output) const {
  for (uint64_t k = 0; k < channels; ++k)
    output[first + k] = range_.code(static_cast<double>(sums[k]) * multiplier_[first + k]);
}

template <bool kFast, int kPixels, int kBlocks>
void ConvolutionKernel::run_tile(const int16_t* const* origins, uint64_t block, int8_t* output) const {
  const uint64_t first = block * kBlock, block_words = pairs_ * 2 * kBlock;
  Sums<kFast, kPixels, kBlocks> sums(bias_.data() + first);
  const int16_t* weights = weights_.data() + block * block_words;
  for (const Run& run : runs_) {
    sums.add(origins, run.offset, run.pairs(), weights, block_words);
    weights += run.pairs() * 2 * kBlock;
  }
  const uint64_t channels = std::min<uint64_t>(kBlocks * kBlock, shape_.k - first);
  for (int p = 0; p < kPixels; ++p) {
    int32_t stored[kBlocks * 8];
    sums.store(p, stored);
    requantise(stored, first, channels, output + static_cast<uint64_t>(p) * shape_.k);
  }
}

template <bool kFast>
void ConvolutionKernel::run_blocks(const int16_t* padded, int8_t* output) const {
  constexpr uint64_t kPixels = 4;
  const uint64_t blocks = bias_.size() / kBlock, step = shape_.stride_x * channels_;
  for (uint64_t y = 0; y < shape_.oy; ++y) {
    const int16_t* row = padded + y * shape_.stride_y * row_;
    for (uint64_t block = 0; block < blocks; block += 2)
      for (uint64_t x = 0; x < shape_.ox;) {
        const bool several = x + kPixels <= shape_.ox, two = block + 2 <= blocks;
        std::array<const int16_t*, kPixels> origins{};
        for (uint64_t p = 0; p < (several ? kPixels : 1); ++p) origins[p] = row + (x + p) * step;
        int8_t* to = output + (y * shape_.ox + x) * shape_.k;
        if (several && two) run_tile<kFast, kPixels, 2>(origins.data(), block, to);
        if (several && !two) run_tile<kFast, kPixels, 1>(origins.data(), block, to);
        if (!several && two) run_tile<kFast, 1, 2>(origins.data(), block, to);
        if (!several && !two) run_tile<kFast, 1, 1>(origins.data(), block, to);
        x += several ? kPixels : 1;
      }
  }
}

void ConvolutionKernel::run_depthwise(const int16_t* padded, int8_t* output) const {
  const uint64_t whole = bias_.size();
  for (uint64_t y = 0; y < shape_.oy; ++y)
    for (uint64_t x = 0; x < shape_.ox; ++x) {
      const int16_t* origin = padded + y * shape_.stride_y * row_ + x * shape_.stride_x * channels_;
      for (uint64_t first = 0; first < shape_.k; first += kDepthwiseBlock) {
        std::array<int32_t, kDepthwiseBlock> sums;
        std::copy_n(bias_.data() + first, kDepthwiseBlock, sums.begin());
        for (uint64_t tap = 0; tap < runs_.size(); ++tap) {
          const int16_t* a = origin + runs_[tap].offset + first;
          const int16_t* w = weights_.data() + tap * whole + first;
          for (uint64_t k = 0; k < kDepthwiseBlock; ++k) sums[k] += a[k] * w[k];
        }
        requantise(sums.data(), first, std::min(kDepthwiseBlock, shape_.k - first),
                   output + (y * shape_.ox + x) * shape_.k);
      }
    }
}

CodeRange code_range(const Quantisation& output, Activation activation) {
  const auto steps = [&](double real) { return std::nearbyint(real / output.scale); };
  CodeRange range;
  range.zero_point = output.zero_point;
  range.low = -128.0 - output.zero_point;
  range.high = 127.0 - output.zero_point;
  if (activation == Activation::kRelu || activation == Activation::kReluSix)
    range.low = std::max(range.low, 0.0);
  if (activation == Activation::kReluSix) range.high = std::min(range.high, steps(6));
  if (activation == Activation::kReluOne) {
    range.low = std::max(range.low, steps(-1));
    range.high = std::min(range.high, steps(1));
  }
  return range;
}

}  // namespace nonzero::inference
