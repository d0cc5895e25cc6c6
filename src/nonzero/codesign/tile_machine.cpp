#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/codesign/tile_model.h"

namespace nonzero {
namespace {

constexpr uint64_t kFewTiles = 16;  // a matrix of fewer gets smaller ones
constexpr uint64_t kSmallestReduced = 64;

void require(bool holds, const std::string& problem, const std::string& allowed) {
  if (!holds) throw InputError(problem, allowed);
}

bool is_positive(double value) { return std::isfinite(value) && value > 0; }

void validate(const TileWorker& worker, const char* type) {
  if (worker.count == 0) return;
  const auto what = [&](const char* field, double value) {
    return fmt::format("{} workers: {} is {}", type, field, value);
  };
  if (worker.nonzeros_per_second == 0)
    require(is_positive(worker.flops), what("flops", worker.flops), "allowed: above 0");
  else
    require(is_positive(worker.nonzeros_per_second), what("non-zeros per second", worker.nonzeros_per_second),
            "allowed: above 0, or 0 to count operations");
  require(is_positive(worker.vis_lat), what("vis_lat", worker.vis_lat), "allowed: above 0 seconds per byte");
  require(worker.din != TileReuse::inter_tile, fmt::format("{} workers: Din's reuse is inter-tile", type),
          "allowed: none, demand, stream");
  require(worker.din_cache_hit >= 0 && worker.din_cache_hit < 1, what("din_cache_hit", worker.din_cache_hit),
          "allowed: 0 <= share < 1");
}

// Whether a worker keeps rows of a tile's Din or Dout in its scratchpad.
bool is_held(TileReuse reuse) { return reuse != TileReuse::none; }

void check_half(const TileWorker& worker, const char* array, bool held, uint64_t rows,
                const TileMachine& machine) {
  if (worker.count == 0 || worker.scratchpad_bytes == 0 || !held) return;
  const std::optional<uint64_t> needed = checked_multiply(rows, machine.row_bytes());
  const uint64_t available = worker.scratchpad_bytes / 2;
  if (needed && *needed <= available) return;
  throw InputError(
      fmt::format("{} rows of {} need {} bytes of the scratchpad of {}", rows, array,
                  needed ? fmt::to_string(*needed) : "2^64 or more", worker.name),
      fmt::format("available: {} bytes, half of it ({} rows)", available, available / machine.row_bytes()));
}

}  // namespace

double TileMachine::merge_seconds(uint64_t rows) const {
  if (atomic_output) return 0;
  if (merge) return *merge;
  return 3 * static_cast<double>(rows) * static_cast<double>(row_bytes()) / bandwidth;
}

void validate(const TileMachine& machine) {
  require(machine.columns >= 1, "K is 0", "allowed: from 1 column up");
  require(machine.columns <= UINT64_C(1) << 31U, fmt::format("K is {}", machine.columns),
          "allowed: at most 2^31");
  require(std::isfinite(machine.operations) && machine.operations >= 1,
          fmt::format("{} operations per non-zero", machine.operations), "allowed: from 1 up");
  require(machine.value_bytes > 0 && machine.item_bytes > 0, "values or items of 0 bytes",
          "allowed: from 1 up");
  require(is_positive(machine.bandwidth), fmt::format("a bandwidth of {}", machine.bandwidth),
          "allowed: above 0");
  require(machine.hot_link == 0 || is_positive(machine.hot_link),
          fmt::format("a link of {} bytes per second", machine.hot_link), "allowed: above 0, or 0 for none");
  require(!machine.merge || *machine.merge >= 0, "a merge of negative seconds", "allowed: from 0 up");
  require(machine.hot.count + uint64_t{machine.cold.count} > 0, "no hot and no cold worker",
          "allowed: at least one worker");
  validate(machine.hot, "hot");
  validate(machine.cold, "cold");
}

std::optional<uint64_t> largest_tile_side(const TileMachine& machine) {
  std::optional<uint64_t> side;
  for (const TileWorker* worker : {&machine.hot, &machine.cold}) {
    if (worker->count == 0 || worker->scratchpad_bytes == 0) continue;
    if (!is_held(worker->din) && !is_held(worker->dout)) continue;
    const uint64_t rows = worker->scratchpad_bytes / 2 / machine.row_bytes();
    require(rows >= 1,
            fmt::format("half of the scratchpad of {} holds {} bytes", worker->name,
                        worker->scratchpad_bytes / 2),
            fmt::format("a tile of side 1 needs {}", machine.row_bytes()));
    side = std::min(side.value_or(rows), rows);
  }
  return side;
}

void check_scratchpads(const TileGrid& grid, const TileMachine& machine) {
  for (const TileWorker* worker : {&machine.hot, &machine.cold}) {
    check_half(*worker, "Din", is_held(worker->din),
               std::min(grid.tile_width, std::max<uint64_t>(1, grid.columns)), machine);
    check_half(*worker, "Dout", is_held(worker->dout),
               std::min(grid.tile_height, std::max<uint64_t>(1, grid.rows)), machine);
  }
}

ChosenGrid choose_grid(uint64_t rows, uint64_t columns, uint64_t side, bool reduce) {
  const TileGrid published{rows, columns, side, side};
  validate(published);
  if (!reduce || published.tiles() >= kFewTiles || side <= kSmallestReduced) return {published, false};
  // ceil(rows / side) >= 16 means rows > 15 * side.
  const uint64_t most = rows == 0 ? 0 : (rows - 1) / (kFewTiles - 1);
  const uint64_t power = most == 0 ? 0 : std::bit_floor(most);
  const uint64_t chosen = std::min(side, std::max(power, kSmallestReduced));
  return {{rows, columns, chosen, chosen}, chosen != side};
}

}  // namespace nonzero
