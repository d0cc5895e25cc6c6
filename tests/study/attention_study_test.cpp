#include "nonzero/study/attention_study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nonzero/arch/list.h"
#include "nonzero/base/error.h"
#include "nonzero/tensor/attention_masks.h"
#include "nonzero/tensor/diagonal.h"
#include "nonzero/workload/attention_files.h"
#include "nonzero/workload/attention_models.h"
#include "nonzero/workload/attention_workload.h"
#include "support/data.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::draw_pattern;
using testing::ElementsAre;

Operation attention_of(const Csr& mask, uint64_t heads) {
  return attention_operation("a",
                             {mask.rows, heads, 64, {std::make_shared<const Csr>(mask)}, "test", nullptr});
}

// The paper's example: 12 of its 17 elements lie in the window of 3, one bubble stays in 18 slots.
TEST(AttentionPattern, counts_what_the_paper_counts_in_its_example) {
  const Csr mask = draw_pattern({"x x . x x .",  //
                                 "x x . . . x",  //
                                 ". x x x . .",  //
                                 "x . . . . .",  //
                                 ". . . x x x",  //
                                 ". . x . x x"});
  const AttentionPattern p = attention_pattern(attention_of(mask, 2), parse_window("3"));
  EXPECT_EQ(p.nnz, 34U);  // of two heads
  EXPECT_EQ(p.window, 3U);
  EXPECT_EQ(p.diagonals, 3U);
  EXPECT_EQ(p.overflow, 0U);
  EXPECT_EQ(p.slots, 36U);
  EXPECT_EQ(p.moved, 10U);
  EXPECT_EQ(p.bits, 2U * 606);
  EXPECT_EQ(p.csr_bits, 2U * 819);
  EXPECT_EQ(p.empty_rows, 0U);
}

TEST(AttentionPattern, a_sliding_window_lies_within_itself) {
  const AttentionPattern p =
      attention_pattern(attention_of(attention_mask("window", 512), 12), parse_window("n/8"));
  EXPECT_NEAR(p.density, 0.1211, 5e-5);
  EXPECT_EQ(p.within[2], 1);
  EXPECT_EQ(p.within[3], 1);
  EXPECT_LT(p.within[1], 0.52);
  EXPECT_EQ(p.diagonals, 64U);
  EXPECT_EQ(p.moved, 0U);
}

TEST(AttentionPattern, of_heads_with_masks_of_their_own_reports_the_one_with_most_diagonals) {
  Attention attention{4, 2, 64, {}, "test", nullptr};
  attention.masks = {std::make_shared<const Csr>(attention_mask("dense", 4)),
                     std::make_shared<const Csr>(draw_pattern({"x . . .", ". x . .", ". . . .", ". . . x"}))};
  const AttentionPattern p = attention_pattern(attention_operation("a", attention), parse_window("1"));
  EXPECT_EQ(p.nnz, 19U);
  EXPECT_EQ(p.diagonals, 4U);
  EXPECT_EQ(p.overflow, 3U);
  EXPECT_EQ(p.slots, 16U + 4);
  EXPECT_EQ(p.empty_rows, 1U);
}

TEST(WindowChoice, is_a_number_a_share_or_automatic) {
  EXPECT_EQ(parse_window("17").diagonals, 17U);
  EXPECT_EQ(parse_window("n/32").share, 32U);
  EXPECT_TRUE(parse_window("auto").automatic);
  EXPECT_THAT(window_settings(parse_window("n/16"), 512),
              ElementsAre("asadi.window=32", "reram-csr.window=32", "pim-dia.window=32"));
  EXPECT_THAT(
      window_settings(parse_window("auto"), 512),
      ElementsAre("asadi.window_rule=auto", "reram-csr.window_rule=auto", "pim-dia.window_rule=auto"));
  for (const char* wrong : {"0", "n/7", "-3", "8x", ""})
    EXPECT_THROW(parse_window(wrong), InputError) << wrong;
  const Operation operation = attention_of(attention_mask("dense", 4), 1);
  EXPECT_THROW(attention_pattern(operation, parse_window("8")), InputError);
  EXPECT_EQ(attention_pattern(operation, parse_window("7")).diagonals, 7U);
}

// Acceptance 7: the 10 % case takes n/8, and no window has fewer empty slots than elements outside it
// before n/4 is reached.
TEST(WindowChoice, automatic_takes_an_eighth_at_a_tenth_of_density) {
  const Csr mask = attention_mask("diagloc:rho=0.1,phi=0.5,w=64,seed=7", 512);
  EXPECT_EQ(attention_pattern(attention_of(mask, 1), parse_window("auto")).window, 64U);
}

