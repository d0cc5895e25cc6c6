#include "nonzero/tensor/diagonal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "nonzero/base/error.h"
#include "nonzero/tensor/attention_masks.h"
#include "nonzero/tensor/diagonal_picture.h"
#include "support/diagonals.h"

namespace nonzero {

// For messages of failures.
void PrintTo(const PlacedElement& element, std::ostream* os) {
  *os << '(' << element.slot << ',' << element.row << ')';
}

namespace {

using test::asadi_example;
using test::slots_of;
using test::windowed_matrix;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// (diagonal position, slot) -> row, as the specification's procedure places: positions 0 … w - 1 are the
// window's, then overflow.
using Places = std::map<std::pair<uint64_t, uint32_t>, uint32_t>;

Places places_of(const DiagonalMatrix& matrix) {
  Places places;
  for (uint64_t m = 0; m < matrix.diagonals.size(); ++m) {
    const StoredDiagonal& diagonal = matrix.diagonals[m];
    const uint64_t position = diagonal.in_window
                                  ? static_cast<uint64_t>(diagonal.index - matrix.first_index())
                                  : matrix.window + static_cast<uint64_t>(diagonal.index);
    for (const PlacedElement& element : matrix.filled(m)) places[{position, element.slot}] = element.row;
  }
  return places;
}

class SlowBuild {
 public:
  SlowBuild(const Csr& csr, const DiagonalOptions& options) : csr_(csr), options_(options) {}

  Places build() {
    for (uint32_t row = 0; row < csr_.rows; ++row)
      for (const uint32_t column : csr_.fiber(row))
        if (in_window(row, column)) places_[{position(row, column), column}] = row;
    for (uint32_t column = 0; column < csr_.columns; ++column)
      for (uint32_t row = 0; row < csr_.rows; ++row)
        if (std::count(csr_.fiber(row).begin(), csr_.fiber(row).end(), column) == 1 &&
            !in_window(row, column))
          move(row, column);
    return places_;
  }

 private:
  [[nodiscard]] int64_t first() const { return -static_cast<int64_t>(options_.window / 2); }
  [[nodiscard]] uint64_t position(int64_t row, int64_t column) const {
    return static_cast<uint64_t>(column - row - first());
  }
  [[nodiscard]] bool in_window(uint32_t row, uint32_t column) const {
    return position(row, column) < options_.window;
  }

  void move(uint32_t row, uint32_t column) {
    std::vector<uint64_t> free;
    for (uint64_t p = 0; p < options_.window; ++p)
      if (places_.count({p, column}) == 0) free.push_back(p);
    if (free.empty()) {
      uint64_t p = options_.window;
      while (places_.count({p, column}) != 0) ++p;
      places_[{p, column}] = row;
      return;
    }
    std::vector<uint64_t> unlisted;
    for (const uint64_t p : free)
      if (listed_.count({p, row}) == 0) unlisted.push_back(p);
    if (options_.placement == Placement::kConflictFree && !unlisted.empty()) free = unlisted;
    const int64_t own = int64_t{column} - int64_t{row};
    const auto distance = [&](uint64_t p) { return std::abs(first() + static_cast<int64_t>(p) - own); };
    const uint64_t nearest = *std::min_element(
        free.begin(), free.end(), [&](uint64_t a, uint64_t b) { return distance(a) < distance(b); });
    places_[{nearest, column}] = row;
    listed_.insert({nearest, row});
  }

