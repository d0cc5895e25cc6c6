#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/hw/reram/analog.h"

namespace nonzero::hw {
namespace {

__extension__ using Wide = __int128;

// Cell by cell: every input bit on every row, every weight bit in its own crossbar, one ADC sample per bit line.
AnalogProduct step_by_step(const std::vector<float>& inputs, const std::vector<float>& weights, uint64_t rows,
                           uint64_t columns, uint32_t adc_bits) {
  const FixedPoint in = FixedPoint::of(inputs, 32), w = FixedPoint::of(weights, 32);
  const auto bit = [](int64_t code, uint32_t b) { return (static_cast<uint64_t>(code) >> b) & 1U; };
  AnalogProduct product;
  for (uint64_t v = 0; v < inputs.size() / rows; ++v)
    for (uint64_t c = 0; c < columns; ++c) {
      Wide sum = 0;
      for (uint32_t i = 0; i < 32; ++i)
        for (uint32_t s = 0; s < 32; ++s) {
          uint64_t line = 0;
          for (uint64_t r = 0; r < rows; ++r)
            line += bit(in.code(inputs[v * rows + r]), i) * bit(w.code(weights[r * columns + c]), s);
          product.largest_sum = std::max(product.largest_sum, line);
          if (line >= (uint64_t{1} << adc_bits)) {
            line = (uint64_t{1} << adc_bits) - 1;
            ++product.clipped;
          }
          ++product.conversions;
          Wide part = line;
          for (uint32_t place = 0; place < i + s; ++place) part *= 2;
          sum += (i == 31) == (s == 31) ? part : -part;
        }
      product.values.push_back(static_cast<float>(static_cast<double>(sum) * in.step * w.step));
    }
  return product;
}

std::vector<float> drawn(uint64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

ReramAnalogModule published() { return ReramAnalogModule(ReramAnalogModule::Shape{}); }

ReramAnalogModule with_adc(uint32_t bits) {
  ReramAnalogModule::Shape shape;
  shape.adc_bits = bits;
  return ReramAnalogModule(shape);
}

TEST(ReramAnalog, equals_the_crossbar_cell_by_cell) {
  EXPECT_TRUE(rc::check([] {
    const auto from = [](int low, int high) {
      return static_cast<uint64_t>(*rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high + 1)));
    };
    const uint64_t rows = from(1, 64), columns = from(1, 3), seed = from(1, 1 << 20);
    const auto adc_bits = static_cast<uint32_t>(from(1, 6));
    const std::vector<float> inputs = drawn(2 * rows, seed), weights = drawn(rows * columns, seed + 1);
    const AnalogProduct ours = with_adc(adc_bits).multiply(inputs, weights, rows, columns);
    const AnalogProduct slow = step_by_step(inputs, weights, rows, columns, adc_bits);
    RC_ASSERT(ours.values == slow.values);
    RC_ASSERT(ours.clipped == slow.clipped);
    RC_ASSERT(ours.conversions == slow.conversions);
    RC_ASSERT(ours.largest_sum == slow.largest_sum);
  }));
}

TEST(ReramAnalog, unclipped_it_is_the_product) {
  const std::vector<float> inputs = drawn(63, 5), weights = drawn(63, 6);
  const AnalogProduct ours = published().multiply(inputs, weights, 63, 1);
  double exact = 0;
  for (size_t r = 0; r < 63; ++r) exact += double{inputs[r]} * double{weights[r]};
  EXPECT_EQ(ours.clipped, 0U);
  EXPECT_NEAR(ours.values[0], exact, 1e-6);
}

// A bit line of 64 ones reads 63.
TEST(ReramAnalog, sixty_four_rows_saturate_six_bits) {
  const std::vector<float> ones(64, 1.0F);
  const AnalogProduct six = published().multiply(ones, ones, 64, 1);
  EXPECT_EQ(six.values[0], 63.0F);
  EXPECT_EQ(six.largest_sum, 64U);
  EXPECT_EQ(six.clipped, 31U * 31);  // the sign bits are zero
  EXPECT_EQ(six.conversions, 32U * 32);
  const AnalogProduct seven = with_adc(7).multiply(ones, ones, 64, 1);
  EXPECT_EQ(seven.values[0], 64.0F);
  EXPECT_EQ(seven.clipped, 0U);
}

TEST(ReramAnalog, sixty_three_rows_never_saturate_six_bits) {
  const std::vector<float> ones(63, 1.0F);
  EXPECT_EQ(published().multiply(ones, ones, 63, 1).clipped, 0U);
}

// 32 input bits x ceil(96 * 64 / 16) samples at 1.2 GS/s.
TEST(ReramAnalog, a_vector_waits_10240_ns_for_its_converters) {
  EXPECT_EQ(published().converted_vector_cycles(1e9), 10240U);
  EXPECT_EQ(published().converted_vector_cycles(2e9), 20480U);
}

TEST(ReramAnalog, refuses_what_no_crossbar_holds) {
  const std::vector<float> ones(65, 1.0F);
  EXPECT_THROW((void)published().multiply(ones, ones, 65, 1), InputError);
  EXPECT_THROW((void)published().multiply(ones, ones, 1, 65), InputError);
  const std::vector<float> not_a_number = {NAN}, one = {1.0F};
  EXPECT_THROW((void)published().multiply(not_a_number, one, 1, 1), InputError);
  EXPECT_THROW((void)published().multiply(one, not_a_number, 1, 1), InputError);
}

}  // namespace
}  // namespace nonzero::hw
