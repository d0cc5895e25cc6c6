#include <gtest/gtest.h>

#include <functional>

#include "nonzero/study/judge_attention.h"
#include "nonzero/study/run.h"
#include "support/attention.h"
#include "support/machines.h"

namespace nonzero::test {
namespace {

// ASADI with its Z spoiled.
class SpoiledAttention : public Accelerator {
 public:
  explicit SpoiledAttention(std::function<void(Product&)> spoil) : spoil_(std::move(spoil)) {}
  std::optional<std::string> refuses(const Operation&) const override { return std::nullopt; }
  std::vector<BillLine> bill() const override { return {}; }
  RunResult simulate(std::span<const Operation> operations, const SimulateOptions& options) const override {
    RunResult run = machine("asadi")->simulate(operations, options);
    for (Result& result : run.results) {
      Product z = *result.product;
      spoil_(z);
      result.product = std::make_shared<const Product>(std::move(z));
    }
    return run;
  }

 private:
  std::function<void(Product&)> spoil_;
};

Operation layer() { return described_attention("longformer:window=8", 48, 3, 8); }

RunResult checked(const Accelerator& machine, const Operation& operation) {
  StudyOptions options;
  options.output = OutputMode::kCheck;
  return run_study(machine, {&operation, 1}, options);
}

TEST(AttentionStudy, holds_z_to_the_plain_attention) {
  for (const char* name : {"asadi", "pim-csr", "pim-dia", "reram-csr", "asadi-dense"}) {
    SCOPED_TRACE(name);
    const Result result = checked(*machine(name), layer()).results.front();
    EXPECT_TRUE(result.output.checked);
    EXPECT_EQ(result.output.method, "reference");
    EXPECT_LT(result.output.relative_error, 1e-5);
    EXPECT_EQ(result.output.nnz, 3U * 48 * 8);
  }
}

TEST(AttentionStudy, judges_by_the_q_k_and_v_that_the_analog_modules_made) {
  const Result clipped =
      checked(*machine("asadi", {"linear_values=adc", "adc_bits=4"}), layer()).results.front();
  EXPECT_LT(clipped.output.relative_error, 1e-5);
  EXPECT_TRUE(clipped.tensors.empty());
}

TEST(AttentionStudy, lets_no_wrong_z_pass) {
  const auto refused = [](const std::function<void(Product&)>& spoil) {
    EXPECT_THROW(checked(SpoiledAttention(spoil), layer()), std::logic_error);
  };
  refused([](Product& z) { z.values[100] += 0.1; });
  refused([](Product& z) { z.values[0] = std::nan(""); });
  refused([](Product& z) { z.values.pop_back(); });
  refused([](Product& z) {
    std::swap_ranges(z.values.begin(), z.values.begin() + 48 * 8, z.values.end() - 48 * 8);
  });
}

// A sample of rows misses one wrong value, never a wrong head.
TEST(AttentionStudy, samples_rows_where_comparing_all_would_take_too_long) {
  const Operation op = layer();
  Result result = simulate("asadi", {}, op, true);
  EXPECT_LT(judge_attention(result, op, 10), 1e-5);
  EXPECT_EQ(result.output.method, "reference rows");
  Product z = *result.product;
  for (size_t i = 0; i < 48 * 8; ++i) z.values[i] *= 1.001;
  result.product = std::make_shared<const Product>(std::move(z));
  EXPECT_GT(judge_attention(result, op, 10), 1e-5);
}

TEST(AttentionStudy, layers_one_by_one_are_one_pipeline) {
  const std::vector<Operation> layers(12, layer());
  const RunResult run = run_study(*machine("asadi"), layers, {});
  EXPECT_EQ(run.makespan_cycles - run.sequential_cycles, 11U * 36);  // 48 x 24 words at 128 B a cycle
}

TEST(AttentionOperation, is_described_by_masks_and_tensors) {
  Operation op = layer();
  Result drawn;
  describe(drawn, op);
  EXPECT_EQ(drawn.kind, "attention");
  EXPECT_EQ(drawn.m, 48U);
  EXPECT_EQ(drawn.n, 48U);
  EXPECT_EQ(drawn.k, 8U);
  EXPECT_EQ(drawn.nnz_a, 3 * op.attention()->mask(0).nnz());
  EXPECT_EQ(drawn.a.source, "longformer:window=8");
  EXPECT_EQ(expected_effectual(op), 2 * drawn.nnz_a * 8);
  // The same numbers at hand are another source with another hash, and give the same product.
  std::get<Attention>(op.body).tensors = attention_tensors(op);
  Result given;
  describe(given, op);
  EXPECT_EQ(given.a.hash, drawn.a.hash);
  EXPECT_NE(given.b.hash, drawn.b.hash);
  EXPECT_EQ(simulate("asadi", {}, op, true).product->values,
            simulate("asadi", {}, layer(), true).product->values);
}

TEST(AttentionOperation, draws_other_numbers_from_another_seed) {
  Operation op = layer();
  const auto one = attention_tensors(op)->q;
  op.seed = 2;
  EXPECT_NE(attention_tensors(op)->q, one);
}

}  // namespace
}  // namespace nonzero::test
