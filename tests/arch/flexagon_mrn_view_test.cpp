#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "nonzero/arch/flexagon/mrn_view.h"
#include "nonzero/base/error.h"
#include "nonzero/hw/reduction/merger.h"

namespace nonzero::flexagon {
namespace {

using Json = nlohmann::ordered_json;

// All that left the network, row by row: (coordinate, value) in the order of leaving.
std::map<uint64_t, std::vector<std::pair<uint32_t, double>>> emitted(const Json& walk) {
  std::map<uint64_t, std::vector<std::pair<uint32_t, double>>> rows;
  for (const Json& step : walk["steps"])
    for (const Json& element : step["emitted"])
      rows[element["row"]].push_back({element["coordinate"], element["value"]});
  return rows;
}

const Json& node(const Json& step, uint64_t level, uint64_t index) {
  for (const Json& one : step["nodes"])
    if (one["level"] == level && one["index"] == index) return one;
  throw std::out_of_range("no such node");
}

TEST(MrnView, walks_through_the_papers_outer_product) {
  // Row 1: K0 [1,2] of 3, K2 [0] of 5, K3 [0,1,2] of 7. C(1,:) = [12, 10, 10].
  const Json& walk = mrn_walk_through()[0];
  EXPECT_EQ(walk["leaves"], 4);
  EXPECT_EQ(walk["levels"], 2);
  EXPECT_EQ(walk["fibers"].size(), 3u);
  const std::vector<std::pair<uint32_t, double>> row = {{0, 12}, {1, 10}, {2, 10}};
  EXPECT_EQ(emitted(walk).at(1), row);
  // Cycle 1: K0 begins with column 1, K2 with column 0; K3 stands alone on its side.
  const Json& first = walk["steps"][0];
  EXPECT_EQ(node(first, 1, 0)["mode"], "CMP");
  EXPECT_EQ(node(first, 1, 0)["did"], "smaller");
  EXPECT_EQ(node(first, 1, 0)["value"], 5);
  EXPECT_EQ(node(first, 1, 1)["mode"], "PASS");
  EXPECT_EQ(node(first, 1, 1)["value"], 7);
  EXPECT_EQ(node(first, 2, 0)["did"], "wait");
  // Cycle 2: column 0 of both sides is one element of C.
  const Json& second = walk["steps"][1];
  EXPECT_EQ(node(second, 2, 0)["did"], "sum");
  EXPECT_EQ(second["emitted"][0]["value"], 12);
}

TEST(MrnView, walks_through_the_papers_gustavson_with_a_row_in_each_part_of_the_tree) {
  const Json& walk = mrn_walk_through()[1];
  const std::vector<std::pair<uint32_t, double>> row0 = {{0, 2}, {2, 2}}, row1 = {{0, 12}, {1, 10}, {2, 10}};
  EXPECT_EQ(emitted(walk).at(0), row0);
  EXPECT_EQ(emitted(walk).at(1), row1);
  const Json& first = walk["steps"][0];
  EXPECT_EQ(node(first, 1, 0)["mode"], "SPLIT");
  EXPECT_EQ(node(first, 1, 1)["mode"], "CMP");
  EXPECT_EQ(first["emitted"][0]["row"], 0) << "row 0 is complete at level 1 and leaves there";
}

TEST(MrnView, tells_only_as_many_steps_as_asked_and_says_so) {
  MrnFiber a{0, 0, {}, {}}, b{0, 1, {}, {}};
  for (uint32_t c = 0; c < 100; ++c) (c % 2 == 0 ? a : b).coordinates.push_back(c);
  const Json walk = mrn_walk("t", "n", "row", {a, b}, 10);
  EXPECT_EQ(walk["steps"].size(), 10u);
  EXPECT_EQ(walk["finished"], false);
  EXPECT_EQ(walk["fibers"][0]["length"], 50);
  EXPECT_LT(walk["fibers"][0]["coordinates"].size(), 12u);
  EXPECT_FALSE(walk["steps"][5]["emitted"][0].contains("value")) << "a pattern has none";
}

TEST(MrnView, refuses_fibers_it_cannot_draw) {
  const MrnFiber row0{0, 0, {1}, {1}}, row1{1, 0, {1}, {1}};
  EXPECT_THROW((void)mrn_walk("t", "n", "row", {}, 10), InputError);
  EXPECT_THROW((void)mrn_walk("t", "n", "row", {row0, row1, row0}, 10), InputError);
}

RC_GTEST_PROP(MrnView, emits_the_mergers_union_at_one_element_per_cycle, ()) {
  const auto count = *rc::gen::inRange<size_t>(1, 9);
  std::vector<MrnFiber> fibers;
  for (size_t f = 0; f < count; ++f) {
    MrnFiber fiber{7, f, {}, {}};
    for (uint32_t column = 0; column < 12; ++column)
      if (*rc::gen::inRange(0, 3) == 0) {
        fiber.coordinates.push_back(column);
        fiber.values.push_back(*rc::gen::inRange(-9, 10));
      }
    fibers.push_back(fiber);
  }
  const Json walk = mrn_walk("t", "n", "row", fibers, 100);

  std::vector<hw::FiberView<double>> views;
  for (const MrnFiber& fiber : fibers) views.push_back({fiber.coordinates, fiber.values});
  hw::Merger<double> merger(8);
  hw::MergeCounts counts;
  const hw::FiberView<double> merged = merger.merge(views, counts);
  std::vector<std::pair<uint32_t, double>> expected;
  for (size_t i = 0; i < merged.coordinates.size(); ++i)
    expected.push_back({merged.coordinates[i], merged.values[i]});
  const auto rows = emitted(walk);
  RC_ASSERT((rows.empty() ? std::vector<std::pair<uint32_t, double>>{} : rows.at(7)) == expected);
  RC_ASSERT(walk["finished"].get<bool>());
  // Fed without gaps, the end of fiber leaves at cycle levels + |union|.
  RC_ASSERT(walk["steps"].size() == hw::merge_levels(count) + expected.size());
}

Csr matrix(uint64_t rows, uint64_t columns, const std::vector<std::vector<uint32_t>>& fibers) {
  Csr csr{rows, columns, {0}, {}, {}};
  for (const auto& fiber : fibers) {
    csr.indices.insert(csr.indices.end(), fiber.begin(), fiber.end());
    csr.offsets.push_back(csr.indices.size());
  }
  csr.values.assign(csr.indices.size(), 1.0F);
  return csr;
}

OperandPair walk_through_pair() {
  return {std::make_shared<const Csr>(matrix(2, 4, {{1}, {0, 2, 3}})),
          std::make_shared<const Csr>(matrix(4, 3, {{1, 2}, {0, 2}, {0}, {0, 1, 2}}))};
}

TEST(MrnView, shows_the_first_row_that_an_operation_merges) {
  OperandPair pair = walk_through_pair();
  const auto view = mrn_view(pair, Dataflow::kOuterM, Config{});
  ASSERT_TRUE(view);
  EXPECT_EQ((*view)["fibers"].size(), 3u);
  EXPECT_EQ((*view)["fibers"][1]["k"], 2);
  const std::vector<std::pair<uint32_t, double>> row = {{0, 2}, {1, 2}, {2, 2}};
  EXPECT_EQ(emitted(*view).at(1), row);
}

TEST(MrnView, shows_a_column_of_an_n_stationary_dataflow) {
  OperandPair pair = walk_through_pair();
  const auto view = mrn_view(pair, Dataflow::kGustavsonN, Config{});
  ASSERT_TRUE(view);
  EXPECT_EQ((*view)["outermost"], "column");
  // Column 0 of B holds k = 1, 2, 3; columns of A: {0}, {1}, {1}.
  const std::vector<std::pair<uint32_t, double>> column = {{0, 1}, {1, 2}};
  EXPECT_EQ(emitted(*view).at(0), column);
}

TEST(MrnView, has_nothing_to_show_of_inner_products_or_an_adder_tree) {
  OperandPair pair = walk_through_pair();
  EXPECT_FALSE(mrn_view(pair, Dataflow::kInnerM, Config{}));
  Config fan;
  fan.rn_type = RnType::kFan;
  EXPECT_FALSE(mrn_view(pair, Dataflow::kOuterM, fan));
}

}  // namespace
}  // namespace nonzero::flexagon
