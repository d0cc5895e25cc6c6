#include "nonzero/tensor/data_type.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <cmath>
#include <limits>

namespace nonzero {
namespace {

// The slow twin: among all values of a format with `fraction_bits` and exponents down to
// `least_exponent`, the nearest to `value`, ties to the even fraction. Doubles hold every step exactly.
float nearest(float value, int fraction_bits, int least_exponent, double largest) {
  if (value == 0.0F || !std::isfinite(value)) return value;
  const double exact = std::fabs(static_cast<double>(value));
  int exponent = 0;
  std::frexp(exact, &exponent);
  exponent = std::max(exponent - 1, least_exponent);
  const double step = std::ldexp(1.0, exponent - fraction_bits);
  const double below = std::floor(exact / step);
  const double rest = exact / step - below;
  const bool up = rest > 0.5 || (rest == 0.5 && std::fmod(below, 2.0) == 1.0);
  const double rounded = (below + (up ? 1.0 : 0.0)) * step;
  return std::copysign(
      rounded > largest ? std::numeric_limits<float>::infinity() : static_cast<float>(rounded), value);
}

float any_finite() {
  const float value = std::bit_cast<float>(*rc::gen::arbitrary<uint32_t>());
  return std::isfinite(value) ? value : 1.0F;
}

TEST(DataType, fp16_is_the_nearest_binary16_ties_to_even) {
  EXPECT_TRUE(rc::check([] {
    // Half of the draws near fp16's range, where something happens.
    const float value =
        *rc::gen::arbitrary<bool>() ? any_finite() : std::ldexp(std::fmod(any_finite(), 1.0F), 17);
    RC_ASSERT(std::bit_cast<uint32_t>(round_to(DataType::kFp16, value)) ==
              std::bit_cast<uint32_t>(nearest(value, 10, -14, 65504.0)));
  }));
}

TEST(DataType, bf16_is_the_nearest_bfloat16_ties_to_even) {
  EXPECT_TRUE(rc::check([] {
    const float value = any_finite();
    RC_ASSERT(std::bit_cast<uint32_t>(round_to(DataType::kBf16, value)) ==
              std::bit_cast<uint32_t>(nearest(value, 7, -126, 0x1.fep127)));
  }));
}

TEST(DataType, fp16_at_its_edges) {
  EXPECT_EQ(round_to(DataType::kFp16, 65519.996F), 65504.0F);
  EXPECT_EQ(round_to(DataType::kFp16, 65520.0F), std::numeric_limits<float>::infinity());
  EXPECT_EQ(round_to(DataType::kFp16, 0x1p-25F), 0.0F);        // half the least subnormal: to even
  EXPECT_EQ(round_to(DataType::kFp16, 0x1.8p-24F), 0x1p-23F);  // between 1 and 2 subnormals: to even
  EXPECT_EQ(round_to(DataType::kFp16, 2049.0F), 2048.0F);
  EXPECT_EQ(round_to(DataType::kFp16, 2051.0F), 2052.0F);
}

TEST(DataType, bf16_at_its_edges) {
  EXPECT_EQ(round_to(DataType::kBf16, 257.0F), 256.0F);
  EXPECT_EQ(round_to(DataType::kBf16, 259.0F), 260.0F);
  EXPECT_EQ(round_to(DataType::kBf16, std::numeric_limits<float>::max()),
            std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(round_to(DataType::kBf16, std::numeric_limits<float>::quiet_NaN())));
}

TEST(DataType, integers_round_to_even_and_saturate) {
  EXPECT_EQ(round_to(DataType::kInt8, 2.5F), 2.0F);
  EXPECT_EQ(round_to(DataType::kInt8, 3.5F), 4.0F);
  EXPECT_EQ(round_to(DataType::kInt8, 1000.0F), 127.0F);
  EXPECT_EQ(round_to(DataType::kInt8, -1000.0F), -128.0F);
  EXPECT_EQ(round_to(DataType::kInt16, 40000.0F), 32767.0F);
  EXPECT_EQ(round_to(DataType::kInt16, -40000.0F), -32768.0F);
}

TEST(DataType, rounding_twice_changes_nothing) {
  EXPECT_TRUE(rc::check([] {
    const float value = any_finite();
    for (const DataType type :
         {DataType::kFp32, DataType::kBf16, DataType::kFp16, DataType::kInt8, DataType::kInt16})
      RC_ASSERT(round_to(type, round_to(type, value)) == round_to(type, value));
  }));
}

TEST(DataType, names_stand_in_the_enumerators_order) {
  EXPECT_EQ(name(DataType::kFp32), "fp32");
  EXPECT_EQ(name(DataType::kPattern), "pattern");
  EXPECT_EQ(bytes_per_element(DataType::kInt8), 1U);
  EXPECT_EQ(bytes_per_element(DataType::kBf16), 2U);
}

}  // namespace
}  // namespace nonzero
