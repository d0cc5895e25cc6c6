#include "nonzero/report/tile_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace nonzero {
namespace {

double share(uint64_t part, uint64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

const TilePartition* find_partition(const TileStudy& study, const std::string& name) {
  const auto found = std::find_if(study.partitions.begin(), study.partitions.end(),
                                  [&](const TilePartition& one) { return one.name == name; });
  return found == study.partitions.end() ? nullptr : &*found;
}

std::string seconds_text(double seconds) { return seconds > 0 ? engineering(seconds, "s") : "0 s"; }

// The heuristic of the same name and split: the machine's own choice.
bool is_chosen(const TileStudy& study, const TilePartition& one) {
  const TilePartition& own = study.mapping.partition;
  return one.name == own.name && one.mode == own.mode && one.of_tile == own.of_tile;
}

nlohmann::ordered_json prediction_json(const TilePrediction& prediction) {
  nlohmann::ordered_json json;
  json["seconds"] = prediction.seconds();
  json["both"] = prediction.both;
  json["hot"] = prediction.hot;
  json["cold"] = prediction.cold;
  json["merge"] = prediction.merge;
  json["cause"] = name_of(prediction.cause);
  return json;
}

nlohmann::ordered_json partition_json(const TilePartition& one) {
  nlohmann::ordered_json json;
  json["name"] = one.name;
  json["mode"] = name_of(one.mode);
  json["hot_tiles"] = one.hot_tiles();
  json["hot_nnz_share"] = one.hot_nnz_share();
  json["maximum_reuse"] = prediction_json(one.maximum_reuse);
  json["prediction"] = prediction_json(one.prediction);
  return json;
}

nlohmann::ordered_json preparation_json(const HotTilesPreparation& p) {
  nlohmann::ordered_json json;
  json["threads"] = p.threads;
  json["read_seconds"] = p.read > 0 ? nlohmann::ordered_json(p.read) : nlohmann::ordered_json(nullptr);
  json["format_seconds"] = p.format;
  json["scan_seconds"] = p.scan;
  json["partition_seconds"] = p.partition;
  json["second_format_seconds"] = p.second_format;
  json["product_seconds"] = p.product;
  json["hottiles_share"] = p.hottiles_share();
  return json;
}

}  // namespace

std::string tile_headline(const TileStudy& study) {
  const TileGrid& grid = study.mapping.matrix.grid;
  const TileCounts& n = study.counts;
  const TilePartition* unaware = find_partition(study, "unaware");
  return fmt::format(
      "{}: {} x {}, {} non-zeros, K = {}; tiles of {} rows{}\n"
      "tiles: {} hot, {} cold, {} empty; {} of the non-zeros hot{}\n",
      study.name, with_thousands(grid.rows), with_thousands(grid.columns),
      with_thousands(study.mapping.matrix.nnz), study.columns, with_thousands(grid.tile_height),
      study.mapping.chosen.reduced ? " (fewer than 16 of the machine's: reduced)" : "", with_thousands(n.hot),
      with_thousands(n.cold), with_thousands(n.empty), percent(share(n.hot_nnz, n.hot_nnz + n.cold_nnz)),
      unaware != nullptr ? fmt::format(" (unaware: {}, tiles drawn from {})",
                                       percent(unaware->hot_nnz_share()), study.unaware_seed)
                         : "");
}

Table tile_partitions(const TileStudy& study) {
  Table table({"partition", "mode", "hot tiles", "hot non-zeros", "maximum reuse", "after reuse pass",
               "limited by", "x chosen"});
  const double own = study.mapping.partition.seconds();
  bool chosen = false;
  const auto add = [&](const TilePartition& one, bool mark) {
    const double seconds = one.seconds();
    table.add({one.name + (mark ? " *" : ""), std::string(name_of(one.mode)), with_thousands(one.hot_tiles()),
               percent(one.hot_nnz_share()), seconds_text(one.maximum_reuse.seconds()), seconds_text(seconds),
               std::string(name_of(one.prediction.cause)),
               own > 0 ? fmt::format("{:.2f}", seconds / own) : "-"});
  };
  for (const TilePartition& one : study.partitions) {
    const bool mark = !chosen && is_chosen(study, one);
    chosen = chosen || mark;
    add(one, mark);
  }
  if (!chosen) add(study.mapping.partition, true);
  return table;
}

Table preparation_table(const HotTilesPreparation& p) {
  Table table({"preprocessing", "time", "x one SpMM"});
  const auto add = [&](const char* step, double seconds) {
    table.add(
        {step, seconds_text(seconds), p.product > 0 ? fmt::format("{:.2f}", seconds / p.product) : "-"});
  };
  if (p.read > 0) add("read the file", p.read);
  add("one format of all", p.format);
  add("scan", p.scan);
  add("partition", p.partition);
  add("second format", p.second_format);
  add("HotTiles' own part", p.overhead());
  add("one SpMM here", p.product);
  return table;
}

nlohmann::ordered_json tiles_json(const TileStudy& study, const HotTilesPreparation* preparation,
                                  const std::string& command) {
  const TileGrid& grid = study.mapping.matrix.grid;
  nlohmann::ordered_json json;
  json["schema"] = "nonzero.tiles/1";
  json["command"] = command;
  json["name"] = study.name;
  json["rows"] = grid.rows;
  json["columns"] = grid.columns;
  json["nnz"] = study.mapping.matrix.nnz;
  json["k"] = study.columns;
  json["tile_side"] = grid.tile_height;
  json["reduced"] = study.mapping.chosen.reduced;
  json["tiles"] = {{"hot", study.counts.hot}, {"cold", study.counts.cold}, {"empty", study.counts.empty}};
  json["hot_nnz_share"] = share(study.counts.hot_nnz, study.counts.hot_nnz + study.counts.cold_nnz);
  json["partition"] = partition_json(study.mapping.partition);
  json["partitions"] = nlohmann::ordered_json::array();
  for (const TilePartition& one : study.partitions) json["partitions"].push_back(partition_json(one));
  if (preparation != nullptr) json["preprocessing"] = preparation_json(*preparation);
  return json;
}

Table tile_table(const TileStudy& study) {
  Table table({"panel", "column", "nnz", "distinct_rows", "distinct_columns", "type", "bytes", "seconds"});
  const hottiles::Mapping& mapping = study.mapping;
  const std::vector<TileType>& types = mapping.partition.of_tile;
  const std::vector<OwnCost> costs = costs_after_reuse(mapping.matrix, mapping.machine, types);
  for (size_t t = 0; t < mapping.matrix.tiles.size(); ++t) {
    const Tile& tile = mapping.matrix.tiles[t];
    table.add({fmt::to_string(tile.panel), fmt::to_string(tile.column), fmt::to_string(tile.nnz),
               fmt::to_string(tile.distinct_rows), fmt::to_string(tile.distinct_columns),
               types[t] == TileType::hot ? "hot" : "cold", fmt::format("{:.0f}", costs[t].bytes),
               fmt::format("{:.6g}", costs[t].seconds)});
  }
  return table;
}

}  // namespace nonzero
