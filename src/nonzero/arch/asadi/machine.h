#pragma once

#include "nonzero/arch/accelerator.h"
#include "nonzero/arch/asadi/head.h"
#include "nonzero/arch/asadi/pipeline.h"
#include "nonzero/arch/billing.h"

namespace nonzero::asadi {

// Ends the note of a result whose pattern the arrays could not hold.
inline constexpr const char* kBeyondCapacity = "timed as if the rows were long enough";

// Sparse attention in ReRAM arrays: a PE per encoder or decoder layer, a tile per head. ASADI and the designs
// that hold the scores in another way on the same machine.
class Machine : public Accelerator {
 public:
  Machine(const char* name, const Config& config, WalkHead walk);

  [[nodiscard]] std::optional<std::string> refuses(const Operation& operation) const override;
  [[nodiscard]] RunResult simulate(std::span<const Operation> operations,
                                   const SimulateOptions& options) const override;
  [[nodiscard]] std::vector<BillLine> bill() const override;
  // Of all layers, as simulated.
  [[nodiscard]] Pipeline pipeline(std::span<const Result> results) const;

 private:
  const char* name_;
  Config config_;
  WalkHead walk_;
  Billing billing_;
};

class Asadi final : public Machine {
 public:
  using Config = asadi::Config;
  static constexpr const char* kName = "asadi";
  static constexpr const char* kSummary =
      "Sparse attention by diagonals, computed inside ReRAM arrays (HPCA 2024), 12 encoders x 12 heads";
  static std::span<const ConfigField> fields() { return asadi::fields(); }
  static void check(const Config& config) { asadi::check(config); }

  explicit Asadi(const Config& config) : Machine(kName, config, walk_diagonals) {}
};

// Components, events and their prices for this configuration.
Billing make_billing(const Config& config);

}  // namespace nonzero::asadi
