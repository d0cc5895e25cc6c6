#include "nonzero/study/network_map.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "nonzero/base/error.h"

namespace nonzero::test {
namespace {

using flexagon::Dataflow;
using flexagon::kDataflows;
using flexagon::Order;

std::vector<Dataflow> sequence(const NetworkMapping& mapping) {
  std::vector<Dataflow> dataflows;
  for (const MappingStep& step : mapping.steps) dataflows.push_back(step.dataflow);
  return dataflows;
}

// The spec's example: costs in the order of Table 3, 20 cycles a conversion.
std::vector<MappedLayer> example() {
  return {{{100, 90, 120, 105, 95, 130}, 20}, {{200, 120, 180, 210, 125, 175}, 20}, {{80, 70, 60, 85, 75, 65}, 20}};
}

TEST(NetworkMap, finds_the_sequence_that_saves_a_conversion) {
  const NetworkMapping mapping = map_network(example(), ActivationOperand::kA);
  EXPECT_EQ(mapping.total, 275U);
  EXPECT_EQ(sequence(mapping), (std::vector<Dataflow>{Dataflow::kOuterN, Dataflow::kOuterM, Dataflow::kGustavsonM}));
  EXPECT_EQ(best_per_layer(example(), ActivationOperand::kA).total, 290U);
}

TEST(NetworkMap, converts_nothing_between_dataflows_whose_formats_meet) {
  const std::vector<Dataflow> chain = {Dataflow::kInnerN, Dataflow::kOuterM, Dataflow::kGustavsonM};
  for (const MappingStep& step : cost_of(example(), chain, ActivationOperand::kA).steps) EXPECT_EQ(step.conversion, 0U);
}

// Flexagon, Table 4: F free, c explicit conversion; from (M) above, from (N) below.
TEST(Transitions, are_those_of_table_4) {
  const auto row = [](Order left, ActivationOperand operand) {
    std::string marks;
    for (const Dataflow next : kDataflows) marks += free_transition(left, next, operand) ? 'F' : 'c';
    return marks;
  };
  //                                                          IP(M) OP(M) Gust(M) IP(N) OP(N) Gust(N)
  EXPECT_EQ(row(Order::kRows, ActivationOperand::kA), "FcFFcc");
  EXPECT_EQ(row(Order::kColumns, ActivationOperand::kA), "cFccFF");
  // With the activations in B: from (M) free to OP(M), Gust(M), OP(N).
  EXPECT_EQ(row(Order::kRows, ActivationOperand::kB), "cFFcFc");
  EXPECT_EQ(row(Order::kColumns, ActivationOperand::kB), "FccFcF");
}

TEST(Transitions, with_activations_in_b_are_those_in_a_with_m_and_n_exchanged) {
  const auto mirrored = [](Dataflow dataflow) { return kDataflows[(static_cast<size_t>(dataflow) + 3) % 6]; };
  for (const Dataflow from : kDataflows)
    for (const Dataflow to : kDataflows)
      EXPECT_EQ(free_transition(order_of_c(from), to, ActivationOperand::kA),
                free_transition(order_of_c(mirrored(from)), mirrored(to), ActivationOperand::kB));
}

TEST(Branches, cost_one_conversion_however_many_consumers_want_it) {
  const std::vector<Dataflow> as_left = {Dataflow::kInnerM, Dataflow::kGustavsonM};
  EXPECT_EQ(branch_conversions(Dataflow::kOuterM, as_left, ActivationOperand::kA), 0U);
  const std::vector<Dataflow> mixed = {Dataflow::kInnerM, Dataflow::kOuterM, Dataflow::kOuterN};
  EXPECT_EQ(branch_conversions(Dataflow::kOuterM, mixed, ActivationOperand::kA), 1U);
  EXPECT_EQ(branch_conversions(Dataflow::kOuterM, {}, ActivationOperand::kA), 0U);
}

TEST(NetworkMap, leaves_out_what_the_machine_is_not_permitted) {
  std::vector<MappedLayer> layers = example();
  for (MappedLayer& layer : layers) layer.cycles[static_cast<size_t>(Dataflow::kOuterN)].reset();
  EXPECT_GT(map_network(layers, ActivationOperand::kA).total, 275U);
  layers[1].cycles = {};
  EXPECT_THROW((void)map_network(layers, ActivationOperand::kA), InputError);
  EXPECT_FALSE(best_fixed(layers, ActivationOperand::kA));
}

TEST(NetworkMap, of_nothing_is_nothing) { EXPECT_EQ(map_network({}, ActivationOperand::kA).total, 0U); }

TEST(NetworkMap, takes_the_earlier_dataflow_of_table_3_at_a_tie) {
  const std::vector<MappedLayer> layers = {{{9, 7, 7, 8, 7, 7}, 5}};
  EXPECT_EQ(sequence(map_network(layers, ActivationOperand::kA)), std::vector<Dataflow>{Dataflow::kOuterM});
}

// Every sequence tried, by the rule as the spec has it.
uint64_t cheapest_of_all(std::span<const MappedLayer> layers, ActivationOperand operand, size_t layer,
                         std::optional<Dataflow> before) {
  if (layer == layers.size()) return 0;
  uint64_t best = UINT64_MAX;
  for (const Dataflow next : kDataflows) {
    const auto& own = layers[layer].cycles[static_cast<size_t>(next)];
    if (!own) continue;
    const bool free = !before || order_of_c(*before) == activation_order(next, operand);
    const uint64_t rest = cheapest_of_all(layers, operand, layer + 1, next);
    best = std::min(best, *own + (free ? 0 : layers[layer].conversion) + rest);
  }
  return best;
}

RC_GTEST_PROP(NetworkMap, equals_brute_force_on_random_chains, ()) {
  const auto operand = *rc::gen::element(ActivationOperand::kA, ActivationOperand::kB);
  std::vector<MappedLayer> layers(*rc::gen::inRange<size_t>(1, 7));
  for (MappedLayer& layer : layers) {
    layer.conversion = *rc::gen::inRange<uint64_t>(0, 40);
    for (auto& cycles : layer.cycles)
      if (*rc::gen::inRange(0, 5) != 0) cycles = *rc::gen::inRange<uint64_t>(1, 60);
    layer.cycles[2] = 50;
  }
  const NetworkMapping mapping = map_network(layers, operand);
  RC_ASSERT(mapping.total == cheapest_of_all(layers, operand, 0, std::nullopt));
  RC_ASSERT(mapping.total == cost_of(layers, sequence(mapping), operand).total);
  RC_ASSERT(mapping.total <= best_per_layer(layers, operand).total);
}

}  // namespace
}  // namespace nonzero::test
