#include "nonzero/arch/flexagon/billing.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/arch/flexagon/psram_config.h"
#include "nonzero/hw/cost_spgemm.h"

namespace nonzero::flexagon {
namespace {

hw::ElementBits element_bits(const Config& config, const hw::Arithmetic& arithmetic) {
  hw::ElementBits bits;
  bits.value = arithmetic.operand_bits;
  const auto all = static_cast<uint32_t>(8 * config.element_bytes);
  bits.coordinate = std::max(bits.coordinate, all > bits.value ? all - bits.value : 0);
  return bits;
}

hw::CacheShape cache_shape(const Config& config) {
  hw::CacheShape shape;
  shape.bytes = static_cast<uint64_t>(config.str_cache_bytes);
  shape.line_bytes = static_cast<uint64_t>(config.str_cache_line_bytes);
  shape.ways = static_cast<uint64_t>(config.str_cache_ways);
  shape.banks = static_cast<uint64_t>(config.str_cache_banks);
  shape.bytes_per_cycle = static_cast<uint64_t>(config.dn_bandwidth * config.element_bytes);
  return shape;
}

hw::Block reduction_block(const Technology& tech, const Config& config, const hw::Arithmetic& arithmetic,
                          const hw::ElementBits& bits) {
  switch (config.rn_type) {
    case RnType::kFan:
      return hw::fan_block(tech, config.lanes(), arithmetic.adder, bits.word());
    case RnType::kMerger:
      return hw::merger_block(tech, config.lanes(), arithmetic.adder, bits);
    default:
      return hw::mrn_block(tech, config.lanes(), arithmetic.adder, bits);
  }
}

// All that the table says of the four designs but their dataflows, reduction network and PSRAM's size.
bool in_table_5(const Config& c) {
  const Config table;
  const bool arithmetic = c.multipliers == table.multipliers && c.dn_bandwidth == table.dn_bandwidth &&
                          c.rn_bandwidth == table.rn_bandwidth && c.element_bytes == table.element_bytes &&
                          c.dn_topology == table.dn_topology && c.technology == table.technology;
  const bool cache = c.str_cache_bytes == table.str_cache_bytes &&
                     c.str_cache_line_bytes == table.str_cache_line_bytes &&
                     c.str_cache_ways == table.str_cache_ways && c.str_cache_banks == table.str_cache_banks;
  const bool psram =
      c.psram_blocks == table.psram_blocks && c.psram_block_elements == table.psram_block_elements;
  return arithmetic && cache && (psram || c.psram_bytes == 0);
}

const char* published_reduction(RnType type) {
  switch (type) {
    case RnType::kFan:
      return "flexagon_rn_fan";
    case RnType::kMerger:
      return "flexagon_rn_merger";
    default:
      return "flexagon_rn_mrn";
  }
}

}  // namespace

Billing make_billing(const Config& config) {
  const Technology& tech = Technology::builtin(config.technology);
  const hw::Arithmetic arithmetic = hw::Arithmetic::of(config.data_type);
  const hw::ElementBits bits = element_bits(config, arithmetic);
  const hw::CacheShape cache = cache_shape(config);
  const hw::PsramShape psram{psram_geometry(config)};
  const auto element_bytes = static_cast<uint64_t>(config.element_bytes);
  const bool tree = config.dn_topology == DnTopology::kTree;

  Billing billing;
  billing.component(
      "dn", tree ? hw::multicast_tree_block(tech, config.lanes(), static_cast<uint64_t>(config.dn_bandwidth),
                                            bits.word())
                 : hw::benes_block(tech, config.lanes(), bits.word()));
  billing.component("multipliers", hw::multiplier_network_block(tech, arithmetic, config.lanes(), bits));
  billing.component("rn", reduction_block(tech, config, arithmetic, bits));
  billing.component("str_cache", hw::cache_block(tech, "str_cache", cache));
  if (config.psram_bytes > 0) billing.component("psram", hw::psram_block(tech, psram));
  billing.component(
      "sta_fifo",
      hw::fifo_block(tech, "sta_fifo", static_cast<uint64_t>(config.sta_fifo_bytes / config.element_bytes),
                     bits.element()));
  billing.component(
      "write_fifo",
      hw::fifo_block(tech, "write_fifo", static_cast<uint64_t>(config.write_fifo_entries), bits.element()));

  if (tree) {
    billing.event("dn", "dn.tree_nodes", hw::tree_traversal_energy(tech, bits.word()));
  } else {
    billing.event("dn", "dn.switches_upper_bound", hw::benes_traversal_energy(tech, bits.word()));
  }
  billing.event("multipliers", "multiplier.multiplications",
                hw::multiplier_element_energy(tech, arithmetic, bits));
  billing.event("multipliers", "multiplier.forwards", hw::multiplier_forward_energy(tech, bits));
  billing.event("rn", "rn.hops_upper_bound", hw::reduction_hop_energy(tech, bits));
  billing.event("rn", "rn.comparisons_upper_bound", hw::comparison_energy(tech, bits));
  billing.event("rn", "rn.additions", hw::addition_energy(tech, arithmetic));
  billing.event("str_cache", "str_cache.reads", hw::cache_access_energy(tech, cache, element_bytes));
  billing.event("str_cache", "str_cache.misses", hw::cache_access_energy(tech, cache, cache.line_bytes));
  for (const char* counter : {"psram.writes", "psram.writes_merging", "psram.reads"})
    if (config.psram_bytes > 0) billing.event("psram", counter, hw::psram_access_energy(tech, psram));
  billing.event("sta_fifo", "sta_fifo.reads", hw::fifo_element_energy(tech, bits.element()));
  billing.event("write_fifo", "write_fifo.elements", hw::fifo_element_energy(tech, bits.element()));
  billing.memory_bytes(hw::dram_byte_energy(tech, CostKind::kDramHbm), {});
  return billing;
}

double conversion_energy_pj(const Conversion& conversion, const Config& config) {
  const hw::Energy byte = hw::dram_byte_energy(Technology::builtin(config.technology), CostKind::kDramHbm);
  double leakage_mw = 0;
  for (const BillLine& line : make_billing(config).lines()) leakage_mw += line.leakage_mw;
  const double seconds = static_cast<double>(conversion.cycles) / (config.clock_mhz * 1e6);
  return byte.pj * static_cast<double>(conversion.bytes()) + hw::leakage_energy(leakage_mw, seconds).pj;
}

double PublishedDesign::area_mm2() const {
  double sum = 0;
  for (const Block& block : blocks) sum += block.area_mm2;
  return sum;
}

double PublishedDesign::power_mw() const {
  double sum = 0;
  for (const Block& block : blocks) sum += block.power_mw;
  return sum;
}

std::optional<PublishedDesign> published_design(const Config& config) {
  if (!in_table_5(config)) return std::nullopt;
  std::vector<const char*> blocks = {"flexagon_dn_tree", "flexagon_multiplier_network",
                                     published_reduction(config.rn_type), "flexagon_str_cache_1mib"};
  if (config.psram_bytes == 128 << 10)
    blocks.push_back("flexagon_psram_128kib");
  else if (config.psram_bytes == 256 << 10)
    blocks.push_back("flexagon_psram_256kib");
  else if (config.psram_bytes != 0)
    return std::nullopt;
  const Technology& tech = Technology::builtin(config.technology);
  PublishedDesign design;
  for (const char* name : blocks) {
    const PublishedBlock& block = tech.block(name);
    design.blocks.push_back(
        {name + std::string_view("flexagon_").size(), block.area_um2 * 1e-6, block.power_mw.value_or(0)});
  }
  return design;
}

nlohmann::ordered_json blocks_view(const PublishedDesign& design) {
  nlohmann::ordered_json view = {
      {"source", "Flexagon, Table 8: 28 nm, 800 MHz, post-layout; area / power of each block."},
      {"blocks", nlohmann::ordered_json::array()}};
  for (const PublishedDesign::Block& block : design.blocks)
    view["blocks"].push_back(
        {{"block", block.name}, {"area_mm2", block.area_mm2}, {"power_mw", block.power_mw}});
  return view;
}

std::optional<std::string> published_energy(uint64_t cycles, const Config& config) {
  const auto design = published_design(config);
  if (!design) return std::nullopt;
  const double seconds = static_cast<double>(cycles) / (config.power_clock_mhz * 1e6);
  return fmt::format(
      "published post-layout blocks (Table 8, {:.2f} mm2): {:.0f} mW over the run at {:g} MHz are {:.4g} uJ",
      design->area_mm2(), design->power_mw(), config.power_clock_mhz, design->power_mw() * seconds * 1e3);
}

}  // namespace nonzero::flexagon
