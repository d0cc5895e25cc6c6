#pragma once

#include "nonzero/arch/accelerator.h"
#include "nonzero/arch/billing.h"
#include "nonzero/arch/flexagon/config.h"

namespace nonzero::flexagon {

// Flexagon (Munoz-Martinez et al., ASPLOS 2023): six dataflows on one array of multipliers, a network that
// merges and reduces, and a PSRAM. See README.md in this folder for which section of the paper stands where.
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

// The machine under one of its names: `Variant` has the defaults.
template <class Variant>
class Named final : public Machine {
 public:
  using Config = typename Variant::Config;
  static constexpr const char* kName = Variant::kName;
  static constexpr const char* kSummary = Variant::kSummary;
  static std::span<const ConfigField> fields() { return flexagon::fields(); }
  static void check(const Config& config) { flexagon::check(config); }

  explicit Named(const Config& config) : Machine(kName, config) {}
};

struct FlexagonVariant {
  using Config = flexagon::Config;
  static constexpr const char* kName = "flexagon";
  static constexpr const char* kSummary =
      "Six SpMSpM dataflows, merger-reduction network, PSRAM (ASPLOS 2023)";
};
struct SigmaLikeVariant {
  using Config = SigmaLikeConfig;
  static constexpr const char* kName = "sigma-like";
  static constexpr const char* kSummary = "Flexagon with inner product only, FAN, no PSRAM";
};
struct SparchLikeVariant {
  using Config = SparchLikeConfig;
  static constexpr const char* kName = "sparch-like";
  static constexpr const char* kSummary = "Flexagon with outer product only, merger, 256 KiB PSRAM";
};
struct GammaLikeVariant {
  using Config = GammaLikeConfig;
  static constexpr const char* kName = "gamma-like";
  static constexpr const char* kSummary = "Flexagon with Gustavson only, merger, 128 KiB PSRAM";
};

using Flexagon = Named<FlexagonVariant>;
using SigmaLike = Named<SigmaLikeVariant>;
using SparchLike = Named<SparchLikeVariant>;
using GammaLike = Named<GammaLikeVariant>;

}  // namespace nonzero::flexagon
