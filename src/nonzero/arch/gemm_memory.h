#pragma once

#include <cstdint>
#include <string>

#include "nonzero/result/result.h"

namespace nonzero {

// What a machine with one operand stationary moves between DRAM, its operand buffer and its array.
struct GemmTraffic {
  bool a_stationary = true;
  uint64_t stationary_bytes = 0, streaming_bytes = 0;  // compressed values as stored in DRAM
  uint64_t metadata_bytes = 0;
  uint64_t refetched_bytes = 0;            // streaming bytes the folds need, each fold's its own
  uint64_t outputs = 0, output_bytes = 4;  // elements of C and the bytes of each
  uint64_t spilled_psums = 0;              // partial sums that wait for a later fold
  uint64_t streamed_bytes = 0;             // buffer to array, stationary loads included
};

struct GemmMemory {
  double operand_buffer_mib = 24;
  std::string dram = "ideal";
  uint32_t word_bytes = 2;
};

// Fills the result's traffic by level and returns the cycles that DRAM needs for it. A streaming
// operand that fits the buffer is read once, otherwise once per fold, what the fold needs of it; the
// stationary one once; outputs once where the partial sums fit, otherwise they are also written and
// read back per fold.
uint64_t move_gemm_operands(Result& result, const GemmTraffic& traffic, const GemmMemory& memory);

}  // namespace nonzero
