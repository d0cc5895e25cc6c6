#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nonzero/base/config.h"
#include "nonzero/codesign/tile_model.h"
#include "nonzero/codesign/tile_partition.h"
#include "nonzero/hw/array/sextans.h"
#include "nonzero/hw/vector/spade.h"
#include "nonzero/tensor/data_type.h"

namespace nonzero::hottiles {

enum class Timing : uint8_t { kSimulated, kPredicted };
// How rows are dealt to cold workers: panels, chunks, or panels unless all tiles are cold.
enum class Ownership : uint8_t { kAuto, kPanel, kChunk };
// Whose parts of a contended memory are equal: workers', or outstanding lines'.
enum class Sharing : uint8_t { kWorkers, kLines };
enum class Judge : uint8_t { kReusePass, kMaximumReuse };

// SPADE-Sextans at scale 4; see fields() for meaning, range and source of each.
struct Config {
  int64_t cold_scale = 4, hot_scale = 4;
  int64_t cold_workers_per_scale = 4, hot_workers = 1;
  double clock_mhz = 800;
  int64_t simd_lanes = 16;
  DataType data_type = DataType::kFp32;
  int64_t value_bytes = 4, index_bytes = 4;
  double ops_per_nonzero = 2;

  double bandwidth_gbps = 205, sustained_gbps = 161;
  Sharing sharing = Sharing::kWorkers;
  double latency_ns = 150;
  int64_t line_bytes = 64;

  TileFormat cold_format = TileFormat::coo;
  int64_t l1_bytes = 32 << 10, l1_ways = 8;
  int64_t dense_loads = 32, sparse_loads = 6;
  int64_t chunk_rows = 64;
  Ownership cold_ownership = Ownership::kAuto;

  TileFormat hot_format = TileFormat::coo;
  TileReuse hot_din = TileReuse::stream, hot_dout = TileReuse::inter_tile;
  int64_t hot_macs_per_scale = 5;
  double hot_nonzeros_per_cycle = 0;
  double scratchpad_mib_per_scale = 0.5;
  int64_t hot_lines_per_scale = 47;
  double link_gbps = 0;

  double hot_vis_lat_ps = 0, cold_vis_lat_ps = 121;
  std::string hot_overlap = "mac-beside-memory", cold_overlap = "mac-beside-memory";
  double cold_cache_hit = 0;

  double merge_transfers = 3;
  bool atomic_output = false;
  double barrier_ns = 0;

  int64_t tile_side = 0;
  bool reduce_small = true;
  std::string partition = "hottiles", heuristics = "all";
  bool full_scan = false, scaled_key = false, cross_mode = false, include_homogeneous = false;
  Judge oracle_judge = Judge::kReusePass;
  int64_t unaware_seed = 1;
  bool contenders = true;
  Timing timing = Timing::kSimulated;

  double merger_share = 0.2;
  std::string technology = "tsmc28";

  [[nodiscard]] double clock_hz() const { return clock_mhz * 1e6; }
  [[nodiscard]] uint64_t cold_count() const {
    return static_cast<uint64_t>(cold_scale) * static_cast<uint64_t>(cold_workers_per_scale);
  }
  [[nodiscard]] uint64_t hot_count() const { return hot_scale > 0 ? static_cast<uint64_t>(hot_workers) : 0; }
  [[nodiscard]] uint64_t scratchpad_bytes() const;  // of one hot worker
  // What one hot worker can draw: its outstanding lines, or its part of the link.
  [[nodiscard]] double hot_rate() const;
  // A worker's part of a contended memory against the others'.
  [[nodiscard]] double hot_weight() const;
  [[nodiscard]] double cold_weight() const;
  [[nodiscard]] PartitionOptions partition_options() const;

  // The workers for a dense operand of `columns` columns, and the machine as the model sees it.
  [[nodiscard]] hw::SimdRows simd_rows(uint64_t columns) const;
  [[nodiscard]] hw::SpadeConfig spade() const;
  [[nodiscard]] hw::SextansConfig sextans() const;
  // `rows` of the output matter to the merge alone. Throws InputError as codesign's validate().
  [[nodiscard]] TileMachine machine(uint64_t rows, uint64_t columns) const;
};

// All names that `partition` takes.
std::vector<std::string> partition_names();

std::span<const ConfigField> fields();

// Rules that span fields. Throws InputError.
void check(const Config& config);

}  // namespace nonzero::hottiles
