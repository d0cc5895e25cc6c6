#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "support/machines.h"
#include "support/steps.h"

namespace nonzero {
namespace {

using testing::ElementsAre;

double largest_error(const std::vector<float>& ours, const std::vector<float>& theirs) {
  double error = 0, most = 0;
  for (size_t i = 0; i < theirs.size(); ++i) {
    error = std::max(error, std::fabs(static_cast<double>(ours[i]) - static_cast<double>(theirs[i])));
    most = std::max(most, std::fabs(static_cast<double>(theirs[i])));
  }
  return most > 0 ? error / most : error;
}

std::vector<float> tensor(const Result& r, const std::string& name) {
  for (const OutputTensor& t : r.tensors)
    if (t.name == name) return t.values;
  return {};
}

std::vector<std::string> settings_of(const StepRule& rule, std::vector<std::string> more = {}) {
  for (const std::string& s : step_settings(rule)) more.push_back(s);
  return more;
}

StepShape gen_shape() {
  using rc::gen::inRange;
  if (*rc::gen::arbitrary<bool>())
    return StepShape::linear(*inRange<uint64_t>(1, 5), *inRange<uint64_t>(1, 20), *inRange<uint64_t>(1, 20),
                             *inRange<uint64_t>(1, 4));
  const uint64_t kernel = *inRange<uint64_t>(1, 4);
  return StepShape::conv(*inRange<uint64_t>(1, 3), *inRange<uint64_t>(1, 12), *inRange<uint64_t>(1, 12),
                         kernel, *inRange<uint64_t>(1, 4), *inRange<uint64_t>(0, kernel),
                         kernel + *inRange<uint64_t>(0, 5));
}

StepRule gen_rule() {
  return {*rc::gen::element(PruningMethod::kDense, PruningMethod::kSrste, PruningMethod::kBponly,
                            PruningMethod::kTransposable, PruningMethod::kBdwp),
          *rc::gen::elementOf(std::vector<NmRatio>{{2, 8}, {2, 4}, {1, 4}}), *rc::gen::arbitrary<bool>()};
}

// Acceptance 9: forward, strided backward and update against the definition of a convolution.
TEST(SatProduct, is_the_layer_s_y_dx_and_dw) {
  EXPECT_TRUE(rc::check([] {
    const StepShape shape = gen_shape();
    const StepRule rule = gen_rule();
    const StepTensors t = test::drawn_step(shape, rule, *rc::gen::inRange<uint64_t>(0, 1000));
    const std::string flow = *rc::gen::element<std::string>("os", "ws", "auto");
    const Result r =
        test::simulate("sat", settings_of(rule, {"dataflow=" + flow}), test::step_with(shape, rule, t), true);
    RC_ASSERT(largest_error(tensor(r, "y"), t.y) < 1e-5);
    RC_ASSERT(largest_error(tensor(r, "dx"), t.dx) < 1e-5);
    RC_ASSERT(largest_error(tensor(r, "dw"), t.dw) < 1e-5);
  }));
}

// A 4 x 4 array ticked PE by PE: the same cycles and, to the bit, the same tensors.
TEST(SatProduct, stepped_gives_the_cycles_of_the_formulas_and_the_same_tensors) {
  EXPECT_TRUE(rc::check([] {
    const StepShape shape = gen_shape();
    const StepRule rule = gen_rule();
    const StepTensors t = test::drawn_step(shape, rule, *rc::gen::inRange<uint64_t>(0, 1000));
    std::vector<std::string> settings =
        settings_of(rule, {"rows=4", "columns=4", "psum_buf_mib=0.001", "dram=ideal",
                           "dataflow=" + *rc::gen::element<std::string>("os", "ws")});
    const Operation op = test::step_with(shape, rule, t);
    const Result fast = test::simulate("sat", settings, op, true);
    settings.emplace_back("stepped=true");
    const Result slow = test::simulate("sat", settings, op, true);
    RC_ASSERT(slow.cycles == fast.cycles);
    uint64_t passes = 0;
    for (const Stage& stage : slow.stages)
      if (!stage.gemms.empty()) passes += stage.cycles;
    RC_ASSERT(slow.counters.get("stce.stepped_cycles") == passes);
    for (const char* name : {"y", "dx", "dw"}) RC_ASSERT(tensor(fast, name) == tensor(slow, name));
  }));
}

// SDGP: dx comes from the N largest of M output channels of dy at each position; dw from all of dy.
TEST(SatProduct, sdgp_sends_the_largest_gradients_back) {
  const StepRule rule{PruningMethod::kSdgp, {2, 4}, false};
  for (const StepShape& shape : {StepShape::conv(2, 5, 9, 3, 2, 1, 7), StepShape::linear(3, 6, 9, 2)}) {
    StepTensors t = test::drawn_step(shape, rule, 11);
    StepTensors pruned = t;
    const NmAxis axis = shape.type == StepLayerType::kLinear ? NmAxis{6, 9, 1} : NmAxis{2, 9, 16};
    pruned.dy = masked(t.dy, nm_mask(t.dy, axis, rule.ratio));
    test::compute_plainly(shape, pruned);
    for (const char* stepped : {"false", "true"}) {
      const Result r =
          test::simulate("sat", settings_of(rule, {"rows=8", "columns=8", std::string("stepped=") + stepped}),
                         test::step_with(shape, rule, t), true);
      EXPECT_LT(largest_error(tensor(r, "dx"), pruned.dx), 1e-5);
      EXPECT_LT(largest_error(tensor(r, "dw"), t.dw), 1e-5);
      EXPECT_LT(largest_error(tensor(r, "y"), t.y), 1e-5);
    }
  }
}

// specs/sat, "Worked masks", as a linear layer of 4 x 4 at 2:4.
TEST(SatProduct, of_the_worked_weights) {
  const StepShape shape = StepShape::linear(1, 4, 4);
  StepTensors t;
  t.weight = {4, -1, 3, 2, 1, 5, -2, -2, -3, 2, 2, 1, 2, -6, 1, 4};
  t.x = {1, 2, 3, 4};
  t.dy = {1, -1, 2, 1};
  const StepRule rule{PruningMethod::kBdwp, {2, 4}, false};
  const Result r = test::simulate("sat", settings_of(rule), test::step_with(shape, rule, t), true);
  EXPECT_THAT(tensor(r, "y"), ElementsAre(13, 4, 1, 4));
  EXPECT_THAT(tensor(r, "dx"), ElementsAre(-2, -11, 5, 6));
  EXPECT_THAT(tensor(r, "dw"), ElementsAre(1, 2, 3, 4, -1, -2, -3, -4, 2, 4, 6, 8, 1, 2, 3, 4));
}

TEST(SatProduct, counts_the_products_of_two_non_zeros) {
  const StepShape shape = StepShape::linear(1, 4, 4);
  StepTensors t;
  t.weight = std::vector<float>(16, 1);
  t.x = {1, 0, 0, 0};
  t.dy = {0, 0, 0, 1};
  const StepRule rule{PruningMethod::kDense, {2, 4}, false};
  const Result r = test::simulate("sat", settings_of(rule), test::step_with(shape, rule, t), true);
  EXPECT_EQ(r.multiplications_effectual, 4U + 4 + 1);
  EXPECT_EQ(r.pe_cycles.get("useful"), 9U);
  EXPECT_EQ(r.pe_cycles.get("zero_operand"), 3U * 16 - 9);
}

TEST(SatProduct, a_step_trained_otherwise_is_timed_but_not_followed) {
  const StepShape shape = StepShape::linear(1, 8, 8);
  const StepRule rule{PruningMethod::kBdwp, {2, 8}, false};
  const Operation op = test::step_with(shape, rule, test::drawn_step(shape, rule, 1));
  const Result r = test::simulate("sat", {"method=dense"}, op, true);
  EXPECT_TRUE(r.tensors.empty());
  EXPECT_THAT(r.notes, ElementsAre("the step was trained with bdwp 2:8: its tensors are not followed"));
}

// The marked layers were dense in the training: with other ones pruned its tensors are another network's.
TEST(SatProduct, a_step_with_other_layers_kept_dense_is_timed_but_not_followed) {
  const StepShape shape = StepShape::linear(1, 8, 8);
  const StepRule rule{PruningMethod::kBdwp, {2, 8}, false};
  const Operation op = test::step_with(shape, rule, test::drawn_step(shape, rule, 1));
  for (const char* exclude : {"exclude=none", "exclude=all"}) {
    const Result r = test::simulate("sat", settings_of(rule, {exclude}), op, true);
    EXPECT_TRUE(r.tensors.empty()) << exclude;
    EXPECT_THAT(r.notes, ElementsAre(testing::HasSubstr("with another exclude"))) << exclude;
  }
}

}  // namespace
}  // namespace nonzero
