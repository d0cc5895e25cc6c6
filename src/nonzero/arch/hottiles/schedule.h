#pragma once

#include <cstdint>
#include <vector>

#include "nonzero/arch/hottiles/mapping.h"
#include "nonzero/arch/hottiles/product.h"

namespace nonzero::hottiles {

// What the workers of one type did together.
struct TypeWork {
  uint64_t tiles = 0, nnz = 0, units = 0;
  double a_bytes = 0, din_bytes = 0, dout_read_bytes = 0, dout_write_bytes = 0;
  uint64_t l1_lines = 0, l1_misses = 0, scratchpad_lines = 0;
  double active_seconds = 0;  // in which at least one of them was busy

  [[nodiscard]] double bytes() const { return a_bytes + din_bytes + dout_read_bytes + dout_write_bytes; }
};

// A worker's seconds; together they are the whole run's. `compute` is what its multiply-adds took, `memory` the
// rest of its units' time.
struct WorkerTime {
  TileType type = TileType::cold;
  double compute = 0, memory = 0, idle = 0;
};

// A worker on the rows of a panel, without a pause.
struct WorkerSpan {
  uint32_t worker = 0, panel = 0;
  double begin = 0, end = 0;
};

struct Schedule {
  TileMode mode = TileMode::parallel;
  double both = 0, hot = 0, cold = 0, barrier = 0, merge = 0;  // seconds, one after another
  TypeWork hot_work, cold_work;
  double merge_bytes = 0;
  uint64_t merge_additions = 0;
  std::vector<WorkerTime> workers;  // hot ones first
  std::vector<WorkerSpan> spans;    // where asked for

  [[nodiscard]] double seconds() const { return both + hot + cold + barrier + merge; }
  [[nodiscard]] double bytes() const { return hot_work.bytes() + cold_work.bytes() + merge_bytes; }
};

// The one walk over a partition: units of work go to workers, which share the memory's bandwidth until the last has
// ended; on the walk `product` (may be null) follows with values. A unit of a hot worker is a tile, of a cold worker
// a chunk of rows with the cold non-zeros in them. The units of a panel and a type stay on one worker; panels go in
// order to whoever is free first. Serial mode runs the hot ones, then the cold ones; parallel mode all at once, and
// merges where both types had an output of their own.
Schedule simulate_partition(const Csr& a, const Mapping& mapping, const TilePartition& partition,
                            const Config& config, ProductWalk* product, bool with_spans);

// Whether the types have an output each that must be merged.
bool merges(const TilePartition& partition, const TileMachine& machine);

}  // namespace nonzero::hottiles