  const Csr& csr_;
  const DiagonalOptions options_;
  Places places_;
  std::set<std::pair<uint64_t, uint32_t>> listed_;
};

// The counts of one diagonal by definition.
StoredDiagonal slow_counts(const DiagonalMatrix& matrix, uint64_t m) {
  StoredDiagonal counted{matrix.diagonals[m].in_window, matrix.diagonals[m].index};
  std::map<uint64_t, uint64_t> by_block, by_row;
  for (const PlacedElement& element : matrix.filled(m)) {
    if (counted.in_window && int64_t{element.row} == int64_t{element.slot} - counted.index) {
      ++counted.normal;
      continue;
    }
    ++counted.grey;
    counted.grey_in_block = std::max(counted.grey_in_block, ++by_block[element.slot / matrix.block_slots]);
    counted.grey_of_row = std::max(counted.grey_of_row, ++by_row[element.row]);
  }
  return counted;
}

TEST(Diagonal, the_papers_example) {
  const DiagonalMatrix matrix = to_diagonal(asadi_example(), {3});
  ASSERT_EQ(matrix.diagonals.size(), 3);
  EXPECT_EQ(matrix.diagonals[0].index, -1);
  EXPECT_EQ(slots_of(matrix, 0), "10 21 52 43 54 15");
  EXPECT_THAT(matrix.list(0), ElementsAre(PlacedElement{2, 5}, PlacedElement{5, 1}));
  EXPECT_EQ(matrix.diagonals[1].index, 0);
  EXPECT_EQ(slots_of(matrix, 1), "00 11 22 03 44 55");
  EXPECT_THAT(matrix.list(1), ElementsAre(PlacedElement{3, 0}));
  EXPECT_EQ(matrix.diagonals[2].index, 1);
  EXPECT_EQ(slots_of(matrix, 2), "30 01 - 23 04 45");
  EXPECT_THAT(matrix.list(2), ElementsAre(PlacedElement{0, 3}, PlacedElement{4, 0}));
  EXPECT_EQ(matrix.nnz(), 17);
  EXPECT_EQ(matrix.grey(), 5);
  EXPECT_EQ(matrix.bubbles(), 1);
  EXPECT_EQ(matrix.overflow(), 0);
  EXPECT_DOUBLE_EQ(matrix.in_window_share(), 12.0 / 17);
  EXPECT_DOUBLE_EQ(matrix.utilisation(), 17.0 / 18);
  EXPECT_EQ(diagonal_bits(matrix), 606);
  EXPECT_EQ(csr_bits(asadi_example()), 819);
}

TEST(Diagonal, the_figures_own_placement_is_as_good) {
  const DiagonalMatrix figure = test::asadi_figure();
  EXPECT_EQ(slots_of(figure, 0), "10 21 - 43 54 15");
  EXPECT_EQ(slots_of(figure, 2), "30 01 52 23 04 45");
  EXPECT_THAT(figure.list(0), ElementsAre(PlacedElement{5, 1}));
  EXPECT_THAT(figure.list(2), ElementsAre(PlacedElement{0, 3}, PlacedElement{2, 5}, PlacedElement{4, 0}));
  EXPECT_TRUE(test::same_matrix(to_csr(figure), asadi_example()));
}

TEST(Diagonal, even_windows_reach_one_further_below) {
  const Csr full = attention_mask("dense", 4);
  const DiagonalMatrix two = to_diagonal(full, {2});
  EXPECT_EQ(two.diagonals[0].index, -1);
  EXPECT_EQ(two.diagonals[1].index, 0);
  EXPECT_FALSE(two.diagonals[2].in_window);
}

TEST(Diagonal, random_matrices_come_back_and_lie_where_the_procedure_puts_them) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const auto [csr, window] = windowed_matrix(seed, 20);
    for (const Placement placement : {Placement::kNearest, Placement::kConflictFree}) {
      const DiagonalMatrix matrix = to_diagonal(csr, {window, placement, 1 + seed % 7});
      ASSERT_TRUE(test::same_matrix(to_csr(matrix), csr)) << "seed " << seed;
      ASSERT_EQ(places_of(matrix), SlowBuild(csr, {window, placement}).build()) << "seed " << seed;
      for (uint64_t m = 0; m < matrix.diagonals.size(); ++m) {
        ASSERT_FALSE(matrix.filled(m).empty());
        ASSERT_EQ(matrix.diagonals[m], slow_counts(matrix, m)) << "seed " << seed << " diagonal " << m;
        ASSERT_EQ(matrix.list(m).size(), matrix.diagonals[m].grey);
      }
    }
  }
}

