#include "nonzero/tensor/generate.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "nonzero/base/error.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::same_matrix;
using ::testing::HasSubstr;

void expect_sound(const Csr& csr) {
  EXPECT_NO_THROW(validate(csr, "generated"));
  EXPECT_EQ(csr.values.size(), csr.nnz());
  for (const float value : csr.values) {
    EXPECT_NE(value, 0.0F);
    EXPECT_GE(value, -1.0F);
    EXPECT_LT(value, 1.0F);
  }
}

// Five standard deviations of a binomial count.
void expect_density(double ones, double elements, double density) {
  EXPECT_NEAR(ones, elements * density, 5 * std::sqrt(elements * density * (1 - density)) + 1e-9) << density;
}

TEST(Generate, uniform_has_the_density_asked_for_at_every_density) {
  for (const double density : {0.0, 0.001, 0.02, 0.0625, 0.3, 0.5, 0.7, 0.999, 1.0}) {
    const Csr csr = generate_uniform(300, 1000, density, 7);
    expect_sound(csr);
    expect_density(static_cast<double>(csr.nnz()), 300e3, density);
  }
}

// ASADI's specification: w = n / 8 diagonals give density 0.1211.
TEST(Generate, sliding_window_holds_its_diagonals_and_no_others) {
  const Csr csr = generate_sliding_window(512, 64, 1);
  expect_sound(csr);
  EXPECT_EQ(csr.nnz(), 31744U);
  for (uint64_t row = 0; row < 512; ++row)
    for (const uint32_t column : csr.fiber(row)) {
      const int64_t diagonal = int64_t{column} - static_cast<int64_t>(row);
      EXPECT_TRUE(diagonal >= -32 && diagonal <= 31) << diagonal;
    }
}

TEST(Generate, a_window_wider_than_the_mask_is_full) {
  EXPECT_EQ(generate_sliding_window(5, 100, 1).nnz(), 25U);
}

// 8 blocks of 4: block row 0 is global; any other has the global block, its window of 3 and one more.
TEST(Generate, bigbird_attends_to_global_window_and_random_blocks) {
  const Csr csr = generate_bigbird(32, {4, 1, 3, 1}, 3);
  expect_sound(csr);
  for (uint64_t row = 0; row < 32; ++row) {
    const uint64_t block_row = row / 4;
    if (block_row == 0) {
      EXPECT_EQ(csr.fiber(row).size(), 32U);
      continue;
    }
    std::set<uint64_t> expected = {0, block_row - 1, block_row, std::min<uint64_t>(block_row + 1, 7)}, blocks;
    for (const uint32_t column : csr.fiber(row)) blocks.insert(column / 4);
    EXPECT_EQ(csr.fiber(row).size(), 4 * blocks.size()) << "blocks are whole";
    EXPECT_EQ(blocks.size(), expected.size() + 1) << row;
    EXPECT_TRUE(std::includes(blocks.begin(), blocks.end(), expected.begin(), expected.end())) << row;
  }
}

TEST(Generate, bigbird_cuts_the_last_block_at_the_last_token) {
  const Csr csr = generate_bigbird(10, {4, 9, 3, 1}, 1);
  EXPECT_EQ(csr.nnz(), 100U) << "more random blocks than there are";
  EXPECT_EQ(generate_bigbird(10, {~uint64_t{0}, 1, 3, 1}, 1).nnz(), 100U) << "one block holds all";
}

TEST(Generate, uniform_spreads_over_rows_and_columns_alike) {
  for (const double density : {0.03, 0.4}) {
    const Csr csr = generate_uniform(64, 64 * 1000, density, 3);
    for (uint64_t r = 0; r < 64; ++r) expect_density(static_cast<double>(csr.fiber(r).size()), 64e3, density);
    const std::vector<uint32_t> counts = column_counts(csr);
    for (size_t lane = 0; lane < 64; ++lane) {
      double ones = 0;
      for (size_t c = lane; c < counts.size(); c += 64) ones += counts[c];
      expect_density(ones, 64e3, density);
    }
  }
}

