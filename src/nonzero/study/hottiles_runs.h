#pragma once

#include <map>
#include <string>
#include <vector>

#include "nonzero/arch/hottiles/config.h"
#include "nonzero/workload/operation.h"

namespace nonzero {

// HotTiles and what it is measured against, on whole matrices.

// One partition of one matrix on one machine, simulated.
struct HotTilesRun {
  double seconds = 0, predicted_seconds = 0;
  double gigabytes_per_second = 0, lines_per_nonzero = 0;
  double hot_gflops = 0, cold_gflops = 0;  // while a worker of the type is busy; 0 where none was
  double hot_share = 0;                    // of the non-zeros

  [[nodiscard]] double error() const;  // of the prediction, relative
};

// A matrix of the paper, or what stands in for it.
struct HotTilesMatrix {
  std::string name;       // of the paper's
  std::string generator;  // ours
};

// mycielskian17 itself, and generated matrices of the families, rows and non-zeros of five others. The bands of
// those that stand in for meshes of N rows are N^(2/3) wide, as a mesh in three dimensions has it [choice].
const std::vector<HotTilesMatrix>& hottiles_matrices();
// The same for the paper's denser set.
const std::vector<HotTilesMatrix>& hottiles_dense_matrices();

// A machine: a preset and what is changed in it.
struct HotTilesMachine {
  std::string preset;
  std::vector<std::string> settings = {};
};

// Throws InputError as a configuration file would.
hottiles::Config configuration(const HotTilesMachine& machine);

// Matrices and runs, made when first asked for and kept.
class HotTilesRuns {
 public:
  // `partition` as the machine's configuration names it: hottiles, hot-only, cold-only, unaware. K = 32.
  const HotTilesRun& run(const HotTilesMatrix& matrix, const HotTilesMachine& machine,
                         const std::string& partition);
  // HotTiles' speed-up over `other`, or over the best-homogeneous of hot-only and cold-only.
  double speedup(const HotTilesMatrix& matrix, const HotTilesMachine& machine, const std::string& other);
  // The machine with visible latencies fitted to its own simulator on the profiling matrices.
  const HotTilesMachine& fitted(const HotTilesMachine& machine);
  // Lets go of the matrices, not of what was found on them.
  void forget_matrices() { operations_.clear(); }

 private:
  const Operation& operation(const HotTilesMatrix& matrix);

  std::map<std::string, Operation> operations_;
  std::map<std::string, HotTilesRun> runs_;
  std::map<std::string, HotTilesMachine> fitted_;
};

// A machine of cold scale `cold` and hot scale 8 - cold.
HotTilesMachine hottiles_mix(int cold);

}  // namespace nonzero