TEST(Diagonal, windows_of_many_words_and_columns_of_many_tiles) {
  for (const char* mask : {"diagloc:rho=0.3,phi=0.4,w=100,seed=3", "longformer:window=80,global=3"}) {
    const Csr csr = attention_mask(mask, 130);
    for (const uint64_t window : {1, 63, 64, 65, 259}) {
      const DiagonalMatrix matrix = to_diagonal(csr, {window, Placement::kConflictFree});
      EXPECT_TRUE(test::same_matrix(to_csr(matrix), csr)) << mask << ' ' << window;
      EXPECT_EQ(places_of(matrix), SlowBuild(csr, {window, Placement::kConflictFree}).build());
    }
  }
}

TEST(Diagonal, stored_zeros_are_elements_and_patterns_stay_patterns) {
  const Csr zeros = test::draw({"0 . 0", ". 2 .", ". . ."});
  EXPECT_TRUE(test::same_matrix(to_csr(to_diagonal(zeros, {1})), zeros));
  const Csr pattern = test::draw_pattern({"x . x", ". x .", ". . ."});
  const DiagonalMatrix matrix = to_diagonal(pattern, {1});
  EXPECT_THAT(matrix.values, IsEmpty());
  EXPECT_TRUE(test::same_matrix(to_csr(matrix), pattern));
}

TEST(Diagonal, sliding_window_as_wide_as_the_stored_one_moves_nothing) {
  for (const uint64_t n : {8, 9, 64, 512})
    for (const uint64_t w : {uint64_t{1}, uint64_t{2}, uint64_t{5}, n}) {
      const DiagonalMatrix matrix = to_diagonal(attention_mask(fmt::format("window:w={}", w), n), {w});
      EXPECT_EQ(matrix.diagonals.size(), w);
      EXPECT_EQ(matrix.grey(), 0);
      EXPECT_EQ(matrix.overflow(), 0);
    }
}

TEST(Diagonal, full_matrix_of_window_one_overflows_into_every_other_diagonal) {
  const DiagonalMatrix matrix = to_diagonal(attention_mask("dense", 12), {1});
  EXPECT_EQ(matrix.diagonals.size(), 12);
  EXPECT_EQ(matrix.overflow(), 11);
  EXPECT_EQ(matrix.bubbles(), 0);
}

TEST(Diagonal, one_full_column_fills_one_slot_of_every_diagonal) {
  Csr csr{10, 10, {0}, {}, {}};
  for (uint64_t row = 0; row < 10; ++row) {
    csr.indices.push_back(4);
    csr.offsets.push_back(row + 1);
  }
  for (const uint64_t window : {1, 3, 10, 19}) {
    const DiagonalMatrix matrix = to_diagonal(csr, {window});
    EXPECT_EQ(matrix.diagonals.size(), 10) << window;
    for (uint64_t m = 0; m < 10; ++m) EXPECT_EQ(slots_of(matrix, m).find_first_not_of("- "), 4 * 2);
  }
}

TEST(Diagonal, nothing_is_no_diagonal_and_one_element_is_one) {
  const Csr nothing{5, 5, {0, 0, 0, 0, 0, 0}, {}, {}};
  const DiagonalMatrix empty = to_diagonal(nothing, {3});
  EXPECT_THAT(empty.diagonals, IsEmpty());
  EXPECT_EQ(empty.utilisation(), 0);
  EXPECT_EQ(empty.in_window_share(), 0);
  EXPECT_TRUE(test::same_matrix(to_csr(empty), nothing));
  const DiagonalMatrix one = to_diagonal(test::draw({"7"}), {1});
  EXPECT_EQ(one.diagonals.size(), 1);
  EXPECT_EQ(diagonal_bits(one), 32);
}

