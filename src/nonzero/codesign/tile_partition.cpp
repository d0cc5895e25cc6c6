#include "nonzero/codesign/tile_partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "nonzero/base/error.h"
#include "nonzero/codesign/tile_order.h"
#include "nonzero/codesign/tile_reuse.h"

namespace nonzero {
namespace {

constexpr std::array kHeuristics{TileHeuristic::min_time_parallel, TileHeuristic::min_time_serial,
                                 TileHeuristic::min_byte_parallel, TileHeuristic::min_byte_serial};

bool by_time(TileHeuristic heuristic) {
  return heuristic == TileHeuristic::min_time_parallel || heuristic == TileHeuristic::min_time_serial;
}

double objective(TileHeuristic heuristic, const SplitTotal& total, const TileMachine& machine) {
  if (!by_time(heuristic)) return total.hot.bytes + total.cold.bytes;
  const double hot = total.hot.seconds / machine.hot.count, cold = total.cold.seconds / machine.cold.count;
  return heuristic == TileHeuristic::min_time_parallel ? std::max(hot, cold) : hot + cold;
}

TileCut all_of(size_t tiles, TileType type) {
  return {std::vector<TileType>(tiles, type), type == TileType::hot ? tiles : 0, {}};
}

// Which cutoff the rule takes, with the objectives it looked at.
uint64_t cutoff(const CutTotals& cuts, TileHeuristic heuristic, const TileMachine& machine, bool full_scan,
                std::vector<double>& objectives) {
  uint64_t best = 0;
  for (uint64_t cut = 0; cut < cuts.totals.size(); ++cut) {
    objectives.push_back(objective(heuristic, cuts.totals[cut], machine));
    if (cut == 0) continue;
    if (objectives[cut] < objectives[best])
      best = cut;
    else if (!full_scan)
      break;
  }
  return best;
}

TileCut cut_at(const CutTotals& cuts, TileHeuristic heuristic, const TileMachine& machine, bool full_scan) {
  TileCut cut;
  cut.hot_tiles = cutoff(cuts, heuristic, machine, full_scan, cut.objectives);
  cut.of_tile = cuts.of_tile(cut.hot_tiles);
  return cut;
}

// A cut of the matrix before its reuse pass.
struct Candidate {
  std::string name;
  std::vector<TileMode> modes;
  std::vector<TileType> of_tile;
};

std::vector<TileMode> modes_of(TileMode own, const TileMachine& machine, const PartitionOptions& options) {
  if (machine.atomic_output) return {TileMode::parallel};
  if (options.cross_mode) return {TileMode::parallel, TileMode::serial};
  return {own};
}

bool is_judged(TileHeuristic heuristic, const TileMachine& machine, const PartitionOptions& options) {
  return !machine.atomic_output || options.cross_mode || mode_of(heuristic) == TileMode::parallel;
}

std::vector<Candidate> candidates(std::span<const TileCost> costs, std::span<const TileHeuristic> heuristics,
                                  const TileMachine& machine, const PartitionOptions& options) {
  std::vector<Candidate> found;
  for (const TileHeuristic heuristic : heuristics) {
    if (!is_judged(heuristic, machine, options)) continue;
    found.push_back({std::string(name_of(heuristic)), modes_of(mode_of(heuristic), machine, options),
                     cut_tiles(costs, heuristic, machine, options).of_tile});
  }
  if (!options.include_homogeneous) return found;
  if (machine.hot.count > 0)
    found.push_back({"hot-only", {TileMode::parallel}, all_of(costs.size(), TileType::hot).of_tile});
  if (machine.cold.count > 0)
    found.push_back({"cold-only", {TileMode::parallel}, all_of(costs.size(), TileType::cold).of_tile});
  return found;
}

// Each candidate in the better of its modes.
std::vector<TilePartition> judge(std::vector<Candidate> found, std::span<const TileCost> costs,
                                 const TiledMatrix& matrix, const TileMachine& machine) {
  std::vector<std::vector<TileType>> splits;
  splits.reserve(found.size());
  for (Candidate& candidate : found) splits.push_back(std::move(candidate.of_tile));
  const std::vector<SplitTotal> totals = totals_after_reuse(matrix, machine, costs, splits);
  std::vector<TilePartition> partitions;
  partitions.reserve(found.size());
  for (size_t c = 0; c < found.size(); ++c) {
    const SplitTotal before = total_of(costs, splits[c], &matrix);
    TilePartition partition;
    for (const TileMode mode : found[c].modes) {
      const TilePrediction prediction = predict(totals[c], mode, machine, matrix.grid.rows);
      if (mode != found[c].modes.front() && prediction.seconds() >= partition.seconds()) continue;
      partition.mode = mode;
      partition.prediction = prediction;
      partition.maximum_reuse = predict(before, mode, machine, matrix.grid.rows);
    }
    partition.name = found[c].name;
    partition.of_tile = std::move(splits[c]);
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

TilePartition judge_one(Candidate candidate, const TiledMatrix& matrix, const TileMachine& machine) {
  std::vector<Candidate> one;
  one.push_back(std::move(candidate));
  return std::move(judge(std::move(one), maximum_reuse_costs(matrix, machine), matrix, machine).front());
}

}  // namespace

TileMode mode_of(TileHeuristic heuristic) {
  return heuristic == TileHeuristic::min_time_parallel || heuristic == TileHeuristic::min_byte_parallel
             ? TileMode::parallel
             : TileMode::serial;
}

double TilePartition::hot_nnz_share() const {
  const uint64_t all = prediction.total.hot.nnz + prediction.total.cold.nnz;
  return all == 0 ? 0 : static_cast<double>(prediction.total.hot.nnz) / static_cast<double>(all);
}

TileCut cut_tiles(std::span<const TileCost> costs, TileHeuristic heuristic, const TileMachine& machine,
                  const PartitionOptions& options) {
  validate(machine);
  if (machine.hot.count == 0) return all_of(costs.size(), TileType::cold);
  if (machine.cold.count == 0) return all_of(costs.size(), TileType::hot);
  const TileKey key =
      by_time(heuristic) ? (options.scaled_key ? TileKey::scaled_seconds : TileKey::seconds) : TileKey::bytes;
  return cut_at(CutTotals(costs, key, machine), heuristic, machine, options.full_scan);
}

std::vector<TilePartition> heuristic_partitions(const TiledMatrix& matrix, const TileMachine& machine,
                                                const PartitionOptions& options) {
  validate(machine);
  const std::vector<TileCost> costs = maximum_reuse_costs(matrix, machine);
  return judge(candidates(costs, kHeuristics, machine, options), costs, matrix, machine);
}

TilePartition heuristic_partition(const TiledMatrix& matrix, const TileMachine& machine,
                                  TileHeuristic heuristic, const PartitionOptions& options) {
  validate(machine);
  if (!is_judged(heuristic, machine, options))
    throw InputError(fmt::format("{} on a machine with one atomic output", name_of(heuristic)),
                     "allowed: min-time-parallel, min-byte-parallel, or any with cross_mode");
  PartitionOptions alone = options;
  alone.include_homogeneous = false;
  const std::vector<TileCost> costs = maximum_reuse_costs(matrix, machine);
  return std::move(
      judge(candidates(costs, std::array{heuristic}, machine, alone), costs, matrix, machine).front());
}

const TilePartition& best_of(std::span<const TilePartition> partitions) {
  if (partitions.empty()) throw InputError("no partition to choose from", "expected: at least one");
  return *std::min_element(
      partitions.begin(), partitions.end(),
      [](const TilePartition& a, const TilePartition& b) { return a.seconds() < b.seconds(); });
}

TilePartition hottiles_partition(const TiledMatrix& matrix, const TileMachine& machine,
                                 const PartitionOptions& options) {
  return best_of(heuristic_partitions(matrix, machine, options));
}

TilePartition homogeneous_partition(const TiledMatrix& matrix, const TileMachine& machine, TileType type) {
  validate(machine);
  const bool hot = type == TileType::hot;
  if ((hot ? machine.hot : machine.cold).count == 0)
    throw InputError(
        fmt::format("a machine without {} workers to run all tiles on them", hot ? "hot" : "cold"),
        "allowed: the other type only");
  return judged_partition(hot ? "hot-only" : "cold-only", TileMode::parallel,
                          all_of(matrix.tiles.size(), type).of_tile, matrix, machine);
}

TilePartition judged_partition(std::string name, TileMode mode, std::vector<TileType> of_tile,
                               const TiledMatrix& matrix, const TileMachine& machine) {
  validate(machine);
  if (machine.atomic_output && mode == TileMode::serial)
    throw InputError("serial mode on a machine with one atomic output", "allowed: parallel");
  return judge_one({std::move(name), {mode}, std::move(of_tile)}, matrix, machine);
}

}  // namespace nonzero
