#include "nonzero/arch/hottiles/activity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nonzero/base/error.h"

namespace nonzero::hottiles {
namespace {

uint64_t whole(double amount) { return static_cast<uint64_t>(std::llround(amount)); }

// Charges one phase after another.
class RunningSum {
 public:
  explicit RunningSum(Result& result) : result_(result) {}

  void add(const char* phase, double seconds) {
    seconds_ += seconds;
    const uint64_t end = std::max(result_.cycles, whole_cycles(seconds_, result_.clock_hz));
    result_.phases.add(phase, end - result_.cycles);
    result_.cycles = end;
  }

 private:
  Result& result_;
  double seconds_ = 0;
};

void count_type(Result& result, const char* type, const TypeWork& work, const hw::SimdRows& rows,
                uint64_t line_bytes) {
  const auto add = [&](const char* what, uint64_t amount) {
    result.counters.add(std::string(type) + what, amount);
  };
  add(".nnz", work.nnz);
  add(".units", work.units);
  add(".macs", whole(static_cast<double>(work.nnz) * rows.multiply_adds()));
  add(".a_bytes", whole(work.a_bytes));
  add(".din_bytes", whole(work.din_bytes));
  add(".dout_bytes", whole(work.dout_read_bytes + work.dout_write_bytes));
  const auto lines = [&](double bytes) { return whole(bytes / static_cast<double>(line_bytes)); };
  add(".a_lines", lines(work.a_bytes));
  add(".din_lines", lines(work.din_bytes));
  add(".dout_lines", lines(work.dout_read_bytes + work.dout_write_bytes));
  add(".lines", lines(work.bytes()));
  add(".active_cycles", whole_cycles(work.active_seconds, result.clock_hz));
}

// Of all workers of a type together.
void count_times(Result& result, const Schedule& schedule) {
  for (const TileType type : {TileType::hot, TileType::cold}) {
    WorkerTime sum;
    for (const WorkerTime& worker : schedule.workers) {
      if (worker.type != type) continue;
      sum.compute += worker.compute;
      sum.memory += worker.memory;
      sum.idle += worker.idle;
    }
    const std::string name = type == TileType::hot ? "hot" : "cold";
    result.counters.add(name + ".busy_compute_cycles", whole(sum.compute * result.clock_hz));
    result.counters.add(name + ".busy_memory_cycles", whole(sum.memory * result.clock_hz));
    result.counters.add(name + ".idle_cycles", whole(sum.idle * result.clock_hz));
  }
}

// Of A's items one per non-zero is its value. Where outputs are merged, those of the workers are partial sums and C
// is what the merger writes.
void count_traffic(Result& result, const Schedule& s, const Config& config) {
  LevelTraffic& dram = result.traffic_bytes["dram"];
  const uint64_t a = whole(s.hot_work.a_bytes + s.cold_work.a_bytes);
  const uint64_t values = (s.hot_work.nnz + s.cold_work.nnz) * static_cast<uint64_t>(config.index_bytes);
  dram.read.add("a", values);
  dram.read.add("metadata", a - values);
  dram.read.add("b", whole(s.hot_work.din_bytes + s.cold_work.din_bytes));
  const uint64_t read = whole(s.hot_work.dout_read_bytes + s.cold_work.dout_read_bytes);
  const uint64_t written = whole(s.hot_work.dout_write_bytes + s.cold_work.dout_write_bytes);
  const double merged =
      s.merge_bytes > 0 ? s.merge_bytes / std::max(1.0, config.merge_transfers) : 0;  // one output
  dram.read.add("psum", read + whole(s.merge_bytes) - whole(merged));
  dram.write.add("psum", s.merge_bytes > 0 ? written : 0);
  dram.write.add("c", s.merge_bytes > 0 ? whole(merged) : written);
}

}  // namespace

uint64_t whole_cycles(double seconds, double clock_hz) {
  constexpr double kNoise = 1e-6, kMost = 9e18;
  if (!(seconds * clock_hz < kMost))
    throw InputError(fmt::format("a run of {:.3g} s at {:.3g} Hz", seconds, clock_hz),
                     "fewer than 9e18 cycles: lower latency, more bandwidth or a slower clock");
  return static_cast<uint64_t>(std::ceil(std::max(0.0, seconds * clock_hz - kNoise)));
}

void charge(Result& result, const Schedule& schedule) {
  RunningSum sum(result);
  if (schedule.mode == TileMode::parallel) sum.add("stream.both", schedule.both);
  sum.add("stream.hot", schedule.hot);
  sum.add("control.barrier", schedule.barrier);
  sum.add("stream.cold", schedule.cold);
  sum.add("merge", schedule.merge);
}

void charge(Result& result, const TilePrediction& prediction) {
  RunningSum sum(result);
  if (prediction.mode == TileMode::parallel) sum.add("stream.both", prediction.both);
  sum.add("stream.hot", prediction.hot);
  sum.add("stream.cold", prediction.cold);
  sum.add("merge", prediction.merge);
}

void count_activity(Result& result, const Schedule& schedule, const Mapping& mapping, const Config& config) {
  const hw::SimdRows rows = config.simd_rows(mapping.machine.columns);
  const auto line = static_cast<uint64_t>(config.line_bytes);
  result.counters.add("tiles.hot", schedule.hot_work.tiles);
  result.counters.add("tiles.cold", schedule.cold_work.tiles);
  result.counters.add("tiles.empty", mapping.matrix.grid.tiles() - mapping.matrix.tiles.size());
  result.counters.add("tiles.side", mapping.matrix.grid.tile_height);
  result.counters.add("tiles.reduced", mapping.chosen.reduced ? 1 : 0);
  count_type(result, "hot", schedule.hot_work, rows, line);
  count_type(result, "cold", schedule.cold_work, rows, line);
  result.counters.add("hot.scratchpad_lines", schedule.hot_work.scratchpad_lines);
  result.counters.add("cold.l1_lines", schedule.cold_work.l1_lines);
  result.counters.add("cold.l1_misses", schedule.cold_work.l1_misses);
  result.counters.add("merge.bytes", whole(schedule.merge_bytes));
  result.counters.add("merge.lines", whole(schedule.merge_bytes / static_cast<double>(line)));
  result.counters.add("merge.additions", schedule.merge_additions);
  count_times(result, schedule);
  count_traffic(result, schedule, config);
}

}  // namespace nonzero::hottiles
