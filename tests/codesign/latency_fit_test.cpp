#include "nonzero/codesign/latency_fit.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "nonzero/base/error.h"
#include "support/tiles.h"

namespace nonzero {
namespace {

struct Profile {
  Profile() {
    for (uint64_t i = 0; i < 4; ++i)
      matrices.push_back(tile_matrix(test::scattered(600, 600, 500 + 3000 * i, i), {600, 600, 100, 100}));
  }
  [[nodiscard]] double predicted(uint64_t run, double vis_lat, TileType type) const {
    TileMachine machine = test::spade_sextans();
    (type == TileType::hot ? machine.hot : machine.cold).vis_lat = vis_lat;
    return homogeneous_partition(matrices[run], machine, type).seconds();
  }
  std::vector<TiledMatrix> matrices;
};

TEST(LatencyFit, finds_the_latency_of_the_model_that_measured) {
  const Profile profile;
  for (const TileType type : {TileType::hot, TileType::cold}) {
    const auto predicted = [&](uint64_t run, double vis_lat) {
      return profile.predicted(run, vis_lat, type);
    };
    std::vector<double> measured;
    for (uint64_t run = 0; run < 4; ++run) measured.push_back(predicted(run, 2.0e-10));
    const LatencyFit fit = fit_vis_lat(predicted, measured);
    EXPECT_NEAR(fit.vis_lat, 2.0e-10, 2.0e-12);
    EXPECT_LT(fit.mean_error, 1e-6);
    EXPECT_FALSE(fit.at_edge);
  }
}

RC_GTEST_PROP(LatencyFit, finds_any_latency_of_runs_that_wait_for_bytes, ()) {
  const double exponent = -12.9 + 4.8 * *rc::gen::inRange(0, 1001) / 1000.0;
  const double vis_lat = std::pow(10, exponent);
  const std::vector<double> bytes{1e6, 3e7, 2e5};
  const auto predicted = [&](uint64_t run, double at) { return bytes[run] * at; };
  std::vector<double> measured;
  for (const double b : bytes) measured.push_back(b * vis_lat);
  RC_ASSERT(std::abs(fit_vis_lat(predicted, measured).vis_lat / vis_lat - 1) < 0.01);
}

TEST(LatencyFit, says_where_the_runs_leave_it_at_the_edge_of_the_range) {
  const auto predicted = [](uint64_t, double vis_lat) { return vis_lat; };
  EXPECT_TRUE(fit_vis_lat(predicted, std::vector<double>{1.0}).at_edge);
}

TEST(LatencyFit, refuses_no_run_and_times_that_no_run_takes) {
  const auto predicted = [](uint64_t, double vis_lat) { return vis_lat; };
  EXPECT_THROW(fit_vis_lat(predicted, {}), InputError);
  EXPECT_THROW(fit_vis_lat(predicted, std::vector<double>{1.0, 0.0}), InputError);
}

}  // namespace
}  // namespace nonzero
