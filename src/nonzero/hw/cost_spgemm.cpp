#include "nonzero/hw/cost_spgemm.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/cost_parts.h"

namespace nonzero::hw {
namespace {

constexpr uint64_t kPickMuxes = 2;                         // one of left, right, sum
constexpr uint64_t kLateralMuxes = 2;                      // what comes from, and what goes to, the neighbour
constexpr uint32_t kMergerModeBits = 2, kMrnModeBits = 3;  // off, pass, cmp; and add, add3, split

// Tag, valid bit and place in the LRU order of every line.
uint64_t tag_bits(const CacheShape& cache) {
  const uint32_t offset_and_set = ceil_log2(cache.bytes / cache.ways);
  return cache.address_bits - std::min(cache.address_bits, offset_and_set) + 1 + ceil_log2(cache.ways);
}

double tag_bytes_per_set(const CacheShape& cache) {
  return static_cast<double>(cache.ways * tag_bits(cache)) / 8;
}

// Tag, valid bit, First and Last of every block.
uint64_t block_tag_bits(const PsramShape& psram) {
  return uint64_t{psram.row_bits} + psram.k_bits + 1 + 2 * ceil_log2(psram.geometry.block_elements + 1);
}

void check_cache(const CacheShape& cache) {
  if (cache.bytes == 0 || cache.line_bytes == 0 || cache.ways == 0 || cache.banks == 0 ||
      cache.bytes_per_cycle == 0 || cache.bytes < cache.line_bytes * cache.ways)
    throw InputError(
        fmt::format("a cache of {} bytes in {} ways of {}-byte lines, {} banks, {} bytes per cycle",
                    cache.bytes, cache.ways, cache.line_bytes, cache.banks, cache.bytes_per_cycle),
        "at least 1 of each, and one set");
}

Cost data_bank(const Technology& tech, const CacheShape& cache) {
  const auto banks = static_cast<double>(cache.banks);
  return tech.sram(static_cast<double>(cache.bytes) / banks,
                   static_cast<double>(cache.bytes_per_cycle) / banks);
}

Cost tag_bank(const Technology& tech, const CacheShape& cache) {
  const uint64_t sets = cache.bytes / (cache.line_bytes * cache.ways);
  const double per_set = tag_bytes_per_set(cache);
  return tech.sram(static_cast<double>(sets) * per_set / static_cast<double>(cache.banks), per_set);
}

Cost psram_data_bank(const Technology& tech, const PsramGeometry& g) {
  return tech.sram(static_cast<double>(g.sets * g.block_elements * g.element_bytes),
                   static_cast<double>(g.element_bytes));
}

Cost psram_tag_bank(const Technology& tech, const PsramShape& psram) {
  const double bytes = static_cast<double>(block_tag_bits(psram)) / 8;
  return tech.sram(static_cast<double>(psram.geometry.sets) * bytes, bytes);
}

Block merging_nodes(const Technology& tech, std::string name, uint64_t nodes, uint64_t lateral,
                    CostKind adder, const ElementBits& width, uint32_t mode_bits) {
  Block block = named(std::move(name));
  block.add(piece("adders", tech.cost(adder), static_cast<double>(nodes + lateral)));
  block.add(bits(tech, "comparators", CostKind::kComparator, nodes, width.coordinate));
  block.add(bits(tech, "muxes", CostKind::kMux, kPickMuxes * nodes + kLateralMuxes * lateral, width.word()));
  block.add(bits(tech, "pipeline", CostKind::kRegister, nodes, width.word()));
  block.add(bits(tech, "control", CostKind::kRegister, nodes, mode_bits));
  return block;
}

}  // namespace

Block merger_block(const Technology& tech, uint64_t leaves, CostKind adder, const ElementBits& width) {
  return merging_nodes(tech, "merger", art_parts(leaves).nodes, 0, adder, width, kMergerModeBits);
}

Block mrn_block(const Technology& tech, uint64_t leaves, CostKind adder, const ElementBits& width) {
  const ArtParts parts = art_parts(leaves);  // ART's lateral links join the same neighbours
  Block block = merging_nodes(tech, "mrn", parts.nodes, parts.three_input_nodes, adder, width, kMrnModeBits);
  // Are the children, and is the neighbour's item, of one cluster?
  block.add(bits(tech, "cluster_comparators", CostKind::kComparator, parts.nodes + parts.three_input_nodes,
                 width.id));
  return block;
}

Block multiplier_network_block(const Technology& tech, const Arithmetic& arithmetic, uint64_t multipliers,
                               const ElementBits& width) {
  Block block = named("multiplier_network");
  block.add(multipliers_block(tech, arithmetic, multipliers));
  block.add(bits(tech, "stationary", CostKind::kRegister, multipliers, width.word()));
  block.add(bits(tech, "emitted", CostKind::kRegister, multipliers, width.word()));
  block.add(bits(tech, "forward", CostKind::kMux, multipliers, width.value));
  return block;
}

Block multicast_tree_block(const Technology& tech, uint64_t leaves, uint64_t bandwidth, uint32_t word_bits) {
  if (leaves < 2 || !is_power_of_two(leaves) || bandwidth == 0)
    throw InputError(fmt::format("a multicast tree of {} leaves and bandwidth {}", leaves, bandwidth),
                     "leaves: a power of two >= 2; bandwidth: at least 1");
  uint64_t words = 0;
  for (uint64_t below = 2; below <= leaves; below *= 2) words += leaves / below * std::min(bandwidth, below);
  Block block = named("multicast_tree");
  block.add(bits(tech, "switches", CostKind::kSwitch, words, word_bits));
  block.add(bits(tech, "pipeline", CostKind::kRegister, words, word_bits));
  return block;
}

Block cache_block(const Technology& tech, const std::string& name, const CacheShape& cache) {
  check_cache(cache);
  const auto banks = static_cast<double>(cache.banks);
  Block block = named(name);
  block.add(piece("data", data_bank(tech, cache), banks));
  block.add(piece("tags", tag_bank(tech, cache), banks));
  block.add(bits(tech, "comparators", CostKind::kComparator, cache.banks * cache.ways,
                 static_cast<uint32_t>(tag_bits(cache))));
  return block;
}

Block psram_block(const Technology& tech, const PsramShape& psram) {
  check(psram.geometry);
  const auto banks = static_cast<double>(psram.geometry.blocks);
  Block block = named("psram");
  block.add(piece("data", psram_data_bank(tech, psram.geometry), banks));
  block.add(piece("tags", psram_tag_bank(tech, psram), banks));
  block.add(
      bits(tech, "comparators", CostKind::kComparator, psram.geometry.blocks, psram.row_bits + psram.k_bits));
  return block;
}

Block fifo_block(const Technology& tech, const std::string& name, uint64_t entries, uint32_t word_bits) {
  Block block = named(name);
  // One word goes in and one out: of the others' flip-flops the clock is held [choice].
  const Cost storage = tech.cost(CostKind::kRegister, word_bits);
  Block words = piece("words", storage, static_cast<double>(entries));
  words.busy_cycle = fifo_element_energy(tech, word_bits);
  block.add(std::move(words));
  block.add(bits(tech, "pointers", CostKind::kRegister, 2, ceil_log2(entries + 1)));
  return block;
}

Energy reduction_hop_energy(const Technology& tech, const ElementBits& width) {
  return energy_of(tech.cost(CostKind::kMux, kPickMuxes * width.word())) +
         register_energy(tech, width.word());
}

Energy comparison_energy(const Technology& tech, const ElementBits& width) {
  return energy_of(tech.cost(CostKind::kComparator, width.coordinate));
}

Energy multiplier_element_energy(const Technology& tech, const Arithmetic& arithmetic,
                                 const ElementBits& width) {
  return multiplication_energy(tech, arithmetic) + register_energy(tech, width.word()) +
         multiplier_forward_energy(tech, width);
}

Energy multiplier_forward_energy(const Technology& tech, const ElementBits& width) {
  return energy_of(tech.cost(CostKind::kMux, width.value)) + register_energy(tech, width.word());
}

Energy tree_traversal_energy(const Technology& tech, uint32_t word_bits) {
  return energy_of(tech.cost(CostKind::kSwitch, word_bits)) + register_energy(tech, word_bits);
}

Energy cache_access_energy(const Technology& tech, const CacheShape& cache, uint64_t bytes) {
  check_cache(cache);
  const double per_cycle = static_cast<double>(cache.bytes_per_cycle) / static_cast<double>(cache.banks);
  return energy_of(data_bank(tech, cache)) * (static_cast<double>(bytes) / per_cycle) +
         energy_of(tag_bank(tech, cache)) +
         energy_of(tech.cost(CostKind::kComparator, static_cast<double>(cache.ways * tag_bits(cache))));
}

Energy psram_access_energy(const Technology& tech, const PsramShape& psram) {
  check(psram.geometry);
  return energy_of(psram_data_bank(tech, psram.geometry)) + energy_of(psram_tag_bank(tech, psram)) +
         energy_of(tech.cost(CostKind::kComparator, psram.row_bits + psram.k_bits));
}

Energy fifo_element_energy(const Technology& tech, uint32_t word_bits) {
  return register_energy(tech, word_bits) + energy_of(tech.cost(CostKind::kMux, word_bits));
}

}  // namespace nonzero::hw