TEST(Diagonal, moved_elements_are_counted_by_block_of_slots) {
  // Row 0 is full: in a window of the main diagonal alone every element but one moves.
  Csr csr{8, 8, {0}, {}, {}};
  for (uint32_t column = 0; column < 8; ++column) csr.indices.push_back(column);
  for (uint64_t row = 0; row < 8; ++row) csr.offsets.push_back(8);
  EXPECT_EQ(to_diagonal(csr, {1, Placement::kNearest, 8}).diagonals[0].grey_in_block, 7);
  const StoredDiagonal halves = to_diagonal(csr, {1, Placement::kNearest, 4}).diagonals[0];
  EXPECT_EQ(halves.grey_in_block, 4);
  EXPECT_EQ(halves.grey_of_row, 7);
  EXPECT_TRUE(halves.holds_normal());
}

TEST(Diagonal, conflict_free_shares_rows_out_over_diagonals) {
  const Csr csr = attention_mask("diagloc:rho=0.1,phi=0.5,seed=7", 512);
  const auto most = [&](Placement placement) {
    uint64_t sum = 0;
    const DiagonalMatrix matrix = to_diagonal(csr, {64, placement});
    for (const StoredDiagonal& diagonal : matrix.diagonals) sum += diagonal.grey_of_row;
    return sum;
  };
  EXPECT_LT(2 * most(Placement::kConflictFree), most(Placement::kNearest));
}

// The specification's table: qk and sv of its timing model hold the counts of the diagonals.
TEST(Diagonal, diagloc_table) {
  struct Case {
    uint64_t n, diagonals, overflow, nnz, grey, qk, sv;
  };
  const std::vector<Case> cases = {{384, 57, 9, 14832, 7432, 198552, 467719},
                                   {512, 72, 8, 26251, 13075, 328870, 650624},
                                   {1024, 134, 6, 104967, 52655, 664137, 1458485},
                                   {2048, 256, 0, 419356, 209215, 1285232, 3440152},
                                   {4096, 512, 0, 1678004, 839332, 2681304, 7858517},
                                   {8192, 1024, 0, 6713647, 3356055, 5411248, 18580337}};
  constexpr uint64_t kShift = 64, kCopy = 2, kMultiply = 1407, kAdd = 1359, kHeadDim = 64;
  for (const Case& c : cases) {
    const DiagonalMatrix matrix =
        to_diagonal(attention_mask("diagloc:rho=0.1,phi=0.5,seed=7", c.n), {default_window(c.n)});
    EXPECT_EQ(matrix.diagonals.size(), c.diagonals);
    EXPECT_EQ(matrix.overflow(), c.overflow);
    EXPECT_EQ(matrix.nnz(), c.nnz);
    EXPECT_EQ(matrix.grey(), c.grey);
    uint64_t qk = (c.diagonals + kHeadDim - 1) / kHeadDim * (kHeadDim - 1) * kAdd, sv = 0;
    for (const StoredDiagonal& d : matrix.diagonals) {
      const uint64_t shift = d.in_window && d.index != 0 ? kShift : 0;
      const uint64_t own = d.in_window && d.holds_normal() ? 1 : 0;
      qk += shift + 2 * d.grey_in_block * kCopy + kMultiply;
      sv += kMultiply + shift + d.grey_in_block * kCopy + (own + d.grey_of_row) * kAdd;
    }
    EXPECT_EQ(qk, c.qk) << c.n;
    EXPECT_EQ(sv, c.sv) << c.n;
  }
}

// One iteration per stored diagonal against one per row.
TEST(Diagonal, sliding_window_of_an_eighth_takes_an_eighth_of_the_iterations) {
  for (const uint64_t n : {512, 1024, 8192})
    EXPECT_EQ(to_diagonal(attention_mask("window", n), {default_window(n)}).diagonals.size() * 8, n);
}

TEST(Diagonal, default_window_is_an_eighth_and_at_least_one) {
  EXPECT_EQ(default_window(384), 48);
  EXPECT_EQ(default_window(8192), 1024);
  EXPECT_EQ(default_window(15), 1);
  EXPECT_EQ(default_window(1), 1);
}

