#include "nonzero/arch/attention_peers/pim_config.h"

#include "nonzero/tech/technology.h"

namespace nonzero::attention_peers {

std::span<const ConfigField> pim_fields() {
  static const ConfigFields<PimConfig> all = [] {
    constexpr int64_t kMost = int64_t{1} << 20;
    ConfigFields<PimConfig> f;
    f.whole(&PimConfig::banks, "banks", 1, kMost, {"banks", "each with a SIMD unit", "[choice]"})
        .whole(&PimConfig::lanes, "lanes", 1, kMost, {"lanes", "of a SIMD unit", "[choice]"})
        .real(&PimConfig::clock_mhz, "clock_mhz", 1, 100000, {"MHz", "clock", "[paper]"})
        .real(&PimConfig::row_access_ns, "row_access_ns", 0, 1e6,
              {"ns", "to open the row of K or V of a non-zero", "[choice]"})
        .real(&PimConfig::cross_bank_gb_per_second, "cross_bank_gb_per_second", 0.001, 1e9,
              {"GB/s", "path that all banks share", "[choice], calibrated to the lower end of ASADI's range"})
        .real(&PimConfig::memory_gb, "memory_gb", 0.000001, 1e6, {"GB", "of HBM2", "[paper]"})
        .whole(
            &PimConfig::window, "window", 0, 2 * kMost,
            {"diagonals", "whose elements need no other bank's V (pim-dia); 0: by window_rule", "[choice]"})
        .choice(&PimConfig::window_rule, "window_rule", asadi::window_rules(),
                {"", "window as a share of the sequence; auto: the smallest with enough empty slots",
                 "n/8, as ASADI's [paper]; auto [choice]"})
        .word(&PimConfig::data_type, "data_type", {"fp32"}, {"", "of the SIMD units", "[paper]"})
        .word(&PimConfig::technology, "technology", Technology::builtin_names(),
              {"", "technology table for area and energy", "[choice]"});
    return f;
  }();
  return all.all();
}

}  // namespace nonzero::attention_peers
