#include "nonzero/study/hottiles_preparation.h"

#include <fmt/format.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "nonzero/arch/hottiles/mapping.h"
#include "nonzero/base/parallel.h"
#include "nonzero/codesign/tile_partition.h"
#include "nonzero/study/means.h"
#include "nonzero/tensor/worker_matrix.h"

namespace nonzero {
namespace {

template <class Work>
double median_of_five(const Work& work) {
  std::vector<double> seconds;
  for (int run = 0; run < 5; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return median(seconds);
}

// A plain product with a row-major dense matrix of ones, rows side by side.
void product(const Csr& csr, uint64_t columns, const std::vector<float>& din, std::vector<float>& dout) {
  parallel_for(csr.rows, [&](uint64_t row) {
    float* const sums = dout.data() + row * columns;
    std::fill_n(sums, columns, 0.0F);
    for (uint64_t e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e) {
      const float value = csr.values.empty() ? 1 : csr.values[e];
      const float* const from = din.data() + csr.indices[e] * columns;
      for (uint64_t n = 0; n < columns; ++n) sums[n] += value * from[n];
    }
  });
}

}  // namespace

HotTilesPreparation measure_preparation(const Csr& csr, uint64_t columns, const hottiles::Config& config,
                                        const std::function<void()>& read) {
  HotTilesPreparation cost;
  cost.nnz = csr.nnz();
  cost.threads =
      static_cast<int>(tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
  hottiles::Config quiet = config;
  quiet.contenders = false;
  const hottiles::Mapping mapping = map_tiles(csr, columns, quiet);
  const TileMachine& machine = mapping.machine;
  const TiledMatrix& tiled = mapping.matrix;
  if (read) cost.read = median_of_five(read);
  cost.format =
      median_of_five([&] { worker_matrix(csr, tiled, machine.cold.format, machine.cold.traversal); });
  // The heuristics begin with both models, which belong to the scan.
  const double models = median_of_five([&] { maximum_reuse_costs(tiled, machine); });
  cost.scan = models + median_of_five([&] { tile_matrix(csr, tiled.grid); });
  cost.partition = std::max(0.0, median_of_five([&] {
                                   heuristic_partitions(tiled, machine, config.partition_options());
                                 }) - models);
  cost.second_format = median_of_five([&] {
    worker_matrix(csr, tiled, mapping.partition.of_tile, TileType::hot, machine.hot.format,
                  machine.hot.traversal);
  });
  const std::vector<float> din(csr.columns * columns, 1);
  std::vector<float> dout(csr.rows * columns);
  cost.product = median_of_five([&] { product(csr, columns, din, dout); });
  return cost;
}

std::string HotTilesPreparation::text() const {
  return fmt::format(
      "{:.1f} M non-zeros, {} threads: read {:.0f} ms, one format {:.0f} ms, scan {:.0f} ms, partition {:.0f} ms, "
      "second format {:.0f} ms; one product {:.0f} ms",
      static_cast<double>(nnz) * 1e-6, threads, 1e3 * read, 1e3 * format, 1e3 * scan, 1e3 * partition,
      1e3 * second_format, 1e3 * product);
}

}  // namespace nonzero