// 10 % density with 40, 50 and 70 % of it within n/16, n/8 and n/4, evenly in between.
std::vector<uint64_t> locality_profile(uint64_t n) {
  std::vector<uint64_t> profile(2 * n - 1);
  const double all = 0.1 * static_cast<double>(n) * static_cast<double>(n);
  const auto spread = [&](uint64_t inner, uint64_t outer, double share) {
    for (uint64_t d = n - 1 - outer / 2; d < n - 1 + (outer + 1) / 2; ++d)
      if (d < n - 1 - inner / 2 || d >= n - 1 + (inner + 1) / 2)
        profile[d] = static_cast<uint64_t>(share * all / static_cast<double>(outer - inner));
  };
  spread(0, n / 16, 0.4);
  spread(n / 16, n / 8, 0.1);
  spread(n / 8, n / 4, 0.2);
  spread(n / 4, 2 * n - 1, 0.3);
  return profile;
}

TEST(Diagonal, window_rule_takes_an_eighth_at_the_papers_locality) {
  const uint64_t n = 1600;
  const std::vector<uint64_t> profile = locality_profile(n);
  const double all = static_cast<double>(n * n);
  const auto empty = [&](uint64_t w) {
    return static_cast<double>(w * n - elements_within(profile, w)) / all;
  };
  const auto outside = [&](uint64_t w) {
    return 0.1 - static_cast<double>(elements_within(profile, w)) / all;
  };
  EXPECT_NEAR(empty(n / 16), 0.0225, 1e-4);
  EXPECT_NEAR(outside(n / 16), 0.06, 1e-4);
  EXPECT_NEAR(empty(n / 8), 0.075, 1e-4);
  EXPECT_NEAR(outside(n / 8), 0.05, 1e-4);
  EXPECT_NEAR(empty(n / 4), 0.18, 1e-4);
  EXPECT_NEAR(outside(n / 4), 0.03, 1e-4);
  EXPECT_EQ(choose_window(profile), n / 8);
  EXPECT_NEAR(share_within(profile, n / 8), 0.5, 1e-2);
}

TEST(Diagonal, chosen_window_has_room_for_what_is_outside_unless_it_is_a_quarter) {
  std::set<uint64_t> chosen;
  for (const double rho : {0.002, 0.02, 0.05, 0.1, 0.2, 0.4, 0.9})
    for (const double phi : {0.0, 0.3, 0.7}) {
      const uint64_t n = 256;
      const std::vector<uint64_t> profile =
          diagonal_profile(attention_mask(fmt::format("diagloc:rho={},phi={},w=16", rho, phi), n));
      const uint64_t window = choose_window(profile), within = elements_within(profile, window);
      const uint64_t all = elements_within(profile, 2 * n - 1);
      EXPECT_TRUE(window == n / 4 || window * n - within >= all - within) << rho << ' ' << phi;
      chosen.insert(window * 32 / n);
    }
  EXPECT_THAT(chosen, ElementsAre(1, 2, 4, 8));
}

TEST(Diagonal, profile_counts_each_diagonal) {
  const std::vector<uint64_t> profile = diagonal_profile(asadi_example());
  EXPECT_THAT(profile, ElementsAre(0, 0, 2, 0, 4, 5, 3, 0, 1, 2, 0));
  EXPECT_EQ(elements_within(profile, 3), 12);
  EXPECT_EQ(elements_within(profile, 2), 9);
  EXPECT_EQ(elements_within(profile, 1000), 17);
  EXPECT_DOUBLE_EQ(share_within(profile, 3), 12.0 / 17);
}

TEST(Diagonal, pictures_before_and_after) {
  EXPECT_EQ(picture_of_matrix(asadi_example(), 3),
            "oo.xx.\n"
            "oo...x\n"
            ".ooo..\n"
            "x.....\n"
            "...ooo\n"
            "..x.oo\n");
  EXPECT_EQ(picture_of_diagonals(to_diagonal(asadi_example(), {3})),
            "   DI -1 ooxoox\n"
            "   DI +0 oooxoo\n"
            "   DI +1 xo.oxo\n");
}

