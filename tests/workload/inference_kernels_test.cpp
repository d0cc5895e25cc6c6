#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "nonzero/base/error.h"
#include "nonzero/tensor/quantise.h"
#include "nonzero/workload/inference/convolution.h"
#include "nonzero/workload/inference/elementwise.h"
#include "support/integer_layers.h"
#include "support/integer_networks.h"

namespace nonzero::inference {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Loops over everything, with a test at every border; [H, W, C] in and out.
std::vector<int8_t> plain(const IntegerLayer& layer, const std::vector<int8_t>& input, int low, int high) {
  const IntegerLayerShape& s = layer.shape;
  const uint64_t channels = s.channels_in();
  std::vector<int8_t> output;
  for (uint64_t y = 0; y < s.oy; ++y)
    for (uint64_t x = 0; x < s.ox; ++x)
      for (uint64_t k = 0; k < s.k; ++k) {
        int64_t sum = layer.bias.empty() ? 0 : layer.bias[k];
        for (uint64_t c = 0; c < s.c; ++c)
          for (uint64_t fy = 0; fy < s.fy; ++fy)
            for (uint64_t fx = 0; fx < s.fx; ++fx) {
              const int64_t row =
                  static_cast<int64_t>(y * s.stride_y + fy * s.dilation_y) - static_cast<int64_t>(s.pad_top);
              const int64_t column =
                  static_cast<int64_t>(x * s.stride_x + fx * s.dilation_x) - static_cast<int64_t>(s.pad_left);
              if (row < 0 || column < 0 || row >= static_cast<int64_t>(s.h) ||
                  column >= static_cast<int64_t>(s.w))
                continue;
              const uint64_t from = s.kind == LayerKind::kDepthwise ? k / s.multiplier : c;
              const size_t at =
                  (static_cast<uint64_t>(row) * s.w + static_cast<uint64_t>(column)) * channels + from;
              sum += int64_t{layer.weights[((k * s.c + c) * s.fy + fy) * s.fx + fx]} *
                     (input[at] - layer.input.zero_point);
            }
        const double multiplier = layer.input.scale * layer.scale_of(k) / layer.output.scale;
        output.push_back(requantise(sum, multiplier, layer.output.zero_point, low, high));
      }
  return output;
}

std::vector<int8_t> run(const ConvolutionKernel& kernel, const IntegerLayer& layer,
                        const std::vector<int8_t>& input) {
  std::vector<int8_t> output(layer.shape.outputs());
  std::vector<int16_t> scratch(kernel.scratch(), 77);
  kernel.run(input.data(), output.data(), scratch.data());
  return output;
}

uint64_t drawn(uint64_t from, uint64_t to) { return *rc::gen::inRange<uint64_t>(from, to + 1); }

// Any loop bounds that fit each other; SAME and VALID are among them.
IntegerLayer any_layer() {
  IntegerLayer layer;
  IntegerLayerShape& s = layer.shape;
  s.kind = *rc::gen::element(LayerKind::kConv, LayerKind::kDepthwise, LayerKind::kLinear);
  const bool linear = s.kind == LayerKind::kLinear;
  s.c = s.kind == LayerKind::kDepthwise ? 1 : drawn(1, 20);
  s.multiplier = s.kind == LayerKind::kDepthwise ? drawn(1, 3) : 1;
  s.k = s.multiplier * drawn(1, 21);
  s.fy = linear ? 1 : drawn(1, 4);
  s.fx = linear ? 1 : drawn(1, 4);
  s.stride_y = linear ? 1 : drawn(1, 3);
  s.stride_x = linear ? 1 : drawn(1, 3);
  s.dilation_y = linear ? 1 : drawn(1, 2);
  s.dilation_x = linear ? 1 : drawn(1, 2);
  s.h = linear ? 1 : drawn(1, 9);
  s.w = drawn(1, 9);
  s.pad_top = linear ? 0 : drawn(0, 3);
  s.pad_left = linear ? 0 : drawn(0, 3);
  s.oy = linear ? 1 : drawn(1, 6);
  s.ox = linear ? s.w : drawn(1, 6);
  Random random(*rc::gen::arbitrary<uint32_t>());
  layer = test::drawn(std::move(layer), random.bits());
  return layer;
}

IntegerLayer quantised(IntegerLayer layer) {
  Random random(*rc::gen::arbitrary<uint32_t>());
  layer.weights.resize(layer.shape.weights());
  layer = test::drawn(std::move(layer), random.bits());
  layer.input = {0.03, static_cast<int32_t>(random.below(256)) - 128};
  layer.output = {0.5, static_cast<int32_t>(random.below(256)) - 128};
  layer.scales.assign(random.chance(0.5) ? 1 : layer.shape.k, 0);
  for (double& scale : layer.scales) scale = 0.001 + 0.1 * random.unit();
  if (random.chance(0.7))
    for (uint64_t k = 0; k < layer.shape.k; ++k)
      layer.bias.push_back(static_cast<int32_t>(random.below(20001)) - 10000);
  return layer;
}

RC_GTEST_PROP(InferenceKernel, is_the_plain_convolution_for_any_loop_bounds, ()) {
  const IntegerLayer layer = quantised(any_layer());
  const std::vector<int8_t> input = test::drawn_codes(layer.shape.inputs(), drawn(0, 1000));
  const auto expected = plain(layer, input, -128, 127);
  for (const InnerLoop loop : {InnerLoop::kPlain, InnerLoop::kFastest})
    RC_ASSERT(run(ConvolutionKernel(layer, layer.weights, Activation::kNone, loop), layer, input) ==
              expected);
}

RC_GTEST_PROP(InferenceKernel, clamps_where_the_fused_activation_does, ()) {
  const IntegerLayer layer = quantised(any_layer());
  const std::vector<int8_t> input = test::drawn_codes(layer.shape.inputs(), drawn(0, 1000));
  const int zero = layer.output.zero_point, six = std::min(127, zero + 12);  // 6 / 0.5
  RC_ASSERT(run(ConvolutionKernel(layer, layer.weights, Activation::kRelu), layer, input) ==
            plain(layer, input, zero, 127));
  RC_ASSERT(run(ConvolutionKernel(layer, layer.weights, Activation::kReluSix), layer, input) ==
            plain(layer, input, zero, six));
}

TEST(InferenceKernel, refuses_a_channel_whose_sum_could_leave_32_bits) {
  IntegerLayer layer = test::filled(test::linear_layer(1, 70000, 1), [](auto...) { return 127; });
  try {
    ConvolutionKernel(layer, layer.weights, Activation::kNone);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("channel 0"));  // 70,000 * 127 * 255 > 2^31
  }
}

