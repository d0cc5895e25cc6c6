#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nonzero/codesign/tile_model.h"
#include "nonzero/tensor/tiles.h"

namespace nonzero {

// Which tiles go to hot workers (HotTiles, HPCA 2024, section V), and what the result is judged against.

enum class TileHeuristic : uint8_t { min_time_parallel, min_time_serial, min_byte_parallel, min_byte_serial };
inline constexpr uint32_t kTileHeuristics = 4;
TileMode mode_of(TileHeuristic heuristic);
// min-time-parallel, min-time-serial, min-byte-parallel, min-byte-serial
std::string_view name_of(TileHeuristic heuristic);
TileHeuristic parse_tile_heuristic(std::string_view name);

// [choice]s, all off as published.
struct PartitionOptions {
  bool full_scan = false;            // try all cutoffs instead of stopping at the first that is no better
  bool scaled_key = false;           // sort by th/Nhw - tc/Ncw
  bool cross_mode = false;           // judge every cut in both modes
  bool include_homogeneous = false;  // all hot and all cold are candidates too
};

struct TilePartition {
  std::string name;
  TileMode mode = TileMode::parallel;
  std::vector<TileType> of_tile;  // one per tile of the matrix
  TilePrediction maximum_reuse;   // what the cut was chosen by
  TilePrediction prediction;      // after the reuse pass

  [[nodiscard]] double seconds() const { return prediction.seconds(); }
  [[nodiscard]] uint64_t hot_tiles() const { return prediction.total.hot.tiles; }
  [[nodiscard]] double hot_nnz_share() const;
};

// The cut alone: tiles in the order of the heuristic's key, hot from the left while its objective falls.
struct TileCut {
  std::vector<TileType> of_tile;
  uint64_t hot_tiles = 0;
  std::vector<double> objectives;  // at cutoff 0, 1, … as far as tried
};
TileCut cut_tiles(std::span<const TileCost> costs, TileHeuristic heuristic, const TileMachine& machine,
                  const PartitionOptions& options = {});

// The four heuristics (the two parallel ones where the output is atomic), each judged in its own mode after
// the reuse pass; with the options, more candidates. In the order of TileHeuristic.
std::vector<TilePartition> heuristic_partitions(const TiledMatrix& matrix, const TileMachine& machine,
                                                const PartitionOptions& options = {});
TilePartition heuristic_partition(const TiledMatrix& matrix, const TileMachine& machine,
                                  TileHeuristic heuristic, const PartitionOptions& options = {});
// The one of least predicted time, the first among equals. Throws InputError where there is none.
const TilePartition& best_of(std::span<const TilePartition> partitions);
// HotTiles: the best of heuristic_partitions.
TilePartition hottiles_partition(const TiledMatrix& matrix, const TileMachine& machine,
                                 const PartitionOptions& options = {});

// hot-only or cold-only. Throws InputError where the type has no worker.
TilePartition homogeneous_partition(const TiledMatrix& matrix, const TileMachine& machine, TileType type);

// Unaware of where the non-zeros are (AESPA-like): the roofline of a matrix with uniform non-zeros gives the
// share of tiles, a splitmix64 shuffle from `seed` the tiles. Parallel mode.
double unaware_hot_fraction(const TiledMatrix& matrix, const TileMachine& machine);
TilePartition unaware_partition(const TiledMatrix& matrix, const TileMachine& machine, uint64_t seed = 1);

// Whom an oracle asks: the costs that the heuristics see, or the prediction after the reuse pass.
enum class TileJudge : uint8_t { maximum_reuse, reuse_pass };
inline constexpr uint64_t kMostOracleTiles = 20;
// The best of all 2^T splits in both modes (parallel only where the output is atomic). Throws InputError
// for more than 20 tiles.
TilePartition exhaustive_oracle(const TiledMatrix& matrix, const TileMachine& machine,
                                TileJudge judge = TileJudge::reuse_pass);
// The best of all cutoffs of both orders in both modes, any number of tiles.
TilePartition cutoff_oracle(const TiledMatrix& matrix, const TileMachine& machine,
                            TileJudge judge = TileJudge::reuse_pass);

// The least prediction over all splits of tiles of given costs. Throws InputError as exhaustive_oracle.
struct OracleSplit {
  std::vector<TileType> of_tile;
  TilePrediction prediction;
};
OracleSplit exhaustive_split(std::span<const TileCost> costs, TileMode mode, const TileMachine& machine,
                             uint64_t rows);

// A partition somebody else chose, judged as the others are.
TilePartition judged_partition(std::string name, TileMode mode, std::vector<TileType> of_tile,
                               const TiledMatrix& matrix, const TileMachine& machine);

}  // namespace nonzero
