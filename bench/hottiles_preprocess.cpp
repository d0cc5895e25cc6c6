// What splitting a matrix between hot and cold workers costs before it runs: tiling with statistics, both
// models and all four heuristics with their reuse passes at 50 M non-zeros per second and core or more, the
// formats, and beside them one product with 32 dense columns on this processor.

#include <algorithm>
#include <vector>

#include "lib/bench.h"
#include "nonzero/codesign/tile_partition.h"
#include "nonzero/tensor/generate.h"
#include "nonzero/tensor/worker_matrix.h"

namespace {

using namespace nonzero;

constexpr uint64_t kColumns = 32, kSide = 8192;
constexpr double kLeastRate = 50e6;

// SPADE-Sextans at scale 4 (HotTiles, Table IV).
TileMachine spade_sextans() {
  TileMachine machine;
  machine.hot.name = "sextans";
  machine.hot.flops = 512e9;
  machine.hot.vis_lat = 12.5e-12;
  machine.hot.din = TileReuse::stream;
  machine.hot.traversal = TileTraversal::tiled;
  machine.cold.name = "spade";
  machine.cold.count = 16;
  machine.cold.flops = 25.6e9;
  machine.cold.vis_lat = 121e-12;
  machine.bandwidth = 205e9;
  machine.columns = kColumns;
  return machine;
}

// A plain product with a dense row-major matrix, one thread.
void spmm(const Csr& csr, const std::vector<float>& din, std::vector<float>& dout) {
  for (uint64_t row = 0; row < csr.rows; ++row) {
    float sums[kColumns] = {};
    for (uint64_t e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e) {
      const float* from = din.data() + csr.indices[e] * kColumns;
      for (uint64_t k = 0; k < kColumns; ++k) sums[k] += csr.values[e] * from[k];
    }
    std::copy_n(sums, kColumns, dout.data() + row * kColumns);
  }
}

void measure(const bench::Table& table, const char* name, Csr csr) {
  csr.values.resize(csr.nnz(), 1);
  const TileGrid grid{csr.rows, csr.columns, kSide, kSide};
  const TileMachine machine = spade_sextans();
  const auto rate = [&](const char* what, double ms) {
    return fmt::format("{}, {}: {:.0f} M nnz/s", name, what, static_cast<double>(csr.nnz()) / 1e3 / ms);
  };
  const double bound = static_cast<double>(csr.nnz()) / kLeastRate * 1e3;
  std::vector<float> din(csr.columns * kColumns, 1), dout(csr.rows * kColumns);
  const double product = bench::best_of_five([&] {
    spmm(csr, din, dout);
    bench::keep(dout);
  });
  const double tiling = bench::best_of_five([&] { bench::keep(tile_matrix(csr, grid)); });
  const TiledMatrix tiled = tile_matrix(csr, grid);
  const double split = bench::best_of_five([&] { bench::keep(heuristic_partitions(tiled, machine)); });
  const TilePartition best = hottiles_partition(tiled, machine);
  const double formats = bench::best_of_five([&] {
    bench::keep(
        worker_matrix(csr, tiled, best.of_tile, TileType::hot, TileFormat::coo, TileTraversal::tiled));
    bench::keep(
        worker_matrix(csr, tiled, best.of_tile, TileType::cold, TileFormat::coo, TileTraversal::untiled));
  });
  table.row(rate("tiling", tiling), tiling);
  table.row(rate("heuristics", split), split);
  table.row(rate("both", tiling + split), tiling + split, {bound, "SpMM", product, std::nullopt});
  table.row(rate("formats", formats), formats, {std::nullopt, "SpMM", product, std::nullopt});
}

}  // namespace

int main() {
  const bench::Table table("HotTiles: tiles of 8192, two kinds of workers");
  measure(table, "uniform, 32 per row", generate_uniform(262144, 262144, 0.000122, 1));
  measure(table, "uniform, 4 per row", generate_uniform(1000000, 1000000, 0.000004, 1));
  measure(table, "power law", generate_rmat(262144, 8000000, 1));
  measure(table, "mesh, 5 per row", generate_stencil_2d(1500, 1));
  measure(table, "Mycielskian 15", generate_mycielskian(15));
  table.peak_memory("peak memory", 4096);
}
