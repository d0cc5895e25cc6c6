#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/workload/inference/requantise.h"
#include "nonzero/workload/integer_layer.h"

namespace nonzero::inference {

// The inner loops: AVX2's multiply-add of pairs where the build has it, else plain C++.
enum class InnerLoop : uint8_t { kPlain, kFastest };

// A convolution, depthwise convolution or linear layer made ready to run: weights repacked, padding worked
// out. Activations are [H, W, C] (linear: [tokens, C]), as TensorFlow Lite holds them.
//
// The input is widened once to 16 bit, less its zero point and with its border, so that the sum over
// (a - zero point) * w needs neither tests at the border nor sums of weights:
//
//   output pixel -> its runs: stretches of FX * C neighbouring inputs, one for each kernel row
//   weights      -> [block of 8 output channels][pair of the run][channel][2]
//
class ConvolutionKernel {
 public:
  // Throws InputError where the sum of a channel could leave 32 bits, or the border dwarfs the input.
  ConvolutionKernel(const IntegerLayer& layer, std::span<const int8_t> weights, Activation activation,
                    InnerLoop loop = InnerLoop::kFastest);

  // 16-bit words that `run` needs as scratch.
  [[nodiscard]] uint64_t scratch() const { return padded_h_ * row_ + kSlack; }
  void run(const int8_t* input, int8_t* output, int16_t* scratch) const;

 private:
  // The reading of a pair may pass the end of the last run by one.
  static constexpr uint64_t kSlack = 16;
  struct Run {
    uint64_t offset = 0, length = 0;  // from the pixel's first input; in inputs
    [[nodiscard]] uint64_t pairs() const { return (length + 1) / 2; }
  };

  void plan_runs();
  void pack(const IntegerLayer& layer, std::span<const int8_t> weights);
  void pack_depthwise(std::span<const int8_t> weights);
  void pack_blocks(std::span<const int8_t> weights);
  void check_size(const IntegerLayer& layer) const;
  void check_sums(const IntegerLayer& layer, std::span<const int8_t> weights) const;
  void widen(const int8_t* input, int16_t* padded) const;
  void copy_row(const int8_t* from, uint64_t columns, int16_t* to) const;
  template <bool kFast>
  void run_blocks(const int16_t* padded, int8_t* output) const;
  template <bool kFast, int kPixels, int kBlocks>
  void run_tile(const int16_t* const* origins, uint64_t block, int8_t* output) const;
  void run_depthwise(const int16_t* padded, int8_t* output) const;
  void requantise(const int32_t* sums, uint64_t first, uint64_t channels, int8_t* output) const;

  IntegerLayerShape shape_;
  int32_t zero_point_ = 0;
  CodeRange range_;
  bool fast_ = true;
  uint64_t channels_ = 0;  // of the widened input: those of the input, or of the output (depthwise)
  uint64_t padded_h_ = 0, padded_w_ = 0, row_ = 0;
  std::vector<Run> runs_;
  uint64_t pairs_ = 0;
  std::vector<int16_t> weights_;
  std::vector<int32_t> bias_;       // whole blocks of channels
  std::vector<double> multiplier_;  // as many
};

}  // namespace nonzero::inference
