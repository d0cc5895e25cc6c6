#pragma once

#include "nonzero/arch/accelerator.h"
#include "nonzero/arch/billing.h"
#include "nonzero/arch/sigma/config.h"

namespace nonzero::sigma {

// SIGMA (Qin et al., HPCA 2020): Flex-DPEs behind Benes networks, reduced by FAN. See README.md in
// this folder for which section of the paper stands where.
class Sigma final : public Accelerator {
 public:
  using Config = sigma::Config;
  static constexpr const char* kName = "sigma";
  static constexpr const char* kSummary = "Flex-DPEs, Benes distribution, FAN reduction, bitmaps (HPCA 2020)";
  static std::span<const ConfigField> fields() { return sigma::fields(); }
  static void check(const Config& config) { sigma::check(config); }

  explicit Sigma(const Config& config);

  [[nodiscard]] std::optional<std::string> refuses(const Operation& operation) const override;
  [[nodiscard]] RunResult simulate(std::span<const Operation> operations,
                                   const SimulateOptions& options) const override;
  [[nodiscard]] std::vector<BillLine> bill() const override;

 private:
  Config config_;
  Billing billing_;
};

}  // namespace nonzero::sigma
