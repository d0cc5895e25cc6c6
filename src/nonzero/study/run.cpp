#include "nonzero/study/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>

#include "nonzero/base/error.h"
#include "nonzero/base/memory.h"
#include "nonzero/base/parallel.h"
#include "nonzero/base/random.h"
#include "nonzero/reference/integer_convolution.h"
#include "nonzero/reference/product.h"
#include "nonzero/study/judge_attention.h"
#include "nonzero/workload/operands.h"

namespace nonzero {
namespace {

// An exported step is met within this share of each tensor's largest value.
constexpr double kStepTolerance = 1e-3;

double largest_difference(const std::vector<float>& ours, const std::vector<float>& theirs) {
  double difference = 0, most = 0;
  for (size_t i = 0; i < theirs.size(); ++i) {
    const double one = std::fabs(static_cast<double>(ours[i]) - static_cast<double>(theirs[i]));
    if (std::isnan(one)) return one;
    difference = std::max(difference, one);
    most = std::max(most, std::fabs(static_cast<double>(theirs[i])));
  }
  return most > 0 ? difference / most : difference;
}

// The rows that are kept; the others are empty.
template <class Rows>
Rows rows_of(const Rows& matrix, const std::vector<char>& kept) {
  Rows some{matrix.rows, matrix.columns, {0}, {}, {}};
  some.offsets.reserve(matrix.rows + 1);
  for (uint64_t row = 0; row < matrix.rows; ++row) {
    for (uint64_t e = matrix.offsets[row]; kept[row] != 0 && e < matrix.offsets[row + 1]; ++e) {
      some.indices.push_back(matrix.indices[e]);
      some.values.push_back(matrix.values[e]);
    }
    some.offsets.push_back(some.indices.size());
  }
  return some;
}

DataType type_of(const Result& result) {
  const std::vector<std::string> names = data_type_names();
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == result.operand_type) return static_cast<DataType>(i);
  throw std::logic_error("a result of unknown data type " + result.operand_type);
}

// The tensors that a machine left, against those exported with the step: the largest difference as a share
// of the exported tensor's largest value.
void judge_step(Result& result, const TrainingStep& step) {
  if (result.tensors.empty()) return;
  const StepTensors exported = step.tensors();
  uint64_t nnz = 0;
  for (const OutputTensor& ours : result.tensors) {
    const std::vector<float>& theirs = ours.name == "y"    ? exported.y
                                       : ours.name == "dx" ? exported.dx
                                                           : exported.dw;
    for (const float value : ours.values) nnz += value != 0;
    if (theirs.empty()) continue;
    const double error = largest_difference(ours.values, theirs);
    if (!(error <= kStepTolerance))
      throw InputError(
          fmt::format("{} of layer '{}' differs from the exported one by {:.3g} of its largest value",
                      ours.name, result.operation, error),
          fmt::format("allowed: {}", kStepTolerance));
    result.output.checked = true;
    result.output.method = "exported tensors";
    result.output.relative_error = std::max(result.output.relative_error, error);
  }
  result.output.nnz = nnz;
}

[[noreturn]] void refuse_product(const Result& result, double error, double allowed) {
  throw std::logic_error(fmt::format("{} on {}: the product is wrong, relative error {} (allowed {})",
                                     result.accelerator, result.operation, error, allowed));
}

// Accumulators are held to the plain convolution, exactly.
void judge_convolution(Result& result, const Operation& operation) {
  if (!result.product) return;
  IntegerLayer layer = *operation.convolution()->layer;
  if (result.weights) layer.weights = *result.weights;
  const std::shared_ptr<const IntegerActivations> input = integer_activations(operation);
  const bool compare = layer.shape.multiplications() <= kMostComparedMultiplications;
  const bool right = compare ? reference::equals(*result.product, reference::convolve(layer, *input))
                             : reference::passes_freivalds(layer, *input, *result.product, operation.seed);
  result.output.checked = true;
  result.output.method = compare ? "reference" : "freivalds";
  result.output.relative_error = 0;
  if (!right) refuse_product(result, 1, 0);
}

// Freivalds' check is of (plus, times) alone: of a large product in another semiring a sample of rows is compared.
void judge_semiring(Result& result, const Operation& operation, const Csr& a, const Csr& b, DataType type) {
  constexpr uint64_t kSampledRows = 64;
  const bool all = result.multiplications_effectual <= kMostComparedMultiplications;
  std::vector<char> kept(a.rows, all);
  Random random(derive_seed(operation.seed, 9));
  for (uint64_t i = 0; !all && i < kSampledRows; ++i) kept[random.below(a.rows)] = 1;
  const double error = reference::relative_error(
      all ? *result.product : rows_of(*result.product, kept),
      reference::multiply(all ? a : rows_of(a, kept), b, operation.gemm().semiring));
  const double allowed = reference::tolerance(is_integer(type), operation.k());
  result.output.checked = true;
  result.output.method = all ? "reference" : "reference rows";
  result.output.relative_error = error;
  if (!(error <= allowed)) refuse_product(result, error, allowed);
}

void judge(Result& result, const Operation& operation) {
  if (const TrainingStep* step = operation.step()) judge_step(result, *step);
  if (operation.convolution() != nullptr) {
    judge_convolution(result, operation);
    return;
  }
  if (!result.product) return;
  if (operation.attention() != nullptr) {
    const double allowed = reference::tolerance(false, operation.k());
    const double error = judge_attention(result, operation, kMostComparedMultiplications);
    if (!(error <= allowed)) refuse_product(result, error, allowed);
    return;
  }
  const DataType type = type_of(result);
  const Operand& a = operation.gemm().a;
  const Operand& b = operation.gemm().b;
  const Csr rounded_a = with_values(*a.matrix(), a.value_seed(), type, false);
  const Csr rounded_b = with_values(*b.matrix(), b.value_seed(), type, false);
  if (operation.gemm().semiring != Semiring::kPlusTimes) {
    judge_semiring(result, operation, rounded_a, rounded_b, type);
    return;
  }
  const bool compare = result.multiplications_effectual <= kMostComparedMultiplications;
  const double error =
      compare ? reference::relative_error(*result.product, reference::multiply(rounded_a, rounded_b))
              : reference::freivalds_error(rounded_a, rounded_b, *result.product, operation.seed);
  const double allowed = reference::tolerance(is_integer(type), operation.k());
  result.output.checked = true;
  result.output.method = compare ? "reference" : "freivalds";
  result.output.relative_error = error;
  if (!(error <= allowed)) refuse_product(result, error, allowed);
}

// Before anything is computed: an index, a value and their copy in the judge for each output that may
// arise.
void require_memory_for_product(const Operation& operation) {
  if (operation.step() != nullptr) return;  // the machine knows what it lowers
  if (const Attention* attention = operation.attention()) {
    // Q, K, V and Z as values, Z as a product and in the judge.
    constexpr double kBytesPerElement = 4 * sizeof(float) + sizeof(uint32_t) + 2 * sizeof(double);
    require_memory(static_cast<double>(attention->heads) * static_cast<double>(attention->tokens) *
                       static_cast<double>(attention->head_dim) * kBytesPerElement,
                   fmt::format("Q, K, V and Z of {} (--output none computes none)", operation.name));
    return;
  }
  const double outputs = static_cast<double>(operation.m()) * static_cast<double>(operation.n());
  const double products = static_cast<double>(expected_effectual(operation));
  constexpr double kBytesPerOutput = 2 * (sizeof(uint32_t) + sizeof(double));
  require_memory(std::min(outputs, products) * kBytesPerOutput,
                 fmt::format("the product of {} (--output none computes none)", operation.name));
}

}  // namespace