TEST(InferenceKernel, refuses_strides_that_would_need_a_huge_border) {
  IntegerLayer layer = test::filled(test::conv_layer(1, 1, 1, 4, 4), [](auto...) { return 1; });
  layer.shape.stride_x = layer.shape.stride_y = uint64_t{1} << 31U;
  EXPECT_THROW(ConvolutionKernel(layer, layer.weights, Activation::kNone), InputError);
}

TEST(CodeRange, rounds_half_to_even_and_clamps) {
  const CodeRange range = code_range({1, -3}, Activation::kNone);
  EXPECT_EQ(range.code(0.5), -3);
  EXPECT_EQ(range.code(1.5), -1);
  EXPECT_EQ(range.code(2.5), -1);
  EXPECT_EQ(range.code(-0.5), -3);
  EXPECT_EQ(range.code(-1.5), -5);
  EXPECT_EQ(range.code(1e9), 127);
  EXPECT_EQ(range.code(-1e300), -128);
}

std::vector<int8_t> run(const auto& kernel, const std::vector<int8_t>& input, size_t outputs) {
  std::vector<int8_t> output(outputs);
  kernel.run(input.data(), output.data());
  return output;
}

TEST(AddKernel, adds_real_values_of_three_quantisations) {
  const AddKernel kernel({0.5, 0}, {0.25, 10}, {1, -1}, Activation::kRelu, 3);
  const std::vector<int8_t> a = {4, -8, 127}, b = {14, 10, 127};
  std::vector<int8_t> sum(3);
  kernel.run(a.data(), b.data(), sum.data());
  EXPECT_THAT(sum, ElementsAre(2, -1, 92));  // 2 + 1 = 3; -4 + 0 -> 0; 63.5 + 29.25 = 92.75 -> 93
}

TEST(PoolKernel, averages_only_what_lies_inside) {
  // 2 x 2 window, stride 1, one row and column of border before:
  //   1  3        1    2
  //   5  7   ->   3    4
  const PoolShape shape{2, 2, 1, 2, 2, 2, 2, 1, 1, 1, 1};
  const Quantisation same{1, 0};
  EXPECT_THAT(run(PoolKernel(shape, PoolKind::kAverage, same, same, Activation::kNone), {1, 3, 5, 7}, 4),
              ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(run(PoolKernel(shape, PoolKind::kMaximum, same, same, Activation::kNone), {1, 3, 5, 7}, 4),
              ElementsAre(1, 3, 5, 7));
}

TEST(SoftmaxKernel, gives_shares_of_each_row) {
  // Steps of ln 2: 0, 1, 1 -> 1/5, 2/5, 2/5 of 256, less 128.
  const SoftmaxKernel kernel({0.6931471805599453, 0}, {1.0 / 256, -128}, 1, 2, 3);
  EXPECT_THAT(run(kernel, {0, 1, 1, -128, -128, 127}, 6), ElementsAre(-77, -26, -26, -128, -128, 127));
}

TEST(TableKernel, answers_every_code) {
  const TableKernel kernel(
      {0.5, 0}, {0.25, 2}, [](double value) { return std::max(value, 0.0); }, 4);
  EXPECT_THAT(run(kernel, {-128, 0, 3, 127}, 4), ElementsAre(2, 2, 8, 127));
}

TEST(ConcatenationKernel, brings_its_parts_to_one_quantisation) {
  const ConcatenationKernel kernel({{1, 0}, {2, 1}}, {2, 1}, {1, 0}, 2);
  const std::vector<int8_t> a = {1, 2, 3, 4}, b = {5, 6};
  std::vector<int8_t> output(6);
  kernel.run({a.data(), b.data()}, output.data());
  EXPECT_THAT(output, ElementsAre(1, 2, 8, 3, 4, 10));
}

TEST(PadKernel, puts_zeros_around) {
  const PadKernel kernel{1, 2, 1, 1, 0, 3, 3, -5};
  EXPECT_THAT(run(kernel, {1, 2}, 9), ElementsAre(-5, -5, -5, 1, 2, -5, -5, -5, -5));
}

}  // namespace
}  // namespace nonzero::inference
