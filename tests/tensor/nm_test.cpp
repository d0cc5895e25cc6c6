#include "nonzero/tensor/nm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero {
namespace {

using testing::ElementsAre;

// specs/sat, "Worked masks": rows are Cout, columns Cin.
const std::vector<float> kWorked = {4, -1, 3, 2, 1, 5, -2, -2, -3, 2, 2, 1, 2, -6, 1, 4};
constexpr WeightShape kSquare{4, 4, 1};
constexpr NmRatio k24{2, 4};

std::vector<float> normals(uint64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(random.normal());
  return values;
}

std::vector<NmRatio> ratios() { return {{1, 4}, {2, 4}, {1, 8}, {2, 8}, {4, 8}, {2, 16}, {1, 1}, {3, 32}}; }

TEST(Nm, masks_of_the_worked_weights) {
  EXPECT_THAT(nm_mask(kWorked, kSquare.along_cin(), k24),
              ElementsAre(1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 1, 0, 1));
  EXPECT_THAT(nm_mask(kWorked, kSquare.along_cout(), k24),
              ElementsAre(1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1));
}

TEST(Nm, products_of_the_worked_weights) {
  const std::vector<float> x = {1, 2, 3, 4}, dy = {1, -1, 2, 1};
  EXPECT_THAT(multiply_masked(x, 1, kWorked, 4), ElementsAre(19, -3, 11, 9));
  EXPECT_THAT(multiply_compact(x, 1, nm_compress(kWorked, kSquare.along_cin(), k24), 1),
              ElementsAre(13, 4, 1, 4));
  EXPECT_THAT(multiply_compact(dy, 1, nm_compress(kWorked, kSquare.along_cout(), k24), 1),
              ElementsAre(-2, -11, 5, 6));
}

TEST(Nm, among_equals_the_lower_index_is_kept) {
  const std::vector<float> ones = {1, -1, 1, 1, 2, -2, 2, 0};
  EXPECT_THAT(nm_mask(ones, {1, 8, 1}, {2, 8}), ElementsAre(0, 0, 0, 0, 1, 1, 0, 0));
}

TEST(Nm, a_group_with_fewer_non_zeros_is_filled_at_unused_indices) {
  const NmCompact c =
      nm_compress(std::vector<float>{0, 0, 5, 0}, std::vector<uint8_t>{0, 0, 1, 0}, {1, 4, 1}, k24);
  EXPECT_THAT(c.indices, ElementsAre(0, 2));
  EXPECT_THAT(c.values, ElementsAre(0, 5));
}

TEST(Nm, the_last_group_is_padded_and_padding_is_never_stored) {
  const NmCompact c = nm_compress(std::vector<float>{1, 2, 3, 4, 9}, {1, 5, 1}, k24);
  EXPECT_EQ(c.groups(), 2U);
  EXPECT_THAT(c.values, ElementsAre(3, 4, 9, 0));
  EXPECT_THAT(nm_expand(c), ElementsAre(0, 0, 3, 4, 9));
  EXPECT_THROW((NmAxis{1, 5, 1}.require_whole_groups(k24, "Cin")), InputError);
  EXPECT_NO_THROW((NmAxis{1, 8, 1}.require_whole_groups(k24, "Cin")));
}

// 2:8 in fp16: 2 * (16 + 3) = 38 bits against 128, 3.37 x smaller.
TEST(Nm, compact_size_counts_values_and_packed_indices) {
  EXPECT_EQ(nm_bytes(8, {2, 8}, 16), 38U);
  EXPECT_EQ(nm_bytes(1, {2, 8}, 16), 5U);
  EXPECT_EQ(nm_bytes(1, {1, 1}, 16), 2U);
}

TEST(Nm, refuses_what_is_no_ratio) {
  for (const NmRatio bad : {NmRatio{0, 8}, NmRatio{9, 8}, NmRatio{2, 6}, NmRatio{2, 64}, NmRatio{0, 0}})
    EXPECT_THROW(bad.check(), InputError) << bad.text();
  for (const char* text : {"", "2", "2:", ":8", "2:8x", "a:8", "-1:4", "3:2"})
    EXPECT_THROW(NmRatio::parse(text), InputError) << text;
  EXPECT_EQ(NmRatio::parse("4:8"), (NmRatio{4, 8}));
}

TEST(Nm, refuses_masks_that_are_none) {
  const NmAxis axis{1, 4, 1};
  const std::vector<float> w = {1, 2, 3, 4};
  EXPECT_THROW(nm_compress(w, std::vector<uint8_t>{1, 1, 1, 0}, axis, k24), InputError);
  EXPECT_THROW(nm_compress(w, std::vector<uint8_t>{2, 0, 0, 0}, axis, k24), InputError);
  EXPECT_THROW(nm_compress(w, std::vector<uint8_t>{1, 0, 0}, axis, k24), InputError);
}

// A random weight, any shape, and the largest magnitudes found by sorting each group.
TEST(Nm, a_mask_keeps_the_stable_top_n_of_every_group) {
  EXPECT_TRUE(rc::check([] {
    const WeightShape shape{*rc::gen::inRange<uint64_t>(1, 20), *rc::gen::inRange<uint64_t>(1, 20),
                            *rc::gen::inRange<uint64_t>(1, 5)};
    const NmRatio ratio = *rc::gen::elementOf(ratios());
    const auto whole = *rc::gen::container<std::vector<int>>(shape.size(), rc::gen::inRange(-4, 5));
    const std::vector<float> w(whole.begin(), whole.end());
    for (const NmAxis& axis : {shape.along_cin(), shape.along_cout()}) {
      const std::vector<uint8_t> mask = nm_mask(w, axis, ratio);
      for (uint64_t line = 0; line < axis.lines(); ++line)
        for (uint64_t first = 0; first < axis.length; first += ratio.m) {
          std::vector<uint64_t> places;
          for (uint64_t i = first; i < std::min<uint64_t>(axis.length, first + ratio.m); ++i)
            places.push_back(axis.at(line, i));
          std::stable_sort(places.begin(), places.end(),
                           [&](uint64_t x, uint64_t y) { return std::fabs(w[x]) > std::fabs(w[y]); });
          for (size_t rank = 0; rank < places.size(); ++rank)
            RC_ASSERT(mask[places[rank]] == (rank < ratio.n ? 1 : 0));
        }
      RC_ASSERT(most_in_a_group(mask, axis, ratio) <= ratio.n);
      RC_ASSERT(nm_expand(nm_compress(w, mask, axis, ratio)) == masked(w, mask));
    }
  }));
}

// Acceptance 2: 16 x 16 x 3 x 3 at 2:8.
TEST(Nm, both_masks_of_one_weight_differ_and_overlap_in_about_17_percent) {
  const WeightShape shape{256, 256, 9};
  const std::vector<float> w = normals(shape.size(), 7);
  const NmRatio ratio{2, 8};
  const auto ff = nm_mask(w, shape.along_cin(), ratio), bp = nm_mask(w, shape.along_cout(), ratio);
  uint64_t both = 0;
  for (size_t i = 0; i < ff.size(); ++i) both += ff[i] & bp[i];
  EXPECT_NE(ff, bp);
  EXPECT_NEAR(static_cast<double>(both) / static_cast<double>(shape.size()), 0.17, 0.01);
}

TEST(Nm, compact_product_equals_the_masked_product_to_the_bit) {
  EXPECT_TRUE(rc::check([] {
    const WeightShape shape{*rc::gen::inRange<uint64_t>(1, 20), *rc::gen::inRange<uint64_t>(1, 20), 1};
    const NmRatio ratio = *rc::gen::elementOf(ratios());
    const auto seed = *rc::gen::inRange<uint64_t>(0, 1000);
    const uint64_t rows = *rc::gen::inRange<uint64_t>(1, 6);
    const std::vector<float> w = normals(shape.size(), seed), a = normals(rows * shape.cin, seed + 1);
    const NmCompact compact = nm_compress(w, shape.along_cin(), ratio);
    RC_ASSERT(multiply_compact(a, rows, compact, 1) ==
              multiply_masked(a, rows, nm_expand(compact), shape.cout));
  }));
}

// Taps are part of the reduction: w[co][r,s][ci] as the array consumes it.
TEST(Nm, compact_product_of_a_3x3_weight_equals_the_masked_one_to_the_bit) {
  const WeightShape shape{16, 16, 9};
  const std::vector<float> w = normals(shape.size(), 3), a = normals(5 * 144, 4);
  const NmCompact compact = nm_compress(w, shape.along_cin(), {2, 8});
  const std::vector<float> kept = nm_expand(compact);
  std::vector<float> by_tap(kept.size());
  for (uint64_t o = 0; o < 16; ++o)
    for (uint64_t i = 0; i < 16; ++i)
      for (uint64_t t = 0; t < 9; ++t) by_tap[(o * 9 + t) * 16 + i] = kept[(o * 16 + i) * 9 + t];
  EXPECT_EQ(multiply_compact(a, 5, compact, 9), multiply_masked(a, 5, by_tap, 16));
}

TEST(Nm, a_matrix_there_and_back_in_both_directions) {
  const Dense matrix{4, 4, kWorked};
  for (const NmDirection direction : {NmDirection::kAlongColumns, NmDirection::kAlongRows}) {
    const NmCompact whole = to_nm(matrix, {4, 4}, direction);
    EXPECT_EQ(nm_to_dense(whole, direction), matrix);
    EXPECT_EQ(nm_to_csr(whole, direction), to_csr(matrix));
  }
  const Dense column{4, 1, {1, 2, 3, 4}};
  EXPECT_EQ(nm_to_dense(to_nm(column, k24, NmDirection::kAlongRows), NmDirection::kAlongRows),
            (Dense{4, 1, {0, 0, 3, 4}}));
}

TEST(Nm, packed_indices_unpack_to_themselves) {
  EXPECT_TRUE(rc::check([] {
    const uint32_t bits = *rc::gen::inRange(0U, 6U);
    const auto indices = *rc::gen::container<std::vector<uint8_t>>(
        rc::gen::map(rc::gen::inRange(0, 1 << bits), [](int v) { return static_cast<uint8_t>(v); }));
    const std::vector<uint8_t> packed = pack_indices(indices, bits);
    RC_ASSERT(packed.size() == (indices.size() * bits + 7) / 8);
    RC_ASSERT(unpack_indices(packed, indices.size(), bits) == indices);
  }));
  EXPECT_THAT(pack_indices(std::vector<uint8_t>{1, 6, 7}, 3), ElementsAre(0b11110001, 0b1));
  EXPECT_THROW(unpack_indices(std::vector<uint8_t>{1, 2}, 3, 3 + 3), InputError);
}

double kept_sum(const std::vector<float>& w, const std::vector<uint8_t>& mask) {
  double sum = 0;
  for (size_t i = 0; i < w.size(); ++i) sum += mask[i] * std::fabs(static_cast<double>(w[i]));
  return sum;
}

TEST(TransposableMask, of_the_worked_weights) {
  const auto greedy = transposable_mask(kWorked, kSquare, k24, TransposableSearch::kGreedy);
  const auto exact = transposable_mask(kWorked, kSquare, k24, TransposableSearch::kExact);
  EXPECT_EQ(kept_sum(kWorked, greedy), 28);
  EXPECT_EQ(kept_sum(kWorked, exact), 29);
  EXPECT_THAT(exact, ElementsAre(1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1));
}

// Rows and columns of every block hold at most N; exact is the largest sum over all 4 x 4 masks.
TEST(TransposableMask, exact_is_the_best_of_all_masks_of_a_small_block) {
  std::vector<std::vector<uint8_t>> all;
  for (uint32_t bits = 0; bits < (1U << 16U); ++bits) {
    std::vector<uint8_t> mask(16);
    for (uint32_t i = 0; i < 16; ++i) mask[i] = (bits >> i) & 1U;
    if (most_in_a_group(mask, kSquare.along_cin(), k24) <= 2 &&
        most_in_a_group(mask, kSquare.along_cout(), k24) <= 2)
      all.push_back(mask);
  }
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const std::vector<float> w = normals(16, seed);
    double best = 0;
    for (const auto& mask : all) best = std::max(best, kept_sum(w, mask));
    EXPECT_NEAR(kept_sum(w, transposable_mask(w, kSquare, k24, TransposableSearch::kExact)), best, 1e-9);
  }
}

