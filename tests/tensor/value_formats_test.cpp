#include "nonzero/tensor/value_formats.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero {
namespace {

// The specification's comparators, by hand.
TEST(ValueFormats, zero_runs_of_the_worked_examples) {
  std::vector<int8_t> twenty_then_seven(21);
  twenty_then_seven.back() = 7;
  EXPECT_EQ(zre_bits(twenty_then_seven), 24);
  EXPECT_EQ(zre_bits(std::vector<int8_t>{0, 0, 5, 0, 0, 0, 0, 1}), 24);
  EXPECT_EQ(zre_bits(std::vector<int8_t>(8, 1)), 96);
}

TEST(ValueFormats, only_whole_runs_of_16_cost_behind_the_last_value) {
  EXPECT_EQ(zre_bits(std::vector<int8_t>(15)), 0);
  EXPECT_EQ(zre_bits(std::vector<int8_t>(16)), 12);
  EXPECT_EQ(zre_bits(std::vector<int8_t>(47)), 24);
  std::vector<int8_t> fifteen_then_one(16);
  fifteen_then_one.back() = 1;
  EXPECT_EQ(zre_bits(fifteen_then_one), 12);
}

TEST(ValueFormats, zero_runs_equal_a_walk_from_value_to_value) {
  EXPECT_TRUE(rc::check([] {
    const auto values =
        *rc::gen::container<std::vector<int8_t>>(rc::gen::weightedElement<int8_t>({{19, 0}, {1, 3}}));
    uint64_t entries = 0, zeros = 0;
    for (const int8_t v : values) {
      if (v == 0) {
        ++zeros;
        continue;
      }
      entries += zeros / 16 + 1;
      zeros = 0;
    }
    RC_ASSERT(zre_bits(values) == 12 * (entries + zeros / 16));
  }));
}

TEST(ValueFormats, csr_of_a_full_matrix) {
  EXPECT_EQ(csr_bits(std::vector<int8_t>(64 * 64, 1), 64), 59424);
  EXPECT_EQ(csr_bits(std::vector<int8_t>(64 * 64), 64), 65 * 32);
  EXPECT_EQ(csr_bits(std::vector<int8_t>{0, 5, 0}, 3), 8 + 2 + 2 * 32);
}

// 20.4 % zeros, as ResNet18's conv2 has: 12/8 of the 79.6 % that are left is 1.19.
TEST(ValueFormats, zero_runs_expand_weights_with_a_fifth_of_zeros) {
  Random random(1);
  std::vector<int8_t> values(36864);
  for (int8_t& v : values) v = random.chance(0.204) ? int8_t{0} : int8_t{1};
  EXPECT_NEAR(static_cast<double>(zre_bits(values)) / (8.0 * 36864), 1.19, 0.01);
  EXPECT_GT(csr_bits(values, 576), 8 * values.size());
}

TEST(ValueFormats, csr_refuses_rows_that_are_not_whole) {
  EXPECT_THROW(csr_bits(std::vector<int8_t>(10), 3), InputError);
  EXPECT_THROW(csr_bits(std::vector<int8_t>(10), 0), InputError);
}

}  // namespace
}  // namespace nonzero
