#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nonzero/base/config.h"
#include "nonzero/base/progress.h"
#include "nonzero/result/result.h"
#include "nonzero/workload/operation.h"

namespace nonzero {

struct SimulateOptions {
  bool compute_product = false;  // follow the mapping with values; Result::product
  bool timeline = false;         // fill Result::timeline
  bool views = false;            // fill Result::views
  bool concurrent = false;       // several operations at once, where the machine can
  // What ran on the machine just before the first operation: its output may still be on the chip.
  const Operation* previous = nullptr;
  const Progress* progress = nullptr;
};

// Area and leakage of one component.
struct BillLine {
  std::string component;
  double area_mm2 = 0, leakage_mw = 0;
};

// The contract every machine keeps (design.md, "The contracts"): operations in, results out; no
// files, no printing, no global state.
class Accelerator {
 public:
  Accelerator() = default;
  Accelerator(const Accelerator&) = delete;
  Accelerator& operator=(const Accelerator&) = delete;
  virtual ~Accelerator() = default;

  // The reason why `operation` is refused, by name; nothing where it is supported.
  [[nodiscard]] virtual std::optional<std::string> refuses(const Operation& operation) const = 0;
  // Results in the order of `operations`. Throws InputError for a refused operation.
  [[nodiscard]] virtual RunResult simulate(std::span<const Operation> operations,
                                           const SimulateOptions& options) const = 0;
  [[nodiscard]] virtual std::vector<BillLine> bill() const = 0;
};

// Simulates one operation after the other and tells the progress. Throws InputError for an operation
// that `machine` refuses.
RunResult one_after_the_other(const Accelerator& machine, std::span<const Operation> operations,
                              const SimulateOptions& options,
                              const std::function<Result(const Operation&)>& simulate);

// The same for machines on which an operation may find what the one before it left on the chip: `before` is null
// for the first one, unless `options` names what ran earlier.
RunResult one_after_the_other(
    const Accelerator& machine, std::span<const Operation> operations, const SimulateOptions& options,
    const std::function<Result(const Operation& operation, const Operation* before)>& simulate);

// Why a machine that knows nothing but GEMMs, and of them no semiring but (plus, times), refuses `operation`, if
// it does.
std::optional<std::string> refuse_all_but_gemm(const char* machine, const Operation& operation);

// A design as the list of accelerators holds it.
struct Design {
  std::string name;
  std::vector<std::string> aliases;
  std::string summary;  // one line: what it is, which paper
  std::span<const ConfigField> fields;
  std::string defaults;  // commented YAML of the default configuration
  // A machine from YAML text (may be empty) and `key=value` assignments.
  std::function<std::unique_ptr<Accelerator>(const std::string& yaml, const std::string& file,
                                             std::span<const std::string> assignments)>
      make;
  // The configuration those give, as commented YAML.
  std::function<std::string(const std::string& yaml, const std::string& file,
                            std::span<const std::string> assignments)>
      expand;
  // Columns of the dense B of a machine that multiplies by nothing else; 0: of one that takes any B.
  uint64_t dense_columns = 0;
};

// A's dense_columns: its kDenseColumns where it names them.
template <class A>
constexpr uint64_t dense_columns_of() {
  if constexpr (requires { A::kDenseColumns; })
    return A::kDenseColumns;
  else
    return 0;
}

// The name and value of every field, as a Result carries them.
std::vector<std::pair<std::string, ConfigValue>> config_values(std::span<const ConfigField> fields,
                                                               const void* owner);

// Builds the list's entry for a machine class `A`, which names itself, its summary, its `Config`,
// `A::fields()` and `A::check(const Config&)` for rules that span fields; `A::kDenseColumns` where it has one.
template <class A>
Design design(std::vector<std::string> aliases = {}) {
  using Config = typename A::Config;
  const auto configure = [](const std::string& yaml, const std::string& file,
                            std::span<const std::string> assignments) {
    Config config;
    read_config(A::fields(), &config, yaml, file, A::kName);
    for (const std::string& assignment : assignments) set_field(A::fields(), &config, assignment);
    A::check(config);
    return config;
  };
  const Config defaults;
  return {A::kName,
          std::move(aliases),
          A::kSummary,
          A::fields(),
          write_config(A::fields(), &defaults, A::kName),
          [configure](const std::string& yaml, const std::string& file,
                      std::span<const std::string> assignments) -> std::unique_ptr<Accelerator> {
            return std::make_unique<A>(configure(yaml, file, assignments));
          },
          [configure](const std::string& yaml, const std::string& file,
                      std::span<const std::string> assignments) {
            const Config config = configure(yaml, file, assignments);
            return write_config(A::fields(), &config, A::kName);
          },
          dense_columns_of<A>()};
}

}  // namespace nonzero
