#pragma once

#include "nonzero/arch/accelerator.h"
#include "nonzero/arch/billing.h"
#include "nonzero/arch/scnn/config.h"

namespace nonzero::scnn {

// SCNN (Parashar et al., ISCA 2017): PEs that multiply every non-zero weight of an input channel with every
// non-zero activation, and scatter the products. README.md in this folder says what is the paper's.
class Machine : public Accelerator {
 public:
  Machine(const char* name, const Config& config);

  [[nodiscard]] std::optional<std::string> refuses(const Operation& operation) const override;
  [[nodiscard]] RunResult simulate(std::span<const Operation> operations,
                                   const SimulateOptions& options) const override;
  [[nodiscard]] std::vector<BillLine> bill() const override;

 private:
  const char* name_;
  Config config_;
  Billing billing_;
};

class Scnn final : public Machine {
 public:
  using Config = scnn::Config;
  static constexpr const char* kName = "scnn";
  static constexpr const char* kSummary =
      "Sparse weights times sparse activations, planar tiles (ISCA 2017), 16384 multipliers";
  static std::span<const ConfigField> fields() { return scnn::fields(); }
  static void check(const Config& config) { scnn::check(config); }

  explicit Scnn(const Config& config) : Machine(kName, config) {}
};

class ScnnLike final : public Machine {
 public:
  using Config = LikeConfig;
  static constexpr const char* kName = "scnn-like";
  static constexpr const char* kSummary = "SCNN with 512 int8 multipliers, BitWave's clock, buffers and DRAM";
  static std::span<const ConfigField> fields() { return scnn::fields(); }
  static void check(const Config& config) { scnn::check(config); }

  explicit ScnnLike(const Config& config) : Machine(kName, config) {}
};

}  // namespace nonzero::scnn
