#pragma once

#include "nonzero/arch/accelerator.h"
#include "nonzero/arch/billing.h"
#include "nonzero/arch/systolic/config.h"

namespace nonzero::systolic {

// A TPU-like systolic array of any shape (SIGMA, Sec. III and VI; SCALE-Sim, arXiv 1811.02883).
class Systolic final : public Accelerator {
 public:
  using Config = systolic::Config;
  static constexpr const char* kName = "systolic";
  static constexpr const char* kSummary =
      "TPU-like systolic array, rows x columns (SIGMA's baseline, SCALE-Sim)";
  static std::span<const ConfigField> fields() { return systolic::fields(); }
  static void check(const Config& config) { systolic::check(config); }

  explicit Systolic(const Config& config);

  [[nodiscard]] std::optional<std::string> refuses(const Operation& operation) const override;
  [[nodiscard]] RunResult simulate(std::span<const Operation> operations,
                                   const SimulateOptions& options) const override;
  [[nodiscard]] std::vector<BillLine> bill() const override;

 private:
  Config config_;
  Billing billing_;
};

}  // namespace nonzero::systolic
