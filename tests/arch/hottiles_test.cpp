#include "nonzero/arch/hottiles/hottiles.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "nonzero/arch/hottiles/activity.h"
#include "nonzero/arch/hottiles/schedule.h"
#include "nonzero/base/embedded.h"
#include "nonzero/base/random.h"
#include "nonzero/hw/reduction/output_merge.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/study/run.h"
#include "nonzero/tensor/generate.h"
#include "support/data.h"
#include "support/machines.h"
#include "support/matrices.h"

namespace nonzero::hottiles {
namespace {

using Settings = std::vector<std::string>;

// A, and a dense operand of `k` columns whose values are drawn to suit the data type.
Operation spmm(const Csr& a, uint64_t k, Semiring semiring = Semiring::kPlusTimes) {
  Csr dense = generate_uniform(a.columns, k, 1, 7);
  dense.values.clear();
  Operation op = make_gemm("spmm", Operand::of(a, "a"), Operand::of(std::move(dense), "dense"));
  std::get<Gemm>(op.body).semiring = semiring;
  return op;
}

Result judged(const Settings& settings, const Operation& op) {
  StudyOptions options;
  options.output = OutputMode::kCheck;
  const auto machine = test::machine("hottiles", settings);
  return run_study(*machine, {&op, 1}, options).results.front();
}

Result simulated(const Settings& settings, const Operation& op) {
  return test::simulate("hottiles", settings, op);
}

// A block in the upper left corner, all there, and noise elsewhere: one region for each kind of worker.
Csr block_and_noise(uint64_t n, uint64_t block_rows, uint64_t block_columns, double noise) {
  const Csr rest = generate_uniform(n, n, noise, 3);
  Csr a{n, n, {0}, {}, {}};
  for (uint64_t row = 0; row < n; ++row) {
    const uint64_t filled = row < block_rows ? block_columns : 0;
    for (uint32_t c = 0; c < filled; ++c) a.indices.push_back(c);
    for (const uint32_t c : rest.fiber(row))
      if (c >= filled) a.indices.push_back(c);
    a.offsets.push_back(a.indices.size());
  }
  return a;
}

const Settings kSmallTiles = {"tile_side=64", "reduce_small=false"};

Settings with(Settings settings, const Settings& more) {
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

// Acceptance 3.
TEST(HotTiles, hot_part_cold_part_and_merge_are_the_product_in_every_semiring) {
  const Operation base = spmm(block_and_noise(600, 70, 130, 0.01), 9);
  for (const Semiring semiring : kSemirings)
    for (const char* partition : {"hottiles", "min-time-parallel", "min-time-serial", "unaware", "hot-only",
                                  "cold-only", "oracle-cutoffs"})
      for (const char* type : {"fp32", "int8"}) {
        Operation op = base;
        std::get<Gemm>(op.body).semiring = semiring;
        const Result r = judged(
            with(kSmallTiles, {std::string("partition=") + partition, std::string("data_type=") + type}), op);
        EXPECT_TRUE(r.output.checked);
        EXPECT_EQ(r.output.method, "reference");
        EXPECT_LE(r.output.relative_error, std::string_view(type) == "int8" ? 0 : 1e-5);
      }
}

TEST(HotTiles, products_of_random_matrices_are_right) {
  EXPECT_TRUE(rc::check([] {
    const uint64_t n = *rc::gen::inRange<uint64_t>(1, 200), m = *rc::gen::inRange<uint64_t>(1, 200);
    Csr a = generate_uniform(m, n, *rc::gen::element(0.0, 0.01, 0.2), *rc::gen::inRange<uint64_t>(1, 1000));
    a.values.clear();  // whole numbers are drawn
    const auto side = *rc::gen::element<std::string>("16", "50", "64");
    const Result r = judged({"tile_side=" + side, "reduce_small=false", "chunk_rows=7",
                             "partition=" + *rc::gen::element<std::string>("hottiles", "unaware"),
                             "hot_workers=2", "data_type=int16"},
                            spmm(a, *rc::gen::inRange<uint64_t>(1, 40)));
    RC_ASSERT(r.output.relative_error == 0);
    RC_ASSERT(r.counters.get("hot.nnz") + r.counters.get("cold.nnz") == a.nnz());
  }));
}

// More multiplications than are compared one by one: a sample of rows is.
TEST(HotTiles, large_products_of_other_semirings_are_compared_row_by_row) {
  const Result r =
      judged({"contenders=false"}, spmm(generate_uniform(2000, 2000, 0.1, 1), 512, Semiring::kMinPlus));
  EXPECT_GT(r.multiplications_effectual, kMostComparedMultiplications);
  EXPECT_EQ(r.output.method, "reference rows");
}

// Traffic and time of B's zeros are paid, their products do not exist.
TEST(HotTiles, a_sparse_b_is_read_as_dense) {
  const Csr a = generate_uniform(100, 80, 0.1, 1);
  const Operation op =
      make_gemm("sparse b", Operand::of(a, "a"), Operand::of(generate_uniform(80, 20, 0.3, 2), "b"));
  for (const Semiring semiring : kSemirings) {
    Operation other = op;
    std::get<Gemm>(other.body).semiring = semiring;
    const Result r = judged(kSmallTiles, other);
    EXPECT_LT(r.multiplications_effectual, r.multiplications_issued);
    EXPECT_EQ(r.multiplications_issued, r.nnz_a * 20);
  }
  EXPECT_EQ(simulated(kSmallTiles, op).cycles,
            simulated(kSmallTiles, make_gemm("dense b", Operand::of(a, "a"),
                                             Operand::of(generate_uniform(80, 20, 1, 2), "b")))
                .cycles);
}

// One tile of 64 x 64 with one non-zero in each row, all hot, K = 32: 12 B a non-zero, 64 rows of Din, 64 of Dout read
// and written, at 47 * 4 lines in 150 ns.
TEST(HotTiles, one_hot_tile_by_hand) {
  const Csr a = generate_diagonal(64, 1);
  const Result r = simulated(with(kSmallTiles, {"partition=hot-only"}), spmm(a, 32));
  const double bytes = 64 * 12 + 3 * 64 * 128;
  EXPECT_EQ(r.cycles, static_cast<uint64_t>(std::ceil(bytes / (47 * 4 * 64 / 150e-9) * 0.8e9)));
  EXPECT_EQ(r.phases.get("stream.hot"), r.cycles);
  EXPECT_EQ(r.counters.get("hot.a_bytes"), 64U * 12);
  EXPECT_EQ(r.counters.get("hot.din_bytes"), 64U * 128);
  EXPECT_EQ(r.counters.get("hot.dout_bytes"), 2 * 64U * 128);
  EXPECT_EQ(r.counters.get("hot.units"), 1U);
  EXPECT_EQ(r.counters.get("merge.bytes"), 0U);
}

// The same on cold workers: one chunk; 64 rows of two lines that the cache does not have.
TEST(HotTiles, one_cold_chunk_by_hand) {
  const Csr a = generate_diagonal(64, 1);
  const Result r = simulated(with(kSmallTiles, {"partition=cold-only"}), spmm(a, 32));
  const double dense = 3 * 64 * 128 / (32 * 64 / 150e-9), sparse = 64 * 12 / (6 * 64 / 150e-9);
  EXPECT_GT(dense, sparse);
  EXPECT_EQ(r.cycles, static_cast<uint64_t>(std::ceil(dense * 0.8e9)));
  EXPECT_EQ(r.counters.get("cold.l1_lines"), 128U);
  EXPECT_EQ(r.counters.get("cold.l1_misses"), 128U);
  EXPECT_EQ(r.counters.get("cold.units"), 1U);
}

// Two panels, both hot and cold tiles in each: Dout of a panel moves once for the hot worker, whatever its tiles.
TEST(HotTiles, dout_of_a_panel_moves_with_its_first_and_last_hot_tile) {
  const Csr a = generate_uniform(128, 256, 0.2, 1);
  const Result r = simulated(with(kSmallTiles, {"partition=hot-only"}), spmm(a, 32));
  EXPECT_EQ(r.counters.get("tiles.hot"), 8U);
  EXPECT_EQ(r.counters.get("hot.dout_bytes"), 2 * 128U * 128);
  EXPECT_EQ(r.counters.get("hot.din_bytes"), 8 * 64U * 128);
  const Result streamed =
      simulated(with(kSmallTiles, {"partition=hot-only", "hot_dout=stream"}), spmm(a, 32));
  EXPECT_EQ(streamed.counters.get("hot.dout_bytes"), 4 * 2 * 128U * 128);
}

// Acceptance 7.
TEST(HotTiles, a_block_in_noise_runs_faster_than_on_either_kind_alone) {
  const Result r = simulated({}, spmm(block_and_noise(65536, 1024, 8192, 1e-5), 32));
  for (const char* other : {"hot_only", "cold_only", "unaware"})
    EXPECT_LE(r.cycles, r.counters.get(std::string(other) + ".cycles")) << other;
  EXPECT_EQ(r.counters.get("tiles.side"), 8192U);
  EXPECT_GT(r.counters.get("hot.nnz"), 0U);
  EXPECT_GT(r.counters.get("cold.nnz"), 0U);
}

struct Scheduled {
  Config config;
  Csr a;
  Mapping mapping;
  Schedule schedule;
};

Scheduled schedule_of(const Csr& a, uint64_t k, const std::string& partition, Config config = {}) {
  Scheduled s{config, a, {}, {}};
  s.config.partition = partition;
  s.mapping = map_tiles(s.a, k, s.config);
  s.schedule = simulate_partition(s.a, s.mapping, s.mapping.partition, s.config, nullptr, false);
  return s;
}

// Acceptance 8.
TEST(HotTilesSchedule, every_workers_time_adds_up_and_no_bound_is_beaten) {
  Config config;
  config.tile_side = 256;
  config.reduce_small = false;
  const Csr a = block_and_noise(4096, 256, 512, 1e-3);
  for (const std::string& partition : partition_names()) {
    if (partition == "oracle") continue;
    const Scheduled s = schedule_of(a, 32, partition, config);
    const double total = s.schedule.seconds();
    EXPECT_EQ(s.schedule.workers.size(), 17U);
    double compute = 0;
    for (const WorkerTime& worker : s.schedule.workers) {
      EXPECT_NEAR(worker.compute + worker.memory + worker.idle, total, 1e-9 * total) << partition;
      compute += worker.compute;
    }
    EXPECT_GE(total, s.schedule.bytes() / (config.sustained_gbps * 1e9) * (1 - 1e-9)) << partition;
    const hw::SimdRows rows = config.simd_rows(32);
    const double at_peak = static_cast<double>(s.schedule.hot_work.nnz) * rows.cycles(16) / 20 / 0.8e9 +
                           static_cast<double>(s.schedule.cold_work.nnz) * rows.cycles(16) / 0.8e9;
    EXPECT_NEAR(compute, at_peak, 1e-9 * at_peak) << partition;
    EXPECT_EQ(s.schedule.hot_work.nnz + s.schedule.cold_work.nnz, a.nnz());
  }
}

TEST(HotTilesSchedule, all_hot_takes_what_the_model_predicts) {
  for (const Csr& a :
       {generate_uniform(65536, 65536, 2e-4, 1), generate_banded(65536, 65536, 200, 0.05, 2)}) {
    const Scheduled s = schedule_of(a, 32, "hot-only");
    EXPECT_NEAR(s.schedule.seconds() / s.mapping.partition.seconds(), 1, 0.15);
  }
}

TEST(HotTilesSchedule, serial_runs_hot_then_cold_and_parallel_merges) {
  Config config;
  config.tile_side = 256;
  config.reduce_small = false;
  config.barrier_ns = 100;
  const Csr a = block_and_noise(4096, 256, 512, 1e-3);
  const Scheduled serial = schedule_of(a, 32, "min-time-serial", config);
  EXPECT_EQ(serial.schedule.both, 0);
  EXPECT_GT(serial.schedule.hot, 0);
  EXPECT_GT(serial.schedule.cold, 0);
  EXPECT_DOUBLE_EQ(serial.schedule.barrier, 100e-9);
  EXPECT_EQ(serial.schedule.merge, 0);
  const Scheduled parallel = schedule_of(a, 32, "min-time-parallel", config);
  EXPECT_GT(parallel.schedule.both, 0);
  EXPECT_EQ(parallel.schedule.barrier, 0);
  EXPECT_DOUBLE_EQ(parallel.schedule.merge, 3 * 4096 * 128 / 161e9);
  config.atomic_output = true;
  EXPECT_EQ(schedule_of(a, 32, "min-time-parallel", config).schedule.merge, 0);
}

// The cold part alone, with all workers' chunks in the order of one worker: the cache sees rows in order.
TEST(HotTilesSchedule, one_cold_worker_misses_what_one_cache_misses) {
  Config config;
  config.cold_scale = 1;
  config.cold_workers_per_scale = 1;
  const Csr a = generate_uniform(3000, 3000, 0.01, 4);
  const Scheduled s = schedule_of(a, 32, "cold-only", config);
  hw::SpadePe pe(config.spade(), config.simd_rows(32));
  pe.visit(a.indices);
  const hw::SpadeWork work = pe.close(12.0 * static_cast<double>(a.nnz()), 3000);
  EXPECT_EQ(s.schedule.cold_work.l1_misses, work.din_misses);
  EXPECT_EQ(s.schedule.cold_work.l1_lines, work.din_lines);
  EXPECT_GE(s.schedule.seconds(), work.seconds * (1 - 1e-9));
}

TEST(HotTiles, phases_add_up_and_name_what_ran) {
  const Operation op = spmm(block_and_noise(4096, 256, 512, 1e-3), 32);
  const Settings tiles = {"tile_side=256", "reduce_small=false"};
  const Result parallel = simulated(with(tiles, {"partition=min-time-parallel"}), op);
  EXPECT_GT(parallel.phases.get("stream.both"), 0U);
  EXPECT_GT(parallel.phases.get("merge"), 0U);
  const Result serial = simulated(with(tiles, {"partition=min-time-serial", "barrier_ns=1000"}), op);
  EXPECT_EQ(serial.phases.get("control.barrier"), 800U);
  const Result predicted = simulated(with(tiles, {"partition=min-time-serial", "timing=predicted"}), op);
  EXPECT_EQ(predicted.cycles, serial.counters.get("predicted_cycles"));
  EXPECT_EQ(predicted.counters.get("simulated_cycles") + 800, serial.cycles);
}

// Acceptance 4, the machine's half.
TEST(HotTiles, a_machine_of_one_kind_runs_as_that_kind_alone) {
  const Operation op = spmm(block_and_noise(4096, 256, 512, 1e-3), 32);
  const Settings tiles = {"tile_side=256", "reduce_small=false"};
  EXPECT_EQ(simulated(with(tiles, {"hot_scale=0"}), op).cycles,
            simulated(with(tiles, {"partition=cold-only"}), op).cycles);
  EXPECT_EQ(simulated(with(tiles, {"cold_scale=0"}), op).cycles,
            simulated(with(tiles, {"partition=hot-only"}), op).cycles);
}

TEST(HotTiles, contenders_are_what_their_own_runs_give) {
  const Operation op = spmm(block_and_noise(4096, 256, 512, 1e-3), 32);
  const Settings tiles = {"tile_side=256", "reduce_small=false"};
  const Result all = simulated(tiles, op);
  uint64_t best_prediction = UINT64_MAX;
  for (const std::string name : {"hot-only", "cold-only", "unaware", "min-time-parallel", "min-time-serial",
                                 "min-byte-parallel", "min-byte-serial"}) {
    const Result own = simulated(with(tiles, {"partition=" + std::string(name), "contenders=false"}), op);
    std::string counter = name;
    std::replace(counter.begin(), counter.end(), '-', '_');
    EXPECT_EQ(all.counters.get(counter + ".cycles"), own.cycles) << name;
    EXPECT_EQ(all.counters.get(counter + ".predicted_cycles"), own.counters.get("predicted_cycles")) << name;
    if (counter.starts_with("min_"))
      best_prediction = std::min(best_prediction, own.counters.get("predicted_cycles"));
  }
  EXPECT_EQ(all.counters.get("predicted_cycles"), best_prediction);
  EXPECT_EQ(simulated(with(tiles, {"contenders=false"}), op).counters.get("hot_only.cycles"), 0U);
}

TEST(HotTiles, homogeneous_candidates_are_contenders_once) {
  const Operation op = spmm(block_and_noise(4096, 256, 512, 1e-3), 32);
  const Settings tiles = {"tile_side=256", "reduce_small=false"};
  EXPECT_EQ(simulated(with(tiles, {"include_homogeneous=true"}), op).counters.get("hot_only.cycles"),
            simulated(tiles, op).counters.get("hot_only.cycles"));
}

// Spans of one panel: on one worker, unless chunks of rows are dealt out.
TEST(HotTiles, the_cold_rows_of_a_panel_are_one_workers_unless_chunks_are_dealt) {
  const Operation op = spmm(block_and_noise(4096, 256, 512, 3e-3), 32);
  const auto shared_panels = [&](const std::string& ownership) {
    SimulateOptions options;
    options.timeline = true;
    const auto machine = test::machine(
        "hottiles", with(kSmallTiles, {"partition=min-time-parallel", "cold_ownership=" + ownership}));
    std::map<uint64_t, std::set<std::string>> workers;
    const RunResult run = machine->simulate({&op, 1}, options);
    for (const Interval& span : run.results.front().timeline)
      if (span.phase == "stream.cold") workers[span.tile].insert(span.component);
    EXPECT_GT(workers.size(), 16U) << "more panels than workers";
    return std::count_if(workers.begin(), workers.end(),
                         [](const auto& panel) { return panel.second.size() > 1; });
  };
  EXPECT_EQ(shared_panels("panel"), 0);
  EXPECT_EQ(shared_panels("auto"), 0);
}

TEST(HotTiles, chunks_of_a_large_panel_go_to_whoever_is_free) {
  const Operation op = spmm(block_and_noise(4096, 256, 512, 3e-3), 32);
  const Settings tiles = {"tile_side=1024", "reduce_small=false", "partition=min-time-parallel",
                          "contenders=false"};
  EXPECT_LT(simulated(with(tiles, {"cold_ownership=chunk"}), op).counters.get("cold.idle_cycles"),
            simulated(with(tiles, {"cold_ownership=panel"}), op).counters.get("cold.idle_cycles"));
}

TEST(HotTiles, no_more_lanes_are_useful_than_there_are_at_any_intensity) {
  const Operation op = spmm(generate_uniform(2000, 2000, 0.2, 1), 32);
  for (const char* operations : {"1", "2", "64"})
    for (const char* rate : {"0", "20"}) {
      const Result r = simulated({"partition=hot-only", std::string("ops_per_nonzero=") + operations,
                                  std::string("hot_nonzeros_per_cycle=") + rate},
                                 op);
      EXPECT_LE(r.compute_utilisation, 1) << operations << " " << rate;
      EXPECT_GT(r.compute_utilisation, 0) << operations << " " << rate;
    }
}

TEST(HotTiles, every_preset_of_the_paper_runs) {
  const Operation op = spmm(generate_uniform(3000, 3000, 0.01, 1), 32);
  for (const char* name : {"spade-sextans-s1", "spade-sextans-s2", "spade-sextans-s4", "spade-sextans-s8",
                           "spade-sextans-pcie", "piuma-like"}) {
    const std::string& yaml = embedded_files().at(std::string("presets/") + name + ".yaml");
    const RunResult run = find_accelerator("hottiles").make(yaml, name, {})->simulate({&op, 1}, {});
    EXPECT_GT(run.results.front().cycles, 0U) << name;
  }
}

// Acceptance 11.
TEST(HotTiles, more_operations_per_non_zero_draw_work_to_hot_workers_that_do_not_feel_them) {
  const Csr a = block_and_noise(4096, 256, 512, 3e-3);
  const Operation op = spmm(a, 32);
  const Settings pcie = {"tile_side=256", "reduce_small=false", "link_gbps=32", "hot_nonzeros_per_cycle=20",
                         "contenders=false"};
  const auto run = [&](const char* partition, const char* operations) {
    return simulated(
        with(pcie, {std::string("partition=") + partition, std::string("ops_per_nonzero=") + operations}),
        op);
  };
  const auto compute = [](const Result& r, const char* type) {
    return static_cast<double>(r.counters.get(std::string(type) + ".busy_compute_cycles"));
  };
  EXPECT_NEAR(compute(run("cold-only", "64"), "cold") / compute(run("cold-only", "2"), "cold"), 32, 0.01);
  EXPECT_EQ(compute(run("hot-only", "64"), "hot"), compute(run("hot-only", "2"), "hot"));
  uint64_t before = 0;
  for (const char* operations : {"2", "4", "8", "16", "32", "64"}) {
    const uint64_t hot = run("min-time-parallel", operations).counters.get("hot.nnz");
    EXPECT_GE(hot, before) << operations;
    before = hot;
  }
  EXPECT_GE(run("hottiles", "64").counters.get("hot.nnz"), run("hottiles", "2").counters.get("hot.nnz"));
}

TEST(HotTiles, piuma_like_workers_read_rows_on_demand_and_merge_nothing) {
  const Csr a = generate_diagonal(64, 1);
  const Settings piuma = {"tile_side=64",      "reduce_small=false",   "cold_scale=1",
                          "hot_scale=1",       "hot_workers=2",        "clock_mhz=1000",
                          "simd_lanes=1",      "hot_macs_per_scale=4", "value_bytes=8",
                          "cold_format=csr",   "hot_format=csr",       "hot_dout=demand",
                          "l1_bytes=0",        "atomic_output=true",   "hot_vis_lat_ps=50",
                          "sustained_gbps=32", "bandwidth_gbps=32"};
  Csr half = a;  // 32 of the tile's rows hold a non-zero
  half.rows = 64;
  half.indices.resize(32);
  half.values.resize(32);
  for (size_t row = 33; row <= 64; ++row) half.offsets[row] = 32;
  const Result hot = simulated(with(piuma, {"partition=hot-only"}), spmm(half, 32));
  EXPECT_EQ(hot.counters.get("hot.a_bytes"), (64 + 2 * 32) * 4U);
  EXPECT_EQ(hot.counters.get("hot.din_bytes"), 64U * 256);
  EXPECT_EQ(hot.counters.get("hot.dout_bytes"), 2 * 32U * 256);
  const Result cold = simulated(with(piuma, {"partition=cold-only"}), spmm(half, 32));
  EXPECT_EQ(cold.counters.get("cold.l1_lines"), 0U);
  EXPECT_EQ(cold.counters.get("cold.din_bytes"), 32U * 256);
  EXPECT_EQ(cold.counters.get("cold.busy_compute_cycles"), 32U * 32);
  EXPECT_GT(judged(with(piuma, {"data_type=int16"}), spmm(block_and_noise(600, 70, 130, 0.01), 9)).cycles,
            0U);
}

TEST(HotTiles, small_matrices_get_smaller_tiles_and_say_so) {
  const Operation op = spmm(generate_uniform(5000, 5000, 0.001, 1), 32);
  const Result r = simulated({}, op);
  EXPECT_EQ(r.counters.get("tiles.side"), 256U);
  EXPECT_EQ(std::count_if(r.notes.begin(), r.notes.end(),
                          [](const std::string& note) { return note.starts_with("small matrix"); }),
            1);
  EXPECT_EQ(simulated({"reduce_small=false"}, op).counters.get("tiles.side"), 8192U);
}

TEST(HotTiles, tiles_shrink_with_the_columns_of_din) {
  const Operation op = spmm(generate_uniform(3000, 3000, 0.001, 1), 128);
  EXPECT_EQ(simulated({"reduce_small=false"}, op).counters.get("tiles.side"), 2048U);
  EXPECT_THROW(simulated({"reduce_small=false", "tile_side=4096"}, op), InputError);
}

TEST(HotTiles, the_same_cycles_on_any_number_of_threads) {
  const Operation op = spmm(block_and_noise(4096, 256, 512, 1e-3), 32);
  const Result many = simulated({}, op);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const Result alone = simulated({}, op);
  EXPECT_EQ(many.cycles, alone.cycles);
  EXPECT_TRUE(std::equal(many.counters.begin(), many.counters.end(), alone.counters.begin()));
}

TEST(HotTiles, empty_matrices_take_no_time) {
  const Csr nothing{100, 100, std::vector<uint64_t>(101), {}, {}};
  const Result r = judged({}, spmm(nothing, 32));
  EXPECT_EQ(r.cycles, 0U);
  EXPECT_EQ(r.traffic_bytes.at("dram").read.sum(), 0U);
}

// Traffic is what the compressed operands need at least.
TEST(HotTiles, traffic_covers_the_operands) {
  const Csr a = block_and_noise(4096, 256, 512, 1e-3);
  for (const char* partition : {"hottiles", "hot-only", "cold-only", "unaware", "min-time-serial"}) {
    const Result r = simulated({std::string("partition=") + partition}, spmm(a, 32));
    const LevelTraffic& dram = r.traffic_bytes.at("dram");
    EXPECT_EQ(dram.read.get("a") + dram.read.get("metadata"), 12 * a.nnz());
    EXPECT_GE(dram.read.get("b"), 4096U * 128) << partition;
    EXPECT_GE(dram.write.get("c"), 4096U * 128 * 9 / 10) << partition;
    EXPECT_GE(static_cast<double>(r.cycles) / 0.8e9,
              static_cast<double>(dram.read.sum() + dram.write.sum()) / 161e9 * (1 - 1e-6));
    EXPECT_GT(r.energy_pj.total, 0);
  }
}

TEST(HotTiles, the_tile_map_shows_every_tile_once) {
  const Operation op = spmm(block_and_noise(4096, 256, 512, 1e-3), 32);
  SimulateOptions options;
  options.views = true;
  options.timeline = true;
  const Result r = test::machine("hottiles", {"tile_side=256", "reduce_small=false"})
                       ->simulate({&op, 1}, options)
                       .results.front();
  ASSERT_EQ(r.views.size(), 1U);
  const auto& map = r.views.front().second.front();
  const auto sum = [](const nlohmann::ordered_json& list) {
    return std::accumulate(list.begin(), list.end(), uint64_t{0}, [](uint64_t total, const auto& one) {
      return total + one.template get<uint64_t>();
    });
  };
  EXPECT_EQ(sum(map["cells"]["tiles"]) + map["empty_tiles"].get<uint64_t>(), 256U);
  EXPECT_EQ(sum(map["cells"]["hot_tiles"]), r.counters.get("tiles.hot"));
  EXPECT_EQ(sum(map["cells"]["nnz"]), r.nnz_a);
  EXPECT_EQ(sum(map["spy"]["nnz"]), r.nnz_a);
  EXPECT_EQ(map["contenders"].size(), 8U);
  EXPECT_EQ(map["workers"].size(), 17U);
  EXPECT_FALSE(r.timeline.empty());
  for (const Interval& interval : r.timeline) EXPECT_LE(interval.end, r.cycles + 1);
}

TEST(HotTiles, area_is_that_of_the_mix) {
  const auto area = [](const Settings& settings) {
    double total = 0;
    for (const BillLine& line : test::machine("hottiles", settings)->bill()) total += line.area_mm2;
    return total;
  };
  EXPECT_NEAR(area({"hot_scale=0"}), 16 * 0.11, 1e-9);
  EXPECT_GT(area({}), 16 * 0.11 + 0.2 * 0.11);
}

// Acceptance 10, on a real matrix: symmetric, so that entries off the diagonal count twice.
TEST(HotTiles, a_real_matrix_is_multiplied_right) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const Csr a = read_matrix((data / "matrices/fem/nasa4704.mtx").string()).matrix;
  EXPECT_EQ(a.nnz(), 104756U);
  const Result r = judged({}, spmm(a, 32));
  EXPECT_EQ(r.nnz_a, 104756U);
  EXPECT_TRUE(r.output.checked);
}

TEST(HotTiles, refuses_what_it_cannot_be) {
  EXPECT_THROW(test::machine("hottiles", {"cold_scale=0", "hot_scale=0"}), InputError);
  EXPECT_THROW(test::machine("hottiles", {"hot_scale=0", "partition=hot-only"}), InputError);
  EXPECT_THROW(test::machine("hottiles", {"cold_scale=0", "partition=cold-only"}), InputError);
  EXPECT_THROW(test::machine("hottiles", {"hot_overlap=some"}), InputError);
  EXPECT_THROW(test::machine("hottiles", {"cold_vis_lat_ps=0"}), InputError);
  EXPECT_THROW(test::machine("hottiles", {"bandwidth_gbps=0"}), InputError);
  EXPECT_THROW(test::machine("hottiles", {"hot_din=inter-tile"}), InputError);
  EXPECT_THROW(test::machine("hottiles", {"tile_side=-1"}), InputError);
  EXPECT_THROW(test::machine("hottiles", {"atomic_output=true", "partition=min-time-serial"}), InputError);
  EXPECT_THROW(whole_cycles(1e12, 1e9), InputError) << "more cycles than can be counted";
  const Operation op = spmm(generate_uniform(3000, 3000, 0.001, 1), 32);
  EXPECT_THROW(simulated({"partition=oracle"}, op), InputError);
}

TEST(Semirings, are_refused_by_machines_that_add_and_multiply) {
  const Operation op = spmm(generate_uniform(30, 30, 0.1, 1), 4, Semiring::kMinPlus);
  for (const char* design : {"sigma", "systolic", "flexagon", "gamma-like"})
    EXPECT_TRUE(test::machine(design)->refuses(op).has_value()) << design;
  EXPECT_FALSE(test::machine("hottiles")->refuses(op).has_value());
}

}  // namespace
}  // namespace nonzero::hottiles
