#pragma once

#include "nonzero/arch/accelerator.h"
#include "nonzero/arch/billing.h"
#include "nonzero/arch/hottiles/config.h"

namespace nonzero::hottiles {

// HotTiles (Gerogiannis et al., HPCA 2024): a sparse matrix times a dense one on cold workers, which fetch rows on
// demand, and hot workers, which stream whole tiles. See README.md in this folder.
class HotTiles final : public Accelerator {
 public:
  using Config = hottiles::Config;
  static constexpr const char* kName = "hottiles";
  static constexpr const char* kSummary =
      "SPADE and Sextans workers side by side, tiles split by model (HPCA 2024)";
  static constexpr uint64_t kDenseColumns = 32;  // the paper's K
  static std::span<const ConfigField> fields() { return hottiles::fields(); }
  static void check(const Config& config) { hottiles::check(config); }

  explicit HotTiles(const Config& config);

  // All semirings; a B with zeros is read as a dense one.
  [[nodiscard]] std::optional<std::string> refuses(const Operation& operation) const override;
  [[nodiscard]] RunResult simulate(std::span<const Operation> operations,
                                   const SimulateOptions& options) const override;
  [[nodiscard]] std::vector<BillLine> bill() const override;

 private:
  Config config_;
  Billing billing_;
};

}  // namespace nonzero::hottiles
