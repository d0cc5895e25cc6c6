#pragma once

#include "nonzero/arch/accelerator.h"
#include "nonzero/arch/attention_peers/pim_config.h"
#include "nonzero/arch/billing.h"

namespace nonzero::attention_peers {

enum class PimFormat : uint8_t { kCsr, kDiagonals };

// Attention in DRAM banks with SIMD units, as FIMDRAM has them [paper: the baseline of ASADI; model: choice].
// Only Q K^T and S V are timed; softmax and linear layers are not.
class Pim : public Accelerator {
 public:
  Pim(const char* name, PimFormat format, const PimConfig& config);

  [[nodiscard]] std::optional<std::string> refuses(const Operation& operation) const override;
  [[nodiscard]] RunResult simulate(std::span<const Operation> operations,
                                   const SimulateOptions& options) const override;
  [[nodiscard]] std::vector<BillLine> bill() const override;

 private:
  const char* name_;
  PimFormat format_;
  PimConfig config_;
  Billing billing_;
};

class PimCsr final : public Pim {
 public:
  using Config = PimConfig;
  static constexpr const char* kName = "pim-csr";
  static constexpr const char* kSummary =
      "FIMDRAM-like PIM, scores in CSR: K and V rows fetched per non-zero";
  static std::span<const ConfigField> fields() { return pim_fields(); }
  static void check(const Config&) {}

  explicit PimCsr(const Config& config) : Pim(kName, PimFormat::kCsr, config) {}
};

class PimDia final : public Pim {
 public:
  using Config = PimConfig;
  static constexpr const char* kName = "pim-dia";
  static constexpr const char* kSummary =
      "The same PIM with ASADI's diagonals: V of the window in its own bank";
  static std::span<const ConfigField> fields() { return pim_fields(); }
  static void check(const Config&) {}

  explicit PimDia(const Config& config) : Pim(kName, PimFormat::kDiagonals, config) {}
};

}  // namespace nonzero::attention_peers
