#pragma once

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/arch/flexagon/mapping.h"
#include "nonzero/result/result.h"

namespace nonzero::flexagon {

// Explicit conversion of a matrix between CSR and CSC [choice]: read and written over DRAM, sorted at the
// distribution network's bandwidth.
struct Conversion {
  uint64_t cycles = 0;
  // Bytes: elements, read once and written once; offsets of the fibers it lies in and of those it shall.
  uint64_t elements = 0, offsets_read = 0, offsets_written = 0;

  [[nodiscard]] uint64_t bytes() const { return 2 * elements + offsets_read + offsets_written; }
};

// Of a rows x columns matrix into the order `wanted`.
Conversion conversion_of(uint64_t rows, uint64_t columns, uint64_t nnz, Order wanted, const Config& config);

// Its bytes: elements to `tensor`, offsets to metadata.
void add_traffic(LevelTraffic& dram, const Conversion& conversion, const char* tensor);

// The conversions that a dataflow needs of operands in the configured formats; zeros where it needs none.
struct Conversions {
  Conversion a, b;

  [[nodiscard]] uint64_t cycles() const { return a.cycles + b.cycles; }
};
Conversions conversions_for(Dataflow dataflow, const OperandPair& operands, const Config& config);

}  // namespace nonzero::flexagon
