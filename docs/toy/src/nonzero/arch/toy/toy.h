#pragma once

#include "nonzero/arch/accelerator.h"

namespace nonzero::toy {

// A row of multipliers that takes one element of A at a time and streams the matching row of B past
// it (row-wise product, after Gustavson, ACM TOMS 1978).
class Toy final : public Accelerator {
 public:
  struct Config {
    int64_t multipliers = 16;
    double clock_mhz = 1000;
  };
  static constexpr const char* kName = "toy";
  static constexpr const char* kSummary = "One row of multipliers, row-wise product (documentation)";
  static std::span<const ConfigField> fields();
  static void check(const Config&) {}

  explicit Toy(const Config& config) : config_(config) {}

  [[nodiscard]] std::optional<std::string> refuses(const Operation& operation) const override;
  [[nodiscard]] RunResult simulate(std::span<const Operation> operations,
                                   const SimulateOptions& options) const override;
  [[nodiscard]] std::vector<BillLine> bill() const override { return {}; }

 private:
  [[nodiscard]] Result simulate_one(const Operation& operation, const SimulateOptions& options) const;

  Config config_;
};

}  // namespace nonzero::toy
