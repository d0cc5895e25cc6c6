#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nonzero/arch/billing.h"
#include "nonzero/arch/flexagon/conversion.h"

namespace nonzero::flexagon {

// Components, events and their prices for this configuration, bottom-up from the technology table.
Billing make_billing(const Config& config);

// DRAM, and what leaks meanwhile.
double conversion_energy_pj(const Conversion& conversion, const Config& config);

// Flexagon, Table 8: the blocks of one of the four published designs.
struct PublishedDesign {
  struct Block {
    std::string name;
    double area_mm2 = 0, power_mw = 0;
  };
  std::vector<Block> blocks;

  [[nodiscard]] double area_mm2() const;
  [[nodiscard]] double power_mw() const;
};
// Nothing where the configuration's blocks are not those of a published design.
std::optional<PublishedDesign> published_design(const Config& config);

// The page's view of it.
nlohmann::ordered_json blocks_view(const PublishedDesign& design);

// The second report on energy: the published post-layout powers over the run, labelled as such.
std::optional<std::string> published_energy(uint64_t cycles, const Config& config);

}  // namespace nonzero::flexagon
