#include "nonzero/study/run.h"

#include <gtest/gtest.h>

#include "support/machines.h"
#include "support/matrices.h"

namespace nonzero::test {
namespace {

// A machine whose product or accounts can be spoiled.
class Spoiled : public Accelerator {
 public:
  explicit Spoiled(std::function<void(Result&)> spoil) : spoil_(std::move(spoil)) {}
  std::optional<std::string> refuses(const Operation&) const override { return std::nullopt; }
  std::vector<BillLine> bill() const override { return {}; }
  RunResult simulate(std::span<const Operation> operations, const SimulateOptions& options) const override {
    RunResult run = machine("sigma")->simulate(operations, options);
    for (Result& result : run.results) spoil_(result);
    return run;
  }

 private:
  std::function<void(Result&)> spoil_;
};

Operation small() { return random_gemm("small", 20, 30, 40, 0.3, 0.3, 1); }

RunResult study(const Accelerator& machine, const std::vector<Operation>& operations, OutputMode output) {
  StudyOptions options;
  options.output = output;
  return run_study(machine, operations, options);
}

TEST(Study, checks_a_product_against_the_reference) {
  const RunResult run = study(*machine("sigma"), {small()}, OutputMode::kCheck);
  EXPECT_TRUE(run.results[0].output.checked);
  EXPECT_EQ(run.results[0].output.method, "reference");
  EXPECT_EQ(run.results[0].product, nullptr);
}

TEST(Study, keeps_the_product_where_asked_and_computes_none_where_not) {
  EXPECT_NE(study(*machine("sigma"), {small()}, OutputMode::kKeep).results[0].product, nullptr);
  const RunResult none = study(*machine("sigma"), {small()}, OutputMode::kNone);
  EXPECT_EQ(none.results[0].product, nullptr);
  EXPECT_FALSE(none.results[0].output.checked);
}

TEST(Study, lets_no_wrong_product_pass) {
  const Spoiled wrong([](Result& result) {
    Product product = *result.product;
    product.values[product.values.size() / 2] *= 1.01;
    result.product = std::make_shared<const Product>(std::move(product));
  });
  EXPECT_THROW(study(wrong, {small()}, OutputMode::kCheck), std::logic_error);
}

TEST(Study, lets_no_product_pass_that_is_not_a_number) {
  const Spoiled wrong([](Result& result) {
    Product product = *result.product;
    product.values[0] = std::nan("");
    result.product = std::make_shared<const Product>(std::move(product));
  });
  EXPECT_THROW(study(wrong, {small()}, OutputMode::kCheck), std::logic_error);
}

TEST(Study, lets_no_broken_account_pass) {
  EXPECT_THROW(study(Spoiled([](Result& r) { ++r.cycles; }), {small()}, OutputMode::kNone), std::logic_error);
  EXPECT_THROW(study(Spoiled([](Result& r) { r.pe_cycles.add("idle", 1); }), {small()}, OutputMode::kNone),
               std::logic_error);
}

TEST(Study, counts_an_operation_as_often_as_it_repeats) {
  Operation twice = small();
  twice.repeat = 2;
  const RunResult once = study(*machine("sigma"), {small()}, OutputMode::kNone);
  const RunResult run = study(*machine("sigma"), {small(), twice}, OutputMode::kNone);
  EXPECT_EQ(run.sequential_cycles, 3 * once.sequential_cycles);
  EXPECT_EQ(run.results[1].cycles, once.results[0].cycles);
}

TEST(Study, measures_wall_time_only_where_asked) {
  StudyOptions options;
  const std::vector<Operation> operations = {small()};
  EXPECT_FALSE(run_study(*machine("sigma"), operations, options).results[0].wall_seconds);
  options.wall = true;
  EXPECT_TRUE(run_study(*machine("sigma"), operations, options).results[0].wall_seconds);
}

TEST(Compare, gives_each_machine_the_same_operations_in_order) {
  std::vector<std::unique_ptr<Accelerator>> machines;
  machines.push_back(machine("sigma"));
  machines.push_back(machine("tpu"));
  const std::vector<Operation> operations = {small(), random_gemm("other", 5, 6, 7, 1, 1, 2)};
  const auto runs = compare_study(machines, operations, {});
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].results[0].accelerator, "sigma");
  EXPECT_EQ(runs[1].results[1].accelerator, "systolic");
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(runs[0].results[i].operation, operations[i].name);
    EXPECT_EQ(runs[0].results[i].multiplications_effectual, runs[1].results[i].multiplications_effectual);
  }
}

}  // namespace
}  // namespace nonzero::test
