#include "nonzero/study/run.h"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

#include "nonzero/reference/product.h"

namespace nonzero {
namespace {

DataType type_of(const Result& result) {
  const std::vector<std::string> names = data_type_names();
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == result.operand_type) return static_cast<DataType>(i);
  throw std::logic_error("a result of unknown data type " + result.operand_type);
}

void judge(Result& result, const Operation& operation) {
  if (!result.product) return;
  const DataType type = type_of(result);
  const Operand& a = operation.gemm().a;
  const Operand& b = operation.gemm().b;
  const Csr rounded_a = with_values(*a.matrix(), a.value_seed(), type, false);
  const Csr rounded_b = with_values(*b.matrix(), b.value_seed(), type, false);
  const bool compare = result.multiplications_effectual <= kMostComparedMultiplications;
  const double error =
      compare ? reference::relative_error(*result.product, reference::multiply(rounded_a, rounded_b))
              : reference::freivalds_error(rounded_a, rounded_b, *result.product, operation.seed);
  const double allowed = reference::tolerance(is_integer(type), operation.k());
  result.output.checked = true;
  result.output.method = compare ? "reference" : "freivalds";
  result.output.relative_error = error;
  if (!(error <= allowed))
    throw std::logic_error(fmt::format("{} on {}: the product is wrong, relative error {} (allowed {})",
                                       result.accelerator, result.operation, error, allowed));
}

}  // namespace

RunResult run_study(const Accelerator& machine, std::span<const Operation> operations, const StudyOptions& options) {
  SimulateOptions simulate;
  simulate.compute_product = options.output != OutputMode::kNone;
  simulate.timeline = options.timeline;
  simulate.views = options.views;
  simulate.concurrent = options.concurrent;
  RunResult all;
  // One operation at a time, unless they share the machine: the operands of a long network never
  // stand in memory together.
  const size_t at_once = options.concurrent ? operations.size() : 1;
  for (size_t i = 0; i < operations.size(); i += at_once) {
    if (options.progress != nullptr) options.progress->step(operations[i].name, i, operations.size());
    const std::shared_ptr<const Matrix> a = options.wall ? operations[i].gemm().a.matrix() : nullptr;
    const std::shared_ptr<const Matrix> b = options.wall ? operations[i].gemm().b.matrix() : nullptr;
    const auto begin = std::chrono::steady_clock::now();
    RunResult some = machine.simulate(operations.subspan(i, at_once), simulate);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    for (size_t j = 0; j < some.results.size(); ++j) {
      Result& result = some.results[j];
      if (options.wall) result.wall_seconds = wall.count();
      result.command = options.command;
      check_invariants(result);
      judge(result, operations[i + j]);
      if (options.output != OutputMode::kKeep) result.product.reset();
      all.results.push_back(std::move(result));
    }
    all.sequential_cycles += some.sequential_cycles;
    all.makespan_cycles += some.makespan_cycles;
  }
  if (options.progress != nullptr) options.progress->step("", operations.size(), operations.size());
  return all;
}

std::vector<RunResult> compare_study(std::span<const std::unique_ptr<Accelerator>> machines,
                                     std::span<const Operation> operations, const StudyOptions& options) {
  std::vector<RunResult> runs;
  for (const auto& machine : machines) runs.push_back(run_study(*machine, operations, options));
  return runs;
}

}  // namespace nonzero
