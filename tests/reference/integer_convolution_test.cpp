#include "nonzero/reference/integer_convolution.h"

#include <gtest/gtest.h>

#include "nonzero/base/error.h"
#include "support/integer_layers.h"

namespace nonzero::test {
namespace {

using reference::convolve;

Product dense(uint64_t rows, uint64_t columns, const std::vector<int64_t>& values) {
  Product product{rows, columns, {0}, {}, {}};
  for (uint64_t r = 0; r < rows; ++r) {
    for (uint64_t c = 0; c < columns; ++c) {
      product.indices.push_back(static_cast<uint32_t>(c));
      product.values.push_back(static_cast<double>(values[r * columns + c]));
    }
    product.offsets.push_back(product.indices.size());
  }
  return product;
}

IntegerActivations counting(uint64_t count) {
  IntegerActivations input;
  for (uint64_t i = 0; i < count; ++i) input.codes.push_back(static_cast<int8_t>(i + 1));
  return input;
}

//   1 2 3     0 1 0
//   4 5 6  *  1 0 0   both taps where they lie inside
//   7 8 9     0 0 0
TEST(Convolution, adds_what_the_kernel_covers) {
  IntegerLayer layer = conv_layer(1, 1, 3, 3, 3);
  layer.weights = {0, 1, 0, 1, 0, 0, 0, 0, 0};
  EXPECT_EQ(convolve(layer, counting(9)), (std::vector<int64_t>{0, 1, 2, 1, 6, 8, 4, 12, 14}));
}

TEST(Convolution, steps_by_its_stride) {
  IntegerLayer layer = conv_layer(1, 1, 1, 3, 3, 2);
  layer.weights = {-3};
  EXPECT_EQ(convolve(layer, counting(9)), (std::vector<int64_t>{-3, -9, -21, -27}));
}

TEST(Convolution, spreads_a_dilated_kernel) {
  IntegerLayer layer = conv_layer(1, 1, 2, 3, 3);
  layer.shape.dilation_y = layer.shape.dilation_x = 2;
  layer.shape.pad_top = layer.shape.pad_left = 0;
  layer.shape.oy = layer.shape.ox = 1;
  layer.weights = {1, 10, 100, 100};
  EXPECT_EQ(convolve(layer, counting(9)), (std::vector<int64_t>{1 + 30 + 700 + 900}));
}

TEST(Convolution, takes_the_zero_point_off_and_pads_with_it) {
  IntegerLayer layer = conv_layer(1, 1, 3, 1, 1);
  layer.weights = {9, 9, 9, 9, 2, 9, 9, 9, 9};
  layer.input.zero_point = -128;
  EXPECT_EQ(convolve(layer, counting(1)), (std::vector<int64_t>{2 * 129}));
}

TEST(Convolution, gives_each_input_channel_its_own_outputs_where_it_is_depthwise) {
  IntegerLayer layer = depthwise_layer(2, 2, 1, 1, 2);
  layer.weights = {1, 2, 3, 4};
  EXPECT_EQ(convolve(layer, counting(4)), (std::vector<int64_t>{1, 2, 2, 4, 9, 12, 12, 16}));
}

TEST(Convolution, takes_tokens_one_after_the_other_where_it_is_linear) {
  IntegerLayer layer = linear_layer(2, 3, 2);
  layer.weights = {1, 1, 1, 1, 0, -1};
  EXPECT_EQ(convolve(layer, counting(6)), (std::vector<int64_t>{6, 15, -2, -2}));
}

TEST(Convolution, refuses_tensors_that_are_not_its_shape) {
  EXPECT_THROW(convolve(linear_layer(2, 3, 2), counting(5)), InputError);
}

TEST(Convolution, sees_one_wrong_accumulator_in_a_product) {
  const IntegerLayer layer = drawn(conv_layer(5, 3, 3, 6, 6), 1);
  const IntegerActivations input = counting(3 * 36);
  std::vector<int64_t> sums = convolve(layer, input);
  EXPECT_TRUE(reference::equals(dense(5, 36, sums), sums));
  EXPECT_TRUE(reference::passes_freivalds(layer, input, dense(5, 36, sums), 1));
  const std::vector<int64_t> right = sums;
  sums[77] += 1;
  EXPECT_FALSE(reference::equals(dense(5, 36, sums), right));
  EXPECT_FALSE(reference::passes_freivalds(layer, input, dense(5, 36, sums), 1));
}

TEST(Convolution, compares_every_channel_of_a_depthwise_layer) {
  const IntegerLayer layer = drawn(depthwise_layer(3, 2, 3, 5, 5), 2);
  const IntegerActivations input = counting(75);
  std::vector<int64_t> sums = convolve(layer, input);
  EXPECT_TRUE(reference::passes_freivalds(layer, input, dense(6, 25, sums), 1));
  std::swap(sums[0], sums[26]);
  EXPECT_FALSE(reference::passes_freivalds(layer, input, dense(6, 25, sums), 1));
}

}  // namespace
}  // namespace nonzero::test
