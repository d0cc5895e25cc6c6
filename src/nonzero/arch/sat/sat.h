#pragma once

#include "nonzero/arch/accelerator.h"
#include "nonzero/arch/billing.h"
#include "nonzero/arch/sat/config.h"

namespace nonzero::sat {

// SAT, the accelerator of N:M sparse training (Fang et al., TCAD 2023): one layer's training step at a time.
class Sat final : public Accelerator {
 public:
  using Config = sat::Config;
  static constexpr const char* kName = "sat";
  static constexpr const char* kSummary =
      "N:M sparse training, both passes pruned, on one systolic array (Fang et al., TCAD 2023)";
  static std::span<const ConfigField> fields() { return sat::fields(); }
  static void check(const Config& config) { sat::check(config); }

  explicit Sat(const Config& config);

  [[nodiscard]] std::optional<std::string> refuses(const Operation& operation) const override;
  [[nodiscard]] RunResult simulate(std::span<const Operation> operations,
                                   const SimulateOptions& options) const override;
  [[nodiscard]] std::vector<BillLine> bill() const override;

 private:
  Config config_;
  Billing billing_;
};

}  // namespace nonzero::sat