TEST(Generate, the_bitmap_is_the_same_matrix) {
  for (const double density : {0.01, 0.2, 1.0})
    for (const uint64_t columns : {1U, 64U, 100U})
      EXPECT_EQ(generate_uniform_bitmap(50, columns, density, 9).words,
                to_bitmap(generate_uniform(50, columns, density, 9)).words);
}

TEST(Generate, a_seed_gives_the_same_matrix_and_another_seed_another) {
  EXPECT_TRUE(same_matrix(generate_uniform(20, 20, 0.3, 5), generate_uniform(20, 20, 0.3, 5)));
  EXPECT_NE(generate_uniform(20, 20, 0.3, 5).indices, generate_uniform(20, 20, 0.3, 6).indices);
  EXPECT_TRUE(same_matrix(generate_rmat(100, 300, 5), generate_rmat(100, 300, 5)));
}

TEST(Generate, hundred_billion_elements_cost_only_the_ones) {
  const Csr csr = generate_uniform(100000, 1000000, 1e-7, 1);
  expect_density(static_cast<double>(csr.nnz()), 1e11, 1e-7);
}

TEST(Generate, banded_stays_in_its_band_and_fills_it) {
  const Csr csr = generate_banded(200, 150, 3, 0.5, 1);
  expect_sound(csr);
  for (uint64_t r = 0; r < csr.rows; ++r)
    for (const uint32_t c : csr.fiber(r)) EXPECT_LE(std::llabs(static_cast<long long>(r) - c), 3);
  expect_density(static_cast<double>(csr.nnz()), 150 * 7 - 12 + 3 + 2 + 1 + 3, 0.5);
  EXPECT_EQ(generate_banded(4, 4, 1, 1.0, 1).nnz(), 10U);
  EXPECT_EQ(generate_banded(4, 4, 99, 1.0, 1).nnz(), 16U);
}

TEST(Generate, diagonal_is_the_diagonal) {
  const Csr csr = generate_diagonal(5, 1);
  expect_sound(csr);
  EXPECT_EQ(csr.indices, (std::vector<uint32_t>{0, 1, 2, 3, 4}));
}

TEST(Generate, blocks_are_full_or_empty) {
  const Csr csr = generate_block(10, 13, 4, 0.5, 2);
  expect_sound(csr);
  const Bitmap bitmap = to_bitmap(csr);
  for (uint64_t r = 0; r < 10; ++r)
    for (uint64_t c = 0; c < 13; ++c) EXPECT_EQ(bitmap.test(r, c), bitmap.test(r / 4 * 4, c / 4 * 4));
}

TEST(Generate, rmat_has_at_most_its_edges_and_leans_to_the_first_rows) {
  const Csr csr = generate_rmat(1000, 20000, 1);
  expect_sound(csr);
  EXPECT_LE(csr.nnz(), 20000U);
  EXPECT_GT(csr.nnz(), 10000U);
  EXPECT_GT(csr.offsets[250], csr.nnz() / 2);
}

//  3 x 3 grid: node 4 in the middle has 5 points, edges 4, corners 3
TEST(Generate, stencils_couple_neighbours_on_the_grid) {
  const Csr plane = generate_stencil_2d(3, 1);
  expect_sound(plane);
  EXPECT_EQ(plane.nnz(), 9U + 2U * 12U);
  const auto middle = plane.fiber(4);
  EXPECT_EQ(std::vector<uint32_t>(middle.begin(), middle.end()), (std::vector<uint32_t>{1, 3, 4, 5, 7}));
  const Csr cube = generate_stencil_3d(3, 1);
  expect_sound(cube);
  EXPECT_EQ(cube.nnz(), 27U + 2U * 54U);
  EXPECT_EQ(cube.fiber(13).size(), 7U);
}

