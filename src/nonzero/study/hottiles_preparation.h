#pragma once

#include <functional>
#include <string>

#include "nonzero/arch/hottiles/config.h"
#include "nonzero/tensor/formats.h"

namespace nonzero {

// What splitting a matrix costs on this processor before a machine can run it (HotTiles, HPCA 2024, section VI):
// seconds of wall time, medians of five runs.
struct HotTilesPreparation {
  double read = 0;           // 0 where there was no file
  double format = 0;         // all non-zeros in one format, as a homogeneous machine needs it
  double scan = 0;           // tiles, their statistics and both models
  double partition = 0;      // the four heuristics with their reuse passes
  double second_format = 0;  // what the other type of worker reads
  double product = 0;        // one product with K dense columns, for comparison
  uint64_t nnz = 0;
  int threads = 1;

  [[nodiscard]] double overhead() const { return scan + partition + second_format; }
  // Of preprocessing without reading.
  [[nodiscard]] double hottiles_share() const { return overhead() / (format + overhead()); }
  // Of preprocessing with reading, over a homogeneous machine's.
  [[nodiscard]] double increase() const { return overhead() / (read + format); }
  [[nodiscard]] std::string text() const;
};

// `read` reads the matrix once more, to be timed; may be empty.
HotTilesPreparation measure_preparation(const Csr& csr, uint64_t columns, const hottiles::Config& config,
                                        const std::function<void()>& read = {});

}  // namespace nonzero
