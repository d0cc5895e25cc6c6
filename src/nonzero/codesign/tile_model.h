#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nonzero/tensor/tiles.h"

namespace nonzero {

// Bytes and time of a tile on a hot or a cold worker, and of a whole partition (HotTiles, HPCA 2024,
// section IV, Table I, Eqs. 2-8). No contention here but for total bytes over bandwidth.

// How often a worker reads a row of Din or Dout: for every non-zero; once per tile for every row that a
// non-zero needs; once per tile for every row there is; or once for all tiles of its type in a panel.
enum class TileReuse : uint8_t { none, demand, stream, inter_tile };
// The five tasks of a tile.
enum class TileTask : uint8_t { read_a, read_din, read_dout, mac, write_dout };
inline constexpr uint32_t kTileTasks = 5;

// What overlaps: stages follow each other; within a stage chains run side by side, so that the longest
// counts; the tasks of a chain add up.
struct TileOverlap {
  struct Place {
    uint8_t stage = 0, chain = 0;
    bool operator==(const Place&) const = default;
  };
  std::array<Place, kTileTasks> of_task{
      {{0, 0}, {0, 0}, {0, 0}, {0, 1}, {0, 0}}};  // MAC beside the memory tasks

  [[nodiscard]] double seconds(const std::array<double, kTileTasks>& of_task_seconds) const;
  bool operator==(const TileOverlap&) const = default;
};

struct TileWorker {
  std::string name;
  uint32_t count = 1;
  double flops = 0;                 // operations per second of one worker
  double vis_lat = 0;               // seconds per byte of one worker
  double nonzeros_per_second = 0;   // where above 0, instead of flops, whatever the operations per non-zero
  uint64_t scratchpad_bytes = 0;    // 0: none
  TileReuse din = TileReuse::none;  // not inter_tile
  TileReuse dout = TileReuse::inter_tile;
  TileFormat format = TileFormat::coo;
  TileTraversal traversal = TileTraversal::untiled;
  TileOverlap overlap;
  double din_cache_hit = 0;  // share of Din's bytes that a cache saves, below 1
};

struct TileMachine {
  TileWorker hot, cold;
  double bandwidth = 0;         // bytes per second of the shared memory
  double hot_link = 0;          // bytes per second of a link of the hot workers; 0: none
  bool atomic_output = false;   // one output for both types: no merge, and parallel mode only
  uint64_t columns = 32;        // K, of Din and Dout
  double operations = 2;        // per non-zero and column
  uint32_t value_bytes = 4;     // of Din and Dout
  uint32_t item_bytes = 4;      // of each word of A
  std::optional<double> merge;  // seconds; none: three outputs over the bandwidth

  [[nodiscard]] uint64_t row_bytes() const { return columns * value_bytes; }
  [[nodiscard]] double merge_seconds(uint64_t rows) const;
};

// Throws InputError on K or operations below 1, rates or vis_lat not above 0, no worker at all, a Din that is
// reused between tiles, a cache hit rate outside [0, 1). What a type without workers says is not looked at.
void validate(const TileMachine& machine);

// Names for configuration files; parse_tile_overlap also takes stages apart by ';', chains by '|', tasks by
// '+': "read_a+read_din+read_dout+write_dout|mac". Each task stands there once. InputError on anything
// else.
TileReuse parse_tile_reuse(std::string_view name);          // none, demand, stream, inter-tile
TileFormat parse_tile_format(std::string_view name);        // coo, csr
TileTraversal parse_tile_traversal(std::string_view name);  // tiled, untiled
TileOverlap parse_tile_overlap(std::string_view name);      // mac-beside-memory, all, none
std::string_view name_of(TileReuse reuse);
std::string_view name_of(TileFormat format);
std::string_view name_of(TileTraversal traversal);

// The largest tile side whose Din and Dout each fit half of the scratchpad of every worker that has one.
std::optional<uint64_t> largest_tile_side(const TileMachine& machine);
// Throws InputError with needed and available bytes where Din and Dout of a tile overflow a scratchpad.
void check_scratchpads(const TileGrid& grid, const TileMachine& machine);

// The grid of square tiles. A matrix of fewer than 16 tiles of side `side` gets, where `reduce`, the largest
// power of two that gives at least 16 panels, never below 64 and never above `side`.
struct ChosenGrid {
  TileGrid grid;
  bool reduced = false;
};
ChosenGrid choose_grid(uint64_t rows, uint64_t columns, uint64_t side, bool reduce = true);

// Of one tile on either type; bytes count Dout read and written.
struct TileCost {
  double hot_seconds = 0, cold_seconds = 0;
  double hot_bytes = 0, cold_bytes = 0;
};

// Bytes of a tile by task; `dout_rows` rows of Dout are read and written.
struct TileBytes {
  double a = 0, din = 0, dout = 0;  // dout: one way
  [[nodiscard]] double total() const { return a + din + 2 * dout; }
};
TileBytes tile_bytes(const TileGrid& grid, const Tile& tile, const TileWorker& worker,
                     const TileMachine& machine, uint64_t dout_rows);
double tile_seconds(const TileBytes& bytes, uint64_t nnz, const TileWorker& worker,
                    const TileMachine& machine);

// Maximum reuse: no tile is the first of its type in its panel. One cost per tile of `matrix`.
std::vector<TileCost> maximum_reuse_costs(const TiledMatrix& matrix, const TileMachine& machine);

// Sums over the tiles of a type (not yet divided by its workers).
struct TypeTotal {
  uint64_t tiles = 0, nnz = 0;
  double seconds = 0, bytes = 0;
};
struct SplitTotal {
  TypeTotal hot, cold;
};

// Sums of `costs` by type; `matrix` may be absent (nullptr): then nnz stays 0.
SplitTotal total_of(std::span<const TileCost> costs, std::span<const TileType> of_tile,
                    const TiledMatrix* matrix = nullptr);

// The reuse pass: the first tile of a type in a panel pays for Dout where its worker goes tile by tile, and
// the first tile of a row pays for that row where it goes row by row. Judges any number of partitions in
// one walk over the pieces; the result does not depend on the number of threads.
std::vector<SplitTotal> totals_after_reuse(const TiledMatrix& matrix, const TileMachine& machine,
                                           std::span<const std::vector<TileType>> partitions);
// The same for one partition, tile by tile: bytes and seconds on the tile's own type.
struct OwnCost {
  double seconds = 0, bytes = 0;
};
std::vector<OwnCost> costs_after_reuse(const TiledMatrix& matrix, const TileMachine& machine,
                                       std::span<const TileType> of_tile);

// Parallel: both types at once, each with its own output, merged at the end. Serial: hot, then cold.
enum class TileMode : uint8_t { parallel, serial };
// What a prediction hangs on: a type's time, the shared memory, the hot workers' link.
enum class TileCause : uint8_t { none, hot_time, cold_time, bandwidth, hot_link };

// Seconds by phase; they add up to the prediction. Where one type has no tile there is neither overlap nor
// merge.
struct TilePrediction {
  TileMode mode = TileMode::parallel;
  double both = 0, hot = 0, cold = 0, merge = 0;
  TileCause cause = TileCause::none;  // of `both`, or of the longer of `hot` and `cold`
  SplitTotal total;

  [[nodiscard]] double seconds() const { return both + hot + cold + merge; }
};
TilePrediction predict(const SplitTotal& total, TileMode mode, const TileMachine& machine, uint64_t rows);

std::string_view name_of(TileMode mode);
std::string_view name_of(TileCause cause);

}  // namespace nonzero
