#include "nonzero/arch/flexagon/conversion.h"

#include "nonzero/base/math.h"

namespace nonzero::flexagon {

Conversion conversion_of(uint64_t rows, uint64_t columns, uint64_t nnz, Order wanted, const Config& config) {
  constexpr uint64_t kOffsetBytes = 4;
  const uint64_t by_rows = kOffsetBytes * (rows + 1), by_columns = kOffsetBytes * (columns + 1);
  Conversion one;
  one.elements = static_cast<uint64_t>(config.element_bytes) * nnz;
  one.offsets_read = wanted == Order::kRows ? by_columns : by_rows;
  one.offsets_written = wanted == Order::kRows ? by_rows : by_columns;
  one.cycles = 2 * static_cast<uint64_t>(config.dram_latency) +
               ceil_div(one.bytes(), static_cast<uint64_t>(config.dram_bytes_per_cycle)) +
               ceil_div(nnz, static_cast<uint64_t>(config.dn_bandwidth));
  return one;
}

void add_traffic(LevelTraffic& dram, const Conversion& conversion, const char* tensor) {
  dram.read.add(tensor, conversion.elements);
  dram.read.add("metadata", conversion.offsets_read);
  dram.write.add(tensor, conversion.elements);
  dram.write.add("metadata", conversion.offsets_written);
}

Conversions conversions_for(Dataflow dataflow, const OperandPair& operands, const Config& config) {
  const auto convert = [&](const Csr& matrix, Order wanted) {
    return conversion_of(matrix.rows, matrix.columns, matrix.nnz(), wanted, config);
  };
  Conversions both;
  if (config.converts_a(dataflow)) both.a = convert(operands.a(), order_of_a(dataflow));
  if (config.converts_b(dataflow)) both.b = convert(operands.b(), order_of_b(dataflow));
  return both;
}

}  // namespace nonzero::flexagon
