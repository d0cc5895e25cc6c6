#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "nonzero/base/random.h"
#include "nonzero/codesign/tile_partition.h"
#include "nonzero/tensor/tiles.h"

// Machines and matrices of the HotTiles specification, for tests.
namespace nonzero::test {

// A pattern from positions in any order, each once.
inline Csr pattern_of(uint64_t rows, uint64_t columns,
                      const std::set<std::pair<uint32_t, uint32_t>>& positions) {
  Csr csr{rows, columns, std::vector<uint64_t>(rows + 1), {}, {}};
  csr.indices.reserve(positions.size());
  for (const auto& position : positions) {
    csr.indices.push_back(position.second);
    ++csr.offsets[position.first + 1];
  }
  for (uint64_t row = 0; row < rows; ++row) csr.offsets[row + 1] += csr.offsets[row];
  return csr;
}

inline Csr scattered(uint64_t rows, uint64_t columns, uint64_t nnz, uint64_t seed) {
  Random random(seed);
  std::set<std::pair<uint32_t, uint32_t>> positions;
  for (uint64_t i = 0; rows * columns > 0 && i < nnz; ++i)
    positions.insert(
        {static_cast<uint32_t>(random.below(rows)), static_cast<uint32_t>(random.below(columns))});
  return pattern_of(rows, columns, positions);
}

// Example B: the full block of rows 0-7 and columns 0-7, and (i, (5i+3) mod 32) for all i.
inline Csr example_b() {
  std::set<std::pair<uint32_t, uint32_t>> positions;
  for (uint32_t row = 0; row < 8; ++row)
    for (uint32_t column = 0; column < 8; ++column) positions.insert({row, column});
  for (uint32_t row = 0; row < 32; ++row) positions.insert({row, (5 * row + 3) % 32});
  return pattern_of(32, 32, positions);
}

inline TileWorker sextans(uint32_t count, double flops, double vis_lat) {
  TileWorker worker;
  worker.name = "sextans";
  worker.count = count;
  worker.flops = flops;
  worker.vis_lat = vis_lat;
  worker.din = TileReuse::stream;
  worker.dout = TileReuse::inter_tile;
  worker.traversal = TileTraversal::tiled;
  return worker;
}

inline TileWorker spade(uint32_t count, double flops, double vis_lat) {
  TileWorker worker;
  worker.name = "spade";
  worker.count = count;
  worker.flops = flops;
  worker.vis_lat = vis_lat;
  return worker;
}

// In nanoseconds.
inline TileMachine machine_b() {
  TileMachine machine;
  machine.hot = sextans(1, 64, 0.05);
  machine.cold = spade(2, 8, 0.2);
  machine.bandwidth = 64;
  machine.columns = 4;
  machine.merge = 24;
  return machine;
}

// SPADE-Sextans at scale 4, in seconds.
inline TileMachine spade_sextans() {
  TileMachine machine;
  machine.hot = sextans(1, 512e9, 12.5e-12);
  machine.hot.scratchpad_bytes = uint64_t{2} << 20U;
  machine.cold = spade(16, 25.6e9, 121e-12);
  machine.bandwidth = 205e9;
  return machine;
}

// A machine whose tiles' costs are given: only counts, bandwidth and merge matter.
inline TileMachine machine_of(uint32_t hot, uint32_t cold, double bandwidth, double merge) {
  TileMachine machine;
  machine.hot = sextans(hot, 1, 1);
  machine.cold = spade(cold, 1, 1);
  machine.bandwidth = bandwidth;
  machine.merge = merge;
  return machine;
}

inline std::vector<uint64_t> hot_tiles(const std::vector<TileType>& of_tile) {
  std::vector<uint64_t> hot;
  for (uint64_t t = 0; t < of_tile.size(); ++t)
    if (of_tile[t] == TileType::hot) hot.push_back(t);
  return hot;
}

}  // namespace nonzero::test