RunResult run_study(const Accelerator& machine, std::span<const Operation> operations,
                    const StudyOptions& options) {
  SimulateOptions simulate;
  simulate.compute_product = options.output != OutputMode::kNone;
  simulate.timeline = options.timeline;
  simulate.views = options.views;
  simulate.concurrent = options.concurrent;
  if (simulate.compute_product)
    for (const Operation& operation : operations) require_memory_for_product(operation);
  RunResult all;
  // One operation at a time, unless they share the machine: the operands of a long network never
  // stand in memory together.
  const size_t at_once = options.concurrent ? operations.size() : 1;
  for (size_t i = 0; i < operations.size(); i += at_once) {
    if (options.progress != nullptr) options.progress->step(operations[i].name, i, operations.size());
    const bool hold = options.wall && std::holds_alternative<Gemm>(operations[i].body);
    const std::shared_ptr<const Matrix> a = hold ? operations[i].gemm().a.matrix() : nullptr;
    const std::shared_ptr<const Matrix> b = hold ? operations[i].gemm().b.matrix() : nullptr;
    simulate.previous = i > 0 ? &operations[i - 1] : nullptr;
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
      result.tensors.clear();
      result.weights.reset();
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
  std::vector<RunResult> runs(machines.size());
  const auto run = [&](uint64_t i) { runs[i] = run_study(*machines[i], operations, options); };
  // Machines side by side, unless their own time is what is asked for.
  if (options.wall)
    for (uint64_t i = 0; i < machines.size(); ++i) run(i);
  else
    parallel_for(machines.size(), run);
  return runs;
}

}  // namespace nonzero
