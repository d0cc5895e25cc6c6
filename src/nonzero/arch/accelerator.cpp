#include "nonzero/arch/accelerator.h"

#include <fmt/format.h>

#include "nonzero/base/error.h"

namespace nonzero {

RunResult one_after_the_other(const Accelerator& machine, std::span<const Operation> operations,
                              const SimulateOptions& options,
                              const std::function<Result(const Operation&)>& simulate) {
  return one_after_the_other(machine, operations, options, [&](const Operation& operation, const Operation*) {
    return simulate(operation);
  });
}

RunResult one_after_the_other(
    const Accelerator& machine, std::span<const Operation> operations, const SimulateOptions& options,
    const std::function<Result(const Operation& operation, const Operation* before)>& simulate) {
  const Operation* before = options.previous;
  RunResult run;
  run.results.reserve(operations.size());
  for (const Operation& operation : operations) {
    if (const auto reason = machine.refuses(operation)) throw InputError(*reason);
    if (options.progress != nullptr)
      options.progress->step(operation.name, run.results.size(), operations.size());
    run.results.push_back(simulate(operation, before));
    before = &operation;
    run.sequential_cycles += run.results.back().cycles * operation.repeat;
  }
  run.makespan_cycles = run.sequential_cycles;
  return run;
}

std::optional<std::string> refuse_all_but_gemm(const char* machine, const Operation& operation) {
  const Gemm* gemm = std::get_if<Gemm>(&operation.body);
  if (gemm == nullptr) return fmt::format("{} does not support '{}' operations", machine, operation.kind);
  if (gemm->semiring == Semiring::kPlusTimes) return std::nullopt;
  return fmt::format("{} adds and multiplies; it does not know the semiring '{}'", machine,
                     name(gemm->semiring));
}

std::vector<std::pair<std::string, ConfigValue>> config_values(std::span<const ConfigField> fields,
                                                               const void* owner) {
  std::vector<std::pair<std::string, ConfigValue>> values;
  values.reserve(fields.size());
  for (const ConfigField& field : fields) values.emplace_back(field.name, field.get(owner));
  return values;
}

}  // namespace nonzero