// The last row and column are half full with the element they share; a sixth element would cost a 9.
TEST(TransposableMask, exact_keeps_fewer_where_one_more_would_weigh_less) {
  const std::vector<float> w = {9, 9, 0,  //
                                9, 9, 0,  //
                                0, 0, 9};
  EXPECT_EQ(kept_sum(w, transposable_mask(w, {3, 3, 1}, {2, 4}, TransposableSearch::kExact)), 45);
}

TEST(TransposableMask, keeps_n_of_each_row_and_column_and_exact_is_no_worse) {
  EXPECT_TRUE(rc::check([] {
    const WeightShape shape{*rc::gen::inRange<uint64_t>(1, 18), *rc::gen::inRange<uint64_t>(1, 18),
                            *rc::gen::inRange<uint64_t>(1, 3)};
    const NmRatio ratio = *rc::gen::elementOf(std::vector<NmRatio>{{2, 4}, {2, 8}, {1, 4}, {4, 8}});
    const std::vector<float> w = normals(shape.size(), *rc::gen::inRange<uint64_t>(0, 1000));
    const auto greedy = transposable_mask(w, shape, ratio, TransposableSearch::kGreedy);
    const auto exact = transposable_mask(w, shape, ratio, TransposableSearch::kExact);
    for (const auto& mask : {greedy, exact}) {
      RC_ASSERT(most_in_a_group(mask, shape.along_cin(), ratio) <= ratio.n);
      RC_ASSERT(most_in_a_group(mask, shape.along_cout(), ratio) <= ratio.n);
    }
    RC_ASSERT(kept_sum(w, exact) >= kept_sum(w, greedy) - 1e-9);
  }));
}

}  // namespace
}  // namespace nonzero
