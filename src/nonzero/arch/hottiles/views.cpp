#include "nonzero/arch/hottiles/views.h"

#include <algorithm>
#include <map>
#include <utility>

#include "nonzero/base/math.h"

namespace nonzero::hottiles {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kMostCells = 128;  // along a side of the map
constexpr uint64_t kSpyCells = 192;   // along the longer side of the spy plot

struct Cell {
  uint64_t tiles = 0, hot_tiles = 0, nnz = 0;
  OwnCost own;
};

// Sums over square groups of `step` x `step` tiles.
std::map<std::pair<uint64_t, uint64_t>, Cell> cells_of(const Mapping& mapping, uint64_t step) {
  const std::vector<OwnCost> own =
      costs_after_reuse(mapping.matrix, mapping.machine, mapping.partition.of_tile);
  std::map<std::pair<uint64_t, uint64_t>, Cell> cells;
  for (size_t t = 0; t < mapping.matrix.tiles.size(); ++t) {
    const Tile& tile = mapping.matrix.tiles[t];
    Cell& cell = cells[{tile.panel / step, tile.column / step}];
    ++cell.tiles;
    cell.hot_tiles += mapping.partition.of_tile[t] == TileType::hot;
    cell.nnz += tile.nnz;
    cell.own.seconds += own[t].seconds;
    cell.own.bytes += own[t].bytes;
  }
  return cells;
}

Json cells_json(const Mapping& mapping, uint64_t step) {
  Json json = Json::object();
  for (const char* list : {"row", "column", "tiles", "hot_tiles", "nnz", "seconds", "bytes"})
    json[list] = Json::array();
  for (const auto& [place, cell] : cells_of(mapping, step)) {
    json["row"].push_back(place.first);
    json["column"].push_back(place.second);
    json["tiles"].push_back(cell.tiles);
    json["hot_tiles"].push_back(cell.hot_tiles);
    json["nnz"].push_back(cell.nnz);
    json["seconds"].push_back(cell.own.seconds);
    json["bytes"].push_back(cell.own.bytes);
  }
  return json;
}

Json spy_json(const Csr& a) {
  const uint64_t step = std::max<uint64_t>(1, ceil_div(std::max(a.rows, a.columns), kSpyCells));
  const uint64_t rows = ceil_div(a.rows, step), columns = ceil_div(a.columns, step);
  std::vector<uint64_t> counts(rows * columns);
  for (uint64_t row = 0; row < a.rows; ++row)
    for (const uint32_t column : a.fiber(row)) ++counts[row / step * columns + column / step];
  return {{"rows", rows}, {"columns", columns}, {"nnz", counts}};
}

Json contenders_json(const std::vector<Contender>& contenders) {
  Json list = Json::array();
  for (const Contender& one : contenders)
    list.push_back({{"name", one.name},
                    {"cycles", one.cycles},
                    {"predicted_cycles", one.predicted_cycles},
                    {"bytes", one.bytes}});
  return list;
}

Json workers_json(const Schedule& schedule) {
  Json list = Json::array();
  for (const WorkerTime& worker : schedule.workers)
    list.push_back({{"type", worker.type == TileType::hot ? "hot" : "cold"},
                    {"compute", worker.compute},
                    {"memory", worker.memory},
                    {"idle", worker.idle}});
  return list;
}

}  // namespace

Json tile_map_view(const std::string& title, const Csr& a, const Mapping& mapping, const Schedule& schedule,
                   const std::vector<Contender>& contenders, double clock_hz) {
  const TileGrid& grid = mapping.matrix.grid;
  const uint64_t side = std::max(grid.panels(), grid.tile_columns());
  const uint64_t step = std::max<uint64_t>(1, ceil_div(side, kMostCells));
  Json view = {{"title", title},
               {"rows", grid.rows},
               {"columns", grid.columns},
               {"tile_side", grid.tile_height},
               {"reduced", mapping.chosen.reduced},
               {"panels", grid.panels()},
               {"tile_columns", grid.tile_columns()},
               {"partition", mapping.partition.name},
               {"mode", name_of(mapping.partition.mode)},
               {"empty_tiles", grid.tiles() - mapping.matrix.tiles.size()},
               {"step", step},
               {"cells", cells_json(mapping, step)},
               {"spy", spy_json(a)},
               {"contenders", contenders_json(contenders)},
               {"clock_hz", clock_hz},
               {"workers", workers_json(schedule)}};
  return Json::array({std::move(view)});
}

}  // namespace nonzero::hottiles