TEST(Diagonal, pictures_of_large_matrices_are_shades) {
  const Csr csr = attention_mask("window:w=8", 64);
  EXPECT_EQ(picture_of_matrix(csr, 8, 4),
            "=.  \n"  // 112 of 256 elements, and 6
            ".=. \n"  // 10 of 256
            " .=.\n"
            "  .=\n");
  EXPECT_EQ(picture_of_diagonals(to_diagonal(csr, {8}), 4), "   DI -4 @@@@\n");
}

template <class Body>
std::string message_of(const Body& body) {
  try {
    body();
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing was refused";
}

// 100 x 100 in cells of 2 x 2, of which a window of one diagonal fills one half; 3 diagonals of 100 slots.
TEST(Diagonal, grids_hold_the_share_of_each_cell) {
  const Csr mask = attention_mask("window:w=3", 100);
  const DiagonalGrid before = grid_of_matrix(mask, 1);
  EXPECT_EQ(before.row_step, 2U);
  ASSERT_EQ(before.home.size(), 50U * 50);
  EXPECT_EQ(before.home[0], 50);
  EXPECT_EQ(before.away[0], 50);
  EXPECT_EQ(before.home[1], 0);
  EXPECT_EQ(before.away[1], 25);
  EXPECT_EQ(before.away[2], 0);
  DiagonalOptions options;
  options.window = 3;
  const DiagonalGrid after = grid_of_diagonals(to_diagonal(mask, options));
  EXPECT_EQ(after.row_step, 1U);
  EXPECT_EQ(after.column_step, 2U);
  ASSERT_EQ(after.home.size(), 3U * 50);
  EXPECT_EQ(after.home[0], 100);
  EXPECT_EQ(after.home[49], 50);   // DI -1 has no row for the last column
  EXPECT_EQ(after.home[100], 50);  // DI +1 has none for the first
  EXPECT_EQ(std::count(after.away.begin(), after.away.end(), 0), 150);
  const DiagonalGrid empty =
      grid_of_diagonals(to_diagonal(Csr{4, 4, std::vector<uint64_t>(5), {}, {}}, options));
  EXPECT_TRUE(empty.home.empty());
}

TEST(DiagonalBadInput, shapes_and_windows) {
  const Csr csr = asadi_example();
  const auto built = [&](const DiagonalOptions& options) {
    return message_of([&] { to_diagonal(csr, options); });
  };
  EXPECT_THAT(built({0}), HasSubstr("a window of 0 diagonals for 6 rows; allowed: 1 to 11"));
  EXPECT_THAT(built({12}), HasSubstr("a window of 12 diagonals"));
  EXPECT_THAT(built({3, Placement::kNearest, 0}), HasSubstr("blocks of 0 slots"));
  EXPECT_THAT(message_of([] { to_diagonal(test::draw({"1 2"}), {1}); }), HasSubstr("a 1 x 2 matrix"));
  EXPECT_THAT(message_of([] { diagonal_profile(test::draw({"1 2"})); }), HasSubstr("square"));
  EXPECT_THAT(message_of([] { picture_of_matrix(test::draw({"1 2"}), 1); }), HasSubstr("square"));
  EXPECT_THAT(message_of([] { to_diagonal(Csr{0, 0, {0}, {}, {}}, {1}); }), HasSubstr("0 rows"));
}

TEST(DiagonalBadInput, slots_used_twice_or_beyond_the_matrix) {
  DiagonalMatrix twice = to_diagonal(asadi_example(), {3});
  twice.elements[1].slot = 0;
  EXPECT_THAT(message_of([&] { count_elements(twice); }), HasSubstr("ascending slots"));
  DiagonalMatrix beyond = to_diagonal(asadi_example(), {3});
  beyond.elements[1].row = 6;
  EXPECT_THAT(message_of([&] { count_elements(beyond); }), HasSubstr("rows below 6"));
}

}  // namespace
}  // namespace nonzero
