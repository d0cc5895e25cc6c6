#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "arch/flexagon_published_twin.h"
#include "nonzero/arch/flexagon/published.h"
#include "nonzero/base/error.h"
#include "support/data.h"
#include "support/flexagon_layers.h"
#include "support/matrices.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NONZERO_SLOW_BUILD 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || !defined(NDEBUG)
#define NONZERO_SLOW_BUILD 1
#endif

namespace nonzero::flexagon {
namespace {

using test::PublishedLayer;
using test::SlowPublished;

OperandPair pair_of(const Csr& a, const Csr& b) {
  return {std::make_shared<const Csr>(a), std::make_shared<const Csr>(b)};
}

// Sizes at which short operands fold, take several passes and leave the cache.
PublishedConfig any_config() {
  PublishedConfig config;
  config.multipliers = *rc::gen::element<uint64_t>(4, 8, 64);
  config.line_elements = *rc::gen::element<uint64_t>(2, 8, 32);
  config.cache.banks = *rc::gen::element<uint64_t>(1, 4);
  config.cache.sets = config.cache.banks * *rc::gen::element<uint64_t>(1, 4);
  config.cache.ways = *rc::gen::inRange<uint64_t>(1, 5);
  config.cache.merge_equal_lines = *rc::gen::arbitrary<bool>();
  return config;
}

uint64_t effectual(const Csr& a, const Csr& b) {
  uint64_t total = 0;
  for (const uint32_t k : a.indices) total += b.offsets[k + 1] - b.offsets[k];
  return total;
}

RC_GTEST_PROP(FlexagonPublished, equals_a_plain_transcription_of_the_rules, ()) {
  const auto [a, b] = *test::gen_operands(30);
  const PublishedConfig config = any_config();
  OperandPair pair = pair_of(a, b);
  for (const Dataflow dataflow : kDataflows) {
    const Sides sides = pair.sides(dataflow);
    RC_ASSERT(run_published(sides, config) == SlowPublished::run(sides, config));
  }
}

// flexagon.md, identities 1, 2, 4, 5 and 7.
RC_GTEST_PROP(FlexagonPublished, traffic_keeps_the_identities, ()) {
  const auto [a, b] = *test::gen_operands(30);
  const PublishedConfig config = any_config();
  const uint64_t multiplications = effectual(a, b);
  OperandPair pair = pair_of(a, b);
  uint64_t c_elements = 0;
  for (const Dataflow dataflow : kDataflows) {
    const Sides sides = pair.sides(dataflow);
    const PublishedRun run = run_published(sides, config);
    RC_ASSERT(run.multiplications == multiplications);
    RC_ASSERT(run.useful == multiplications);
    RC_ASSERT(run.sta_reads == sides.stationary->nnz());
    RC_ASSERT(run.load + run.stream + run.merge == run.cycles);
    if (dataflow != Dataflow::kInnerM) RC_ASSERT(run.c_elements == c_elements);
    c_elements = run.c_elements;
    if (method(dataflow) == Method::kInner) {
      uint64_t passes = 0;
      uint64_t later_folds = 0;
      for_each_tile(sides, config.multipliers, true, [&](const Tile& tile) {
        passes += tile.fold == 0;
        later_folds += tile.fold > 0;
      });
      RC_ASSERT(run.str_reads == sides.streaming->nnz() * passes);
      RC_ASSERT(run.psums_reinjected == sides.columns * later_folds);
      RC_ASSERT(run.psums_written == 0U);
    } else {
      RC_ASSERT(run.str_reads == multiplications);
      RC_ASSERT(run.psums_reinjected == 0U);
    }
    if (method(dataflow) == Method::kOuter) RC_ASSERT(run.psums_written == multiplications);
  }
}

RC_GTEST_PROP(FlexagonPublished, n_stationary_is_m_stationary_on_the_transposed_operands, ()) {
  const auto [a, b] = *test::gen_operands(20);
  const PublishedConfig config = any_config();
  OperandPair pair = pair_of(a, b);
  OperandPair swapped = pair_of(transpose(b), transpose(a));
  for (size_t d = 0; d < 3; ++d)
    RC_ASSERT(run_published(pair.sides(kDataflows[d + 3]), config) ==
              run_published(swapped.sides(kDataflows[d]), config));
}

// One row of A with one element, one column of B with one element: a cold line each, 87 cycles apart.
TEST(FlexagonPublished, a_single_product_by_hand) {
  OperandPair pair = pair_of(test::draw({"2"}), test::draw({"3"}));
  const uint64_t miss = 1 + 2 + 84;
  const uint64_t hit = 1 + 2;  // both operands lie in line 0
  const PublishedRun inner = run_published(pair.sides(Dataflow::kInnerM), {});
  EXPECT_EQ(inner.load, miss);
  EXPECT_EQ(inner.stream, hit + 9);
  const PublishedRun outer = run_published(pair.sides(Dataflow::kOuterM), {});
  EXPECT_EQ(outer.stream, hit + 4);
  EXPECT_EQ(outer.merge, 1U + 10);
  const PublishedRun gustavson = run_published(pair.sides(Dataflow::kGustavsonM), {});
  EXPECT_EQ(gustavson.stream, hit + 1 + 12);
  EXPECT_EQ(gustavson.merge, 0U);
  EXPECT_EQ(inner.misses() + outer.misses() + gustavson.misses(), 3U);
}

TEST(FlexagonPublished, empty_operands_cost_nothing_and_a_tile_without_partners_its_drain) {
  OperandPair none = pair_of(Csr{3, 4, {0, 0, 0, 0}, {}, {}}, Csr{4, 2, {0, 0, 0, 0, 0}, {}, {}});
  for (const Dataflow dataflow : kDataflows)
    EXPECT_EQ(run_published(none.sides(dataflow), {}), PublishedRun{});
  OperandPair lonely = pair_of(test::draw({"1 . ."}), test::draw({". .", ". .", "1 1"}));
  const PublishedRun outer = run_published(lonely.sides(Dataflow::kOuterM), {});
  EXPECT_EQ(outer.stream, 4U);
  EXPECT_EQ(outer.merge, 0U);
}

TEST(FlexagonPublished, visits_the_tiles_it_walks) {
  const Csr a = test::draw({"1 1 1 1 1 1", ". 1 . . . .", "1 . 1 . . ."});
  OperandPair pair = pair_of(a, transpose(a));
  PublishedConfig config;
  config.multipliers = 4;
  for (const Dataflow dataflow : kDataflows) {
    const Sides sides = pair.sides(dataflow);
    uint64_t next = 0;
    run_published(sides, config, [&](const Tile& tile) {
      EXPECT_EQ(tile.begin, next);
      next = tile.end;
    });
    EXPECT_EQ(next, sides.stationary->nnz());
  }
}

TEST(FlexagonPublished, refuses_sizes_that_hold_nothing) {
  OperandPair pair = pair_of(test::draw({"1"}), test::draw({"1"}));
  PublishedConfig config;
  config.multipliers = 1;
  EXPECT_THROW(run_published(pair.sides(Dataflow::kInnerM), config), InputError);
  config = {};
  config.line_elements = 0;
  EXPECT_THROW(run_published(pair.sides(Dataflow::kInnerM), config), InputError);
}

std::vector<PublishedLayer> layers_to_run(const std::filesystem::path& data) {
  std::vector<PublishedLayer> layers = test::published_layers(data);
#ifdef NONZERO_SLOW_BUILD
  const auto large = [](const PublishedLayer& layer) { return layer.nnz_a + layer.nnz_b > 40000; };
  layers.erase(std::remove_if(layers.begin(), layers.end(), large), layers.end());
#endif
  return layers;
}

double error(uint64_t found, uint64_t published) {
  return std::abs(static_cast<double>(found) / static_cast<double>(published) - 1);
}

template <class Cycles>
size_t winner(const Cycles& cycles) {
  size_t best = 0;
  for (size_t d = 1; d < 6; ++d)
    if (cycles(d) < cycles(best)) best = d;
  return best;
}

// What Flexagon's authors published of their simulator on real pruned layers.
TEST(FlexagonPublished, gives_the_authors_results_on_their_layers) {
  NONZERO_NEEDS_SHARED_DATA(data);
  std::vector<double> errors;
  for (const PublishedLayer& layer : layers_to_run(data)) {
    OperandPair pair = layer.read();
    std::array<uint64_t, 6> cycles{};
    for (size_t d = 0; d < 6; ++d) {
      SCOPED_TRACE(layer.name + " " + std::string(name(kDataflows[d])));
      const PublishedLayer::Counts& published = layer.dataflows[d];
      const PublishedRun run = run_published(pair.sides(kDataflows[d]), {});
      cycles[d] = run.cycles;
      errors.push_back(error(run.cycles, published.cycles));
      EXPECT_EQ(run.misses(), published.misses);
      EXPECT_LE(errors.back(), 0.005);
      if (published.merge == 0)
        EXPECT_EQ(run.merge, 0U);
      else
        EXPECT_LE(error(run.merge, published.merge), 0.001);
    }
    EXPECT_EQ(winner([&](size_t d) { return cycles[d]; }),
              winner([&](size_t d) { return layer.dataflows[d].cycles; }))
        << layer.name;
  }
  ASSERT_FALSE(errors.empty());
  std::sort(errors.begin(), errors.end());
  EXPECT_LE(errors[errors.size() / 2], 0.001);
}

// Flexagon, Fig. 13-16, as read from the vector figures.
struct FigureRow {
  const char* layer;
  double outer, outer_merge_percent, gustavson;  // speed-ups over IP
  double str_inner, str_outer, psum_gustavson;   // MiB
  double half_a_digit;                           // of psum_gustavson
  std::array<double, 3> miss_percent;
};
constexpr FigureRow kFigures[] = {
    {"squeezenet_5", 0.56, 29, 0.42, 0.95, 3.19, 0, 0.5, {0.524, 0.157, 0.157}},
    {"squeezenet_11", 0.64, 14, 0.88, 1.68, 3.09, 0, 0.5, {0.157, 0.086, 0.086}},
    {"resnets_6", 8.61, 9, 3.58, 190.3, 23.85, 0.75, 0.005, {3.461, 0.397, 2.203}},
    {"mobilebert_215", 0.66, 3, 2.15, 2.01, 1.00, 0.02, 0.005, {0.211, 0.391, 0.391}},
};

TEST(FlexagonPublished, gives_the_papers_figures_from_the_real_layers) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const auto near = [](double found, double expected, double tolerance) {
    EXPECT_NEAR(found, expected, tolerance * expected);
  };
  const auto mib = [](uint64_t elements) { return static_cast<double>(elements) * 4 / (1 << 20); };
  size_t compared = 0;
  for (const PublishedLayer& layer : layers_to_run(data))
    for (const FigureRow& row : kFigures) {
      if (layer.name != row.layer) continue;
      ++compared;
      SCOPED_TRACE(layer.name);
      OperandPair pair = layer.read();
      const PublishedRun inner = run_published(pair.sides(Dataflow::kInnerM), {});
      const PublishedRun outer = run_published(pair.sides(Dataflow::kOuterM), {});
      const PublishedRun gustavson = run_published(pair.sides(Dataflow::kGustavsonM), {});
      const auto over_inner = [&](const PublishedRun& run) {
        return static_cast<double>(inner.cycles) / static_cast<double>(run.cycles);
      };
      near(over_inner(outer), row.outer, 0.015);
      near(over_inner(gustavson), row.gustavson, 0.015);
      EXPECT_NEAR(100 * static_cast<double>(outer.merge) / static_cast<double>(outer.cycles),
                  row.outer_merge_percent, 1);
      near(mib(inner.str_reads), row.str_inner, 0.03);
      near(mib(outer.str_reads), row.str_outer, 0.03);
      near(mib(outer.psums_written), row.str_outer, 0.03);
      EXPECT_NEAR(mib(gustavson.psums_written), row.psum_gustavson, row.half_a_digit);
      near(100 * inner.miss_rate(), row.miss_percent[0], 0.03);
      near(100 * outer.miss_rate(), row.miss_percent[1], 0.03);
      near(100 * gustavson.miss_rate(), row.miss_percent[2], 0.03);
    }
  EXPECT_GT(compared, 0U);
}

}  // namespace
}  // namespace nonzero::flexagon