TEST(Generate, n_of_m_holds_in_every_group_and_every_place_is_taken_as_often) {
  const Csr csr = generate_n_of_m(1000, 10, 2, 4, 1);
  expect_sound(csr);
  const Bitmap bitmap = to_bitmap(csr);
  for (uint64_t r = 0; r < 1000; ++r)
    for (uint64_t group = 0; group < 10; group += 4) {
      uint64_t ones = 0;
      for (uint64_t c = group; c < std::min<uint64_t>(group + 4, 10); ++c) ones += bitmap.test(r, c);
      EXPECT_EQ(ones, 2U);
    }
  const std::vector<uint32_t> counts = column_counts(csr);
  for (size_t c = 0; c < 8; ++c) expect_density(counts[c], 1000, 0.5);
}

TEST(Generate, a_description_equals_the_call) {
  EXPECT_TRUE(
      same_matrix(generate("uniform:rows=8,columns=9,density=0.5,seed=3"), generate_uniform(8, 9, 0.5, 3)));
  EXPECT_TRUE(same_matrix(generate("uniform:rows=8,density=0.5"), generate_uniform(8, 8, 0.5, 1)));
  EXPECT_TRUE(
      same_matrix(generate("banded:rows=8,half_bandwidth=2,density=0.5"), generate_banded(8, 8, 2, 0.5, 1)));
  EXPECT_TRUE(same_matrix(generate("diagonal:rows=8"), generate_diagonal(8, 1)));
  EXPECT_TRUE(same_matrix(generate("block:rows=8,block=2,density=0.5"), generate_block(8, 8, 2, 0.5, 1)));
  EXPECT_TRUE(same_matrix(generate("rmat:rows=8,edges=20,seed=2"), generate_rmat(8, 20, 2)));
  EXPECT_TRUE(same_matrix(generate("stencil_2d:n=4"), generate_stencil_2d(4, 1)));
  EXPECT_TRUE(same_matrix(generate("stencil_3d:n=4"), generate_stencil_3d(4, 1)));
  EXPECT_TRUE(same_matrix(generate("n_of_m:rows=8,n=2,m=4"), generate_n_of_m(8, 8, 2, 4, 1)));
}

struct Broken {
  const char* name;
  const char* description;
  const char* message;
};

class GenerateRefuses : public ::testing::TestWithParam<Broken> {};

TEST_P(GenerateRefuses, with_what_is_allowed) {
  try {
    generate(GetParam().description);
    FAIL() << "nothing was refused";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Broken, GenerateRefuses,
    ::testing::Values(Broken{"an_unknown_kind", "unifrom:rows=3,density=1",
                             "unknown generator 'unifrom' (did you mean 'uniform'?)"},
                      Broken{"an_unknown_key", "uniform:rows=3,densty=1",
                             "unknown key 'densty' of 'uniform' (did you mean 'density'?)"},
                      Broken{"a_missing_key", "uniform:rows=3", "'uniform' without 'density'"},
                      Broken{"a_key_twice", "uniform:rows=3,rows=3,density=1", "key 'rows' stands twice"},
                      Broken{"no_assignment", "uniform:rows", "'rows'; allowed: key=value"},
                      Broken{"a_comma_at_the_end", "diagonal:rows=3,", "''; allowed: key=value"},
                      Broken{"a_negative_number", "diagonal:rows=-3", "rows = '-3'; allowed: a whole number"},
                      Broken{"a_density_above_one", "uniform:rows=3,density=1.5",
                             "density = '1.5'; allowed: a number from 0 to 1"},
                      Broken{"a_density_that_is_none", "uniform:rows=3,density=nan", "density = 'nan'"},
                      Broken{"no_rows", "diagonal:rows=0", "a generated matrix of 0 x 0"},
                      Broken{"no_block", "block:rows=3,block=0,density=1", "block 0"},
                      Broken{"no_window", "sliding_window:rows=3,window=0", "a window of 0 diagonals"},
                      Broken{"no_block_of_tokens", "bigbird:rows=3,block=0", "blocks of 0 tokens"},
                      Broken{"more_of_fewer", "n_of_m:rows=3,n=5,m=4", "5 of 4"},
                      Broken{"more_than_memory", "uniform:rows=4000000000,density=1", "of memory; allowed"},
                      Broken{"rows_beyond_memory", "uniform:rows=18446744073709551615,density=0",
                             "of memory; allowed"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace nonzero
