#pragma once

#include "nonzero/arch/accelerator.h"
#include "nonzero/arch/billing.h"
#include "nonzero/arch/bitwave/config.h"

namespace nonzero::bitwave {

class Bitwave final : public Accelerator {
 public:
  using Config = bitwave::Config;
  static constexpr const char* kName = "bitwave";
  static constexpr const char* kSummary =
      "Bit columns of int8 weights, zero ones skipped, seven unrollings, bit-flip (Shi et al., HPCA 2024)";
  static std::span<const ConfigField> fields() { return bitwave::fields(); }
  static void check(const Config& config) { bitwave::check(config); }

  explicit Bitwave(const Config& config);

  [[nodiscard]] std::optional<std::string> refuses(const Operation& operation) const override;
  [[nodiscard]] RunResult simulate(std::span<const Operation> operations,
                                   const SimulateOptions& options) const override;
  [[nodiscard]] std::vector<BillLine> bill() const override;

 private:
  Config config_;
  Billing billing_;
};

}  // namespace nonzero::bitwave
