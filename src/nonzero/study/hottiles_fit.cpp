#include "nonzero/study/hottiles_fit.h"

#include <fmt/format.h>

#include "nonzero/arch/hottiles/mapping.h"
#include "nonzero/arch/hottiles/schedule.h"
#include "nonzero/tensor/generate.h"

namespace nonzero {
namespace {

LatencyFit fit(hottiles::Config config, TileType type, uint64_t columns) {
  config.partition = type == TileType::hot ? "hot-only" : "cold-only";
  config.contenders = false;
  std::vector<hottiles::Mapping> mappings;
  std::vector<double> measured;
  mappings.reserve(profiling_matrices().size());
  measured.reserve(profiling_matrices().size());
  for (const std::string& description : profiling_matrices()) {
    const Csr a = generate(description);
    const hottiles::Mapping& mapping = mappings.emplace_back(map_tiles(a, columns, config));
    measured.push_back(simulate_partition(a, mapping, mapping.partition, config, nullptr, false).seconds());
  }
  const PredictRun predicted = [&](uint64_t run, double vis_lat) {
    TileMachine machine = mappings[run].machine;
    (type == TileType::hot ? machine.hot : machine.cold).vis_lat = vis_lat;
    return homogeneous_partition(mappings[run].matrix, machine, type).seconds();
  };
  return fit_vis_lat(predicted, measured);
}

}  // namespace

const std::vector<std::string>& profiling_matrices() {
  static const std::vector<std::string> matrices = {"uniform:rows=32768,density=0.0005",
                                                    "uniform:rows=65536,density=0.0002",
                                                    "banded:rows=65536,half_bandwidth=16,density=0.5",
                                                    "rmat:rows=32768,edges=500000",
                                                    "rmat:rows=65536,edges=1000000",
                                                    "block:rows=32768,block=64,density=0.001"};
  return matrices;
}

std::vector<std::string> HotTilesFit::settings() const {
  constexpr double kPico = 1e-12;
  std::vector<std::string> all;
  if (hot) all.push_back(fmt::format("hot_vis_lat_ps={:.6g}", hot->vis_lat / kPico));
  if (cold) all.push_back(fmt::format("cold_vis_lat_ps={:.6g}", cold->vis_lat / kPico));
  return all;
}

HotTilesFit fit_hottiles(const hottiles::Config& config, uint64_t columns) {
  HotTilesFit result;
  if (config.hot_count() > 0) result.hot = fit(config, TileType::hot, columns);
  if (config.cold_count() > 0) result.cold = fit(config, TileType::cold, columns);
  return result;
}

}  // namespace nonzero
