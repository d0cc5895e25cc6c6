#include "nonzero/study/bitwave_ablation.h"

#include <fmt/format.h>

#include <array>

#include "nonzero/study/bitwave_runs.h"

namespace nonzero {
namespace {

BitMachine dense() { return {"dense-int8", "dense-int8", {}}; }

std::string cell(const BitTotals& totals, const BitTotals& reference) {
  return fmt::format("{:.2f}x, {:.2f}",
                     static_cast<double>(reference.cycles) / static_cast<double>(totals.cycles),
                     totals.energy_pj / reference.energy_pj);
}

// One row per machine, one column per network.
void add_variants(Findings& f) {
  const std::vector<BitNetwork> networks = bit_networks();
  FindingsTable table{"Speed-up over dense int8, and energy over it", {"variant"}, {}};
  FindingsBars bars{"Speed-up over dense int8", "x", {}, {}};
  std::vector<BitTotals> references;
  references.reserve(networks.size());
  for (const BitNetwork& network : networks) {
    table.columns.push_back(network.name);
    bars.labels.push_back(network.name);
    references.push_back(run_network(dense(), network));
  }
  for (const BitMachine& variant : bitwave_variants()) {
    std::vector<std::string> row = {variant.name};
    FindingsBars::Series series{variant.name, {}};
    for (size_t i = 0; i < networks.size(); ++i) {
      const BitTotals totals = run_network(variant, networks[i]);
      row.push_back(cell(totals, references[i]));
      series.values.push_back(static_cast<double>(references[i].cycles) / static_cast<double>(totals.cycles));
    }
    table.rows.push_back(std::move(row));
    bars.series.push_back(std::move(series));
  }
  f.tables.push_back(std::move(table));
  f.bars.push_back(std::move(bars));
}

void add_spread(Findings& f) {
  constexpr std::array<double, 5> kScales = {4, 6, 8, 10, 12};
  FindingsTable table{
      "ResNet-18's convolutions, weights Laplace(b): speed-up over dense int8, and energy over it",
      {"machine"},
      {}};
  std::vector<BitNetwork> networks;
  std::vector<BitTotals> references;
  for (const double b : kScales) {
    networks.push_back(laplace_resnet18(b));
    references.push_back(run_network(dense(), networks.back()));
    table.columns.push_back(fmt::format("b = {}", b));
  }
  std::vector<BitMachine> machines = bit_machines();
  machines.insert(machines.begin() + 1, flipped_bitwave(4));
  for (const BitMachine& machine : machines) {
    std::vector<std::string> row = {machine.name};
    for (size_t i = 0; i < networks.size(); ++i)
      row.push_back(cell(run_network(machine, networks[i]), references[i]));
    table.rows.push_back(std::move(row));
  }
  f.tables.push_back(std::move(table));
}

}  // namespace

Findings bitwave_ablation() {
  Findings f;
  f.id = kBitwaveAblation;
  f.title = "What BitWave's means are worth";
  f.text = {
      "Each line adds one thing to the line above it, on the same 4096 one-bit multipliers, buffers and DRAM. Energy "
      "is billed from one table for all machines; losses are printed as they are. Flipped weights are flipped to "
      "z = 4 in every layer whatever the accuracy: `nonzero flip` searches within a budget.",
      "The real networks are read from the data folder where it is at hand."};
  add_variants(f);
  add_spread(f);
  return f;
}

}  // namespace nonzero
