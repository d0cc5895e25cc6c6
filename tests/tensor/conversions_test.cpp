#include <algorithm>
#include <numeric>

#include "nonzero/base/error.h"
#include "nonzero/tensor/formats.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::draw;
using test::gen_csr;
using test::same_matrix;

TEST(Conversions, a_drawn_matrix_in_every_format) {
  const Csr csr = draw({". 1 .",  //
                        ". . .",  //
                        "2 . 3"});
  EXPECT_EQ(csr.offsets, (std::vector<uint64_t>{0, 1, 1, 3}));

  const Csc csc = to_csc(csr);
  EXPECT_EQ(csc.offsets, (std::vector<uint64_t>{0, 1, 2, 3}));
  EXPECT_EQ(csc.indices, (std::vector<uint32_t>{2, 0, 2}));
  EXPECT_EQ(csc.values, (std::vector<float>{2, 1, 3}));

  const Coo coo = to_coo(csr);
  EXPECT_EQ(coo.row_indices, (std::vector<uint32_t>{0, 2, 2}));
  EXPECT_EQ(coo.column_indices, (std::vector<uint32_t>{1, 0, 2}));

  const Bitmap bitmap = to_bitmap(csr);
  EXPECT_EQ(bitmap.words, (std::vector<uint64_t>{0b010, 0b000, 0b101}));
  EXPECT_EQ(bitmap.values, csr.values);

  const Rlc rlc = to_rlc(csr, 2);
  EXPECT_EQ(rlc.runs, (std::vector<uint32_t>{1, 3, 0, 1}));  // 4 zeros take a padding entry: 3 + itself
  EXPECT_EQ(rlc.values, (std::vector<float>{1, 0, 2, 3}));
}

TEST(Conversions, there_and_back_is_the_same_matrix) {
  EXPECT_TRUE(rc::check([] {
    const Csr csr = *gen_csr(70);
    RC_ASSERT(to_csr(to_csc(csr)) == csr);
    RC_ASSERT(to_csr(to_coo(csr)) == csr);
    RC_ASSERT(to_csr(to_bitmap(csr)) == csr);
    RC_ASSERT(to_csr(to_dense(csr)) == csr);
    RC_ASSERT(transpose(transpose(csr)) == csr);
    for (const uint32_t run_bits : {1U, 2U, 4U, 8U}) RC_ASSERT(to_csr(to_rlc(csr, run_bits)) == csr);
  }));
}

TEST(Conversions, patterns_stay_patterns) {
  EXPECT_TRUE(rc::check([] {
    Csr csr = *gen_csr();
    csr.values.clear();
    RC_ASSERT(to_csr(to_csc(csr)) == csr);
    RC_ASSERT(to_csr(to_coo(csr)) == csr);
    RC_ASSERT(to_csr(to_bitmap(csr)) == csr);
    RC_ASSERT(transpose(transpose(csr)) == csr);
  }));
}

// The twin: element by element.
TEST(Conversions, a_dense_matrix_holds_every_element_where_it_was) {
  EXPECT_TRUE(rc::check([] {
    const Csr csr = *gen_csr();
    const Dense dense = to_dense(csr);
    const Csr turned = transpose(csr);
    const Bitmap bitmap = to_bitmap(dense);
    for (uint64_t r = 0; r < csr.rows; ++r)
      for (uint64_t c = 0; c < csr.columns; ++c) {
        const auto fiber = csr.fiber(r);
        const auto found = std::find(fiber.begin(), fiber.end(), c);
        const float expected =
            found == fiber.end() ? 0.0F : csr.fiber_values(r)[static_cast<size_t>(found - fiber.begin())];
        RC_ASSERT(dense.at(r, c) == expected);
        RC_ASSERT(to_dense(turned).at(c, r) == expected);
        RC_ASSERT(bitmap.test(r, c) == (expected != 0.0F));
      }
    RC_ASSERT(bitmap.count() == csr.nnz());
  }));
}

TEST(Conversions, stored_zeros_stay_in_csr_csc_coo_and_bitmap_and_go_where_they_cannot_be_told) {
  const Csr csr = draw({"0 1",  //
                        ". 0"});
  const Csr without = draw({". 1",  //
                            ". ."});
  EXPECT_TRUE(same_matrix(to_csr(to_csc(csr)), csr));
  EXPECT_TRUE(same_matrix(to_csr(to_coo(csr)), csr));
  EXPECT_TRUE(same_matrix(to_csr(to_bitmap(csr)), csr));
  EXPECT_TRUE(same_matrix(to_csr(to_dense(csr)), without));
  EXPECT_TRUE(same_matrix(to_csr(to_rlc(csr, 4)), without));
  EXPECT_TRUE(same_matrix(drop_zeros(csr), without));
}

TEST(Conversions, counts_of_columns_and_rows_equal_counting_one_by_one) {
  EXPECT_TRUE(rc::check([] {
    const auto rows = *rc::gen::element<uint64_t>(1, 3, 254, 255, 256, 300);
    const auto columns = *rc::gen::element<uint64_t>(1, 63, 64, 65, 130);
    Bitmap bitmap{rows, columns, {}, {}};
    bitmap.words.assign(rows * bitmap.words_per_row(), 0);
    const auto density = *rc::gen::element<uint64_t>(0, 1, 5, 9, 10);
    uint64_t state = *rc::gen::arbitrary<uint64_t>();
    for (uint64_t r = 0; r < rows; ++r)
      for (uint64_t c = 0; c < columns; ++c) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        if ((state >> 33U) % 10 < density) bitmap.set(r, c);
      }
    std::vector<uint32_t> by_column(columns);
    std::vector<uint64_t> by_row(rows + 1);
    for (uint64_t r = 0; r < rows; ++r) {
      by_row[r + 1] = by_row[r];
      for (uint64_t c = 0; c < columns; ++c) {
        by_column[c] += bitmap.test(r, c);
        by_row[r + 1] += bitmap.test(r, c);
      }
    }
    RC_ASSERT(column_counts(bitmap) == by_column);
    RC_ASSERT(column_counts(to_csr(bitmap)) == by_column);
    RC_ASSERT(row_offsets(bitmap) == by_row);
  }));
}

TEST(Validate, consistent_matrices_pass) {
  EXPECT_TRUE(rc::check([] { validate(*gen_csr(), "m"); }));
}

TEST(Validate, inconsistent_matrices_are_refused) {
  const Csr good = draw({"1 2",  //
                         ". 3"});
  const auto refuses = [&good](const auto& change) {
    Csr bad = good;
    change(bad);
    EXPECT_THROW(validate(bad, "m"), InputError);
  };
  refuses([](Csr& m) { m.offsets.pop_back(); });
  refuses([](Csr& m) { m.offsets = {0, 4, 3}; });
  refuses([](Csr& m) { m.offsets = {1, 2, 3}; });
  refuses([](Csr& m) { m.values.pop_back(); });
  refuses([](Csr& m) { m.indices[2] = 2; });
  refuses([](Csr& m) { std::swap(m.indices[0], m.indices[1]); });
  refuses([](Csr& m) { m.indices[0] = m.indices[1]; });
  refuses([](Csr& m) { m.columns = (uint64_t{1} << 32U) + 1; });
}

}  // namespace
}  // namespace nonzero
