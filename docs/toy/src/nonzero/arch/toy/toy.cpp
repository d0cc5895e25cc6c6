#include "nonzero/arch/toy/toy.h"

#include <fmt/format.h>

#include "nonzero/base/math.h"
#include "nonzero/tensor/row_accumulator.h"

namespace nonzero::toy {

std::span<const ConfigField> Toy::fields() {
  static const ConfigFields<Config> all = [] {
    ConfigFields<Config> f;
    f.whole(&Config::multipliers, "multipliers", 1, 65536, {"", "multipliers in the row", "[choice]"});
    f.real(&Config::clock_mhz, "clock_mhz", 1, 10000, {"MHz", "clock of the whole machine", "[choice]"});
    return f;
  }();
  return all.all();
}

std::optional<std::string> Toy::refuses(const Operation& operation) const {
  return refuse_all_but_gemm(kName, operation);
}

namespace {

// The mapping: A's elements in row-major order, and for each the elements of B's row k, a burst of
// `multipliers` at a time. Elements of A whose row of B is empty are never fetched.
//
//   visit(k, value of A, cycles)   for each element of row m
template <class Visit>
void map_row(const Csr& a, const Csr& b, uint64_t m, uint64_t multipliers, const Visit& visit) {
  for (uint64_t e = a.offsets[m]; e < a.offsets[m + 1]; ++e) {
    const uint32_t k = a.indices[e];
    const uint64_t length = b.offsets[k + 1] - b.offsets[k];
    if (length > 0) visit(k, a.values[e], ceil_div(length, multipliers));
  }
}

// What one walk over the mapping leaves behind.
struct Walk {
  uint64_t stream = 0, write = 0;      // cycles
  uint64_t useful = 0, imbalance = 0;  // multiplier-cycles of the streaming
  Product product;
};

Walk walk(const Csr& a, const Csr& b, uint64_t multipliers) {
  Walk w;
  w.product = {a.rows, b.columns, {0}, {}, {}};
  RowAccumulator<double> sums(b.columns);
  for (uint64_t m = 0; m < a.rows; ++m) {
    map_row(a, b, m, multipliers, [&](uint32_t k, float value, uint64_t cycles) {
      const auto columns = b.fiber(k);
      const auto values = b.fiber_values(k);
      w.stream += cycles;
      w.useful += columns.size();
      w.imbalance += cycles * multipliers - columns.size();
      for (size_t i = 0; i < columns.size(); ++i)
        sums.add(columns[i], static_cast<double>(value) * static_cast<double>(values[i]));
    });
    sums.flush(w.product.indices, w.product.values);
    w.product.offsets.push_back(w.product.indices.size());
    // A finished row leaves over the same row of ports, once the multipliers rest.
    w.write += ceil_div(w.product.offsets[m + 1] - w.product.offsets[m], multipliers);
  }
  return w;
}

}  // namespace

Result Toy::simulate_one(const Operation& operation, const SimulateOptions& options) const {
  const Gemm& gemm = operation.gemm();
  const Csr a = with_values(*gemm.a.matrix(), gemm.a.value_seed(), DataType::kFp32, false);
  const Csr b = with_values(*gemm.b.matrix(), gemm.b.value_seed(), DataType::kFp32, false);
  const uint64_t multipliers = static_cast<uint64_t>(config_.multipliers);
  Walk w = walk(a, b, multipliers);

  Result r;
  r.accelerator = kName;
  r.timing = "detailed";
  r.nnz_a = a.nnz();
  r.nnz_b = b.nnz();
  describe(r, operation);
  r.operand_type = name(DataType::kFp32);
  r.accumulate_type = "fp64";
  r.config = config_values(fields(), &config_);

  r.clock_hz = config_.clock_mhz * 1e6;
  r.cycles = w.stream + w.write;
  r.phases.add("stream", w.stream);
  r.phases.add("write", w.write);

  r.slot_unit = "multiplier";
  r.slots = multipliers;
  r.pe_cycles.add("useful", w.useful);
  r.pe_cycles.add("imbalance", w.imbalance);
  r.pe_cycles.add("fill_drain", w.write * multipliers);
  r.multiplications_effectual = w.useful;
  r.multiplications_issued = w.useful;
  if (r.cycles > 0) {
    const double useful_latency = static_cast<double>(w.useful) / static_cast<double>(multipliers);
    r.compute_utilisation = w.stream > 0 ? useful_latency / static_cast<double>(w.stream) : 0;
    r.overall_utilisation = useful_latency / static_cast<double>(r.cycles);
  }

  r.output.nnz = w.product.nnz();
  r.explanation = fmt::format("row by row, {} of {} multipliers busy on average while streaming",
                              w.stream > 0 ? w.useful / w.stream : 0, multipliers);
  if (options.compute_product) r.product = std::make_shared<const Product>(std::move(w.product));
  return r;
}

RunResult Toy::simulate(std::span<const Operation> operations, const SimulateOptions& options) const {
  return one_after_the_other(*this, operations, options,
                             [&](const Operation& operation) { return simulate_one(operation, options); });
}

}  // namespace nonzero::toy