TEST(DesignTotal, counts_repeats_and_keeps_every_clock_its_own) {
  RunResult run;
  for (const uint64_t repeat : {uint64_t{1}, uint64_t{3}}) {
    Result result;
    result.accelerator = "x";
    result.cycles = 1000;
    result.clock_hz = 5e8;
    result.repeat = repeat;
    result.energy_pj.total = 10;
    run.results.push_back(result);
  }
  run.makespan_cycles = 5000;
  const DesignTotal total = design_total(run);
  EXPECT_DOUBLE_EQ(total.seconds, 8e-6);
  EXPECT_DOUBLE_EQ(total.energy_pj, 40);
  EXPECT_DOUBLE_EQ(total.batch_seconds, 1e-5);
  EXPECT_FALSE(total.interval_seconds);  // no machine, no pipeline
  EXPECT_FALSE(total.beyond_capacity);
}

std::unique_ptr<Accelerator> machine(const std::string& name, const std::vector<std::string>& settings = {}) {
  return find_accelerator(name).make("", "", settings);
}

// 18 attentions on 12 PEs: six of these have two to do between one batch and the next.
TEST(DesignTotal, batches_follow_each_other_at_the_pace_of_the_busiest_pe) {
  const Csr mask = attention_mask("window:w=4", 32);
  const std::vector<Operation> layers(18, attention_of(mask, 2));
  const auto asadi = machine("asadi"), pim = machine("pim-csr");
  const RunResult run = run_study(*asadi, layers, {});
  EXPECT_DOUBLE_EQ(design_total(run, *asadi).interval_seconds.value(), 2 * run.results[0].seconds());
  EXPECT_FALSE(design_total(run_study(*pim, layers, {}), *pim).interval_seconds);
}

TEST(DesignTotal, says_what_lies_beyond_the_arrays) {
  const std::vector<Operation> one = {attention_of(attention_mask("longformer:window=2", 4096), 1)};
  const auto asadi = machine("asadi", {"check_capacity=false"});
  EXPECT_TRUE(design_total(run_study(*asadi, one, {}), *asadi).beyond_capacity);
}

TEST(Sensitivity, has_a_point_per_window_and_per_threshold) {
  const std::vector<Operation> operations = {
      attention_of(attention_mask("diagloc:rho=0.1,phi=0.5,seed=7", 128), 2)};
  const DesignTotal base = design_total(run_study(*machine("pim-csr"), operations, {}));
  const Sensitivity by_window = window_sensitivity(
      operations, base, [](const std::string& setting) { return machine("asadi", {setting}); });
  EXPECT_THAT(by_window.x, ElementsAre(2, 4, 8, 16, 32, 64));
  const DesignTotal eighth = design_total(run_study(*machine("asadi"), operations, {}));
  EXPECT_DOUBLE_EQ(by_window.speedup[3], base.seconds / eighth.seconds);

  const auto kept = [&](double threshold) {
    return std::vector<Operation>{
        attention_of(attention_mask(threshold < 1 ? "dense" : "window:w=1", 16), 1)};
  };
  const double thresholds[] = {0.5, 1.5};
  const Sensitivity by_threshold =
      threshold_sensitivity(thresholds, kept, *machine("asadi"), *machine("pim-csr"));
  EXPECT_THAT(by_threshold.x, ElementsAre(0.5, 1.5));
  EXPECT_NE(by_threshold.speedup[0], by_threshold.speedup[1]);
}

// What nonzero prints for the attention weights at hand, p > 2e-3: the table of docs/attention.md.
TEST(AttentionPattern, of_real_attention_lies_near_the_diagonal_more_than_chance) {
  NONZERO_NEEDS_SHARED_DATA(data);
  for (const char* name : {"kwt1_yes", "stories260K_shakespeare_T128", "stories260K_story_T256"}) {
    AttentionOptions options;
    options.scores = (data / "attention" / (std::string(name) + ".npz")).string();
    const Workload workload = attention_workload(options);
    uint64_t nnz = 0, within = 0;
    double chance = 0;
    for (const AttentionPattern& p : attention_patterns(workload.operations, parse_window("n/8"))) {
      nnz += p.nnz;
      within += elements_within(p.profile, p.tokens / 8);
      chance = 1.0 / 8;
      EXPECT_EQ(p.empty_rows, 0U);
    }
    EXPECT_GT(static_cast<double>(within) / static_cast<double>(nnz), chance) << name;
  }
}

}  // namespace
}  // namespace nonzero
