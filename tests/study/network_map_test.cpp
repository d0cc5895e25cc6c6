#include "nonzero/study/network_map.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

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
  return {{{100, 90, 120, 105, 95, 130}, 20, 1},
          {{200, 120, 180, 210, 125, 175}, 20, 1},
          {{80, 70, 60, 85, 75, 65}, 20, 1}};
}

TEST(NetworkMap, finds_the_sequence_that_saves_a_conversion) {
  const NetworkMapping mapping = map_network(example(), ActivationOperand::kA);
  EXPECT_EQ(mapping.total, 275U);
  EXPECT_EQ(sequence(mapping),
            (std::vector<Dataflow>{Dataflow::kOuterN, Dataflow::kOuterM, Dataflow::kGustavsonM}));
  EXPECT_EQ(best_per_layer(example(), ActivationOperand::kA).total, 290U);
}

TEST(NetworkMap, converts_nothing_between_dataflows_whose_formats_meet) {
  const std::vector<Dataflow> chain = {Dataflow::kInnerN, Dataflow::kOuterM, Dataflow::kGustavsonM};
  for (const MappingStep& step : cost_of(example(), chain, ActivationOperand::kA).steps)
    EXPECT_EQ(step.conversion, 0U);
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
  const std::vector<MappedLayer> layers = {{{9, 7, 7, 8, 7, 7}, 5, 1}};
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

// OP(M) reads A in CSC and leaves C in CSR; OP(N) reads what it leaves.
TEST(NetworkMap, converts_between_the_repeats_of_a_layer_that_does_not_read_what_it_leaves) {
  std::vector<MappedLayer> layers = {{{100, 90, 120, 105, 95, 130}, 20, 3}};
  const MappingStep outer = cost_of(layers, {{Dataflow::kOuterM}}, ActivationOperand::kA).steps[0];
  EXPECT_EQ(outer.cycles, 270U);
  EXPECT_EQ(outer.conversion, 40U);
  EXPECT_EQ(outer.conversions, 2U);
  EXPECT_EQ(map_network(layers, ActivationOperand::kA).total, 285U);  // OP(N)
  layers[0].repeat = 1;
  EXPECT_EQ(map_network(layers, ActivationOperand::kA).total, 90U);  // OP(M)
}

RC_GTEST_PROP(NetworkMap, costs_of_repeats_are_those_of_the_layers_written_out, ()) {
  const auto operand = *rc::gen::element(ActivationOperand::kA, ActivationOperand::kB);
  std::vector<MappedLayer> layers(*rc::gen::inRange<size_t>(1, 4)), written_out;
  for (MappedLayer& layer : layers) {
    layer.conversion = *rc::gen::inRange<uint64_t>(0, 40);
    layer.repeat = *rc::gen::inRange<uint64_t>(1, 5);
    for (auto& cycles : layer.cycles) cycles = *rc::gen::inRange<uint64_t>(1, 60);
    written_out.insert(written_out.end(), layer.repeat, {layer.cycles, layer.conversion, 1});
  }
  // Every sequence that holds each layer's repeats to one dataflow.
  uint64_t best = UINT64_MAX;
  const auto choices = static_cast<size_t>(std::pow(kDataflows.size(), layers.size()));
  for (size_t choice = 0; choice < choices; ++choice) {
    std::vector<Dataflow> short_form, long_form;
    size_t rest = choice;
    for (const MappedLayer& layer : layers) {
      short_form.push_back(kDataflows[rest % kDataflows.size()]);
      rest /= kDataflows.size();
      long_form.insert(long_form.end(), layer.repeat, short_form.back());
    }
    const uint64_t total = cost_of(written_out, long_form, operand).total;
    RC_ASSERT(cost_of(layers, short_form, operand).total == total);
    best = std::min(best, total);
  }
  RC_ASSERT(map_network(layers, operand).total == best);
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
