#include "nonzero/result/result.h"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>

#include "nonzero/base/math.h"

namespace nonzero {

Product transpose(const Product& product) {
  Product out{product.columns, product.rows, std::vector<uint64_t>(product.columns + 1), {}, {}};
  for (const uint32_t column : product.indices) ++out.offsets[column + 1];
  std::partial_sum(out.offsets.begin(), out.offsets.end(), out.offsets.begin());
  out.indices.resize(product.nnz());
  out.values.resize(product.nnz());
  std::vector<uint64_t> next(out.offsets.begin(), out.offsets.end() - 1);
  for (uint64_t row = 0; row < product.rows; ++row) {
    for (uint64_t e = product.offsets[row]; e < product.offsets[row + 1]; ++e) {
      const uint64_t place = next[product.indices[e]]++;
      out.indices[place] = static_cast<uint32_t>(row);
      out.values[place] = product.values[e];
    }
  }
  return out;
}

void Bill::add(std::string_view component, double amount, double low_amount, double high_amount) {
  by_component.add(component, amount);
  total += amount;
  low += low_amount;
  high += high_amount;
}

void check_invariants(const Result& result) {
  const auto expect = [&](bool holds, const std::string& what) {
    if (!holds)
      throw std::logic_error(fmt::format("{} on {}: {}", result.accelerator, result.operation, what));
  };
  expect(result.phases.sum() == result.cycles,
         fmt::format("phases add up to {}, cycles are {}", result.phases.sum(), result.cycles));
  uint64_t staged = 0;
  for (const Stage& stage : result.stages) {
    expect(stage.phases.sum() == stage.cycles, fmt::format("phases of {} add up to {}, its cycles are {}",
                                                           stage.name, stage.phases.sum(), stage.cycles));
    staged += stage.cycles;
  }
  expect(result.stages.empty() || staged == result.cycles,
         fmt::format("stages add up to {}, cycles are {}", staged, result.cycles));
  if (result.slots == 0) return;
  expect(result.pe_cycles.sum() == result.slots * result.cycles,
         fmt::format("PE-cycles add up to {}, slots x cycles are {}", result.pe_cycles.sum(),
                     result.slots * result.cycles));
  expect(result.cycles >= ceil_div(result.multiplications_effectual, result.slots),
         "fewer cycles than the effectual multiplications need");
  expect(result.multiplications_issued >= result.multiplications_effectual,
         "fewer multiplications issued than effectual");
}

}  // namespace nonzero
