// SIGMA's speed bounds: one GEMM in detail, the paper's ten, and many configurations in analytic timing.

#include "arch/sigma_twin.h"
#include "lib/bench.h"
#include "nonzero/arch/list.h"
#include "nonzero/tensor/generate.h"
#include "nonzero/workload/suites.h"

namespace {

using namespace nonzero;

std::unique_ptr<Accelerator> sigma_with(const std::vector<std::string>& settings) {
  return find_accelerator("sigma").make("", "", settings);
}

// The operands made beforehand and handed over as bit words.
Operation at_hand(const GemmShape& s, double density_a, double density_b) {
  return make_gemm(s.name, Operand::of(generate_uniform_bitmap(s.m, s.k, density_a, 1), "a"),
                   Operand::of(generate_uniform_bitmap(s.k, s.n, density_b, 2), "b"));
}

void one_gemm_in_detail(const bench::Table& table) {
  const Operation op = at_hand({"512-512-512", 512, 512, 512}, 0.2, 0.2);
  const auto machine = sigma_with({"flex_dpes=1"});
  const double ms = bench::best_of_five([&] { bench::keep(machine->simulate({&op, 1}, {})); });
  // The twin walks element by element; one fold in eight keeps the benchmark short.
  const Csr a = to_csr(generate_uniform_bitmap(64, 512, 0.2, 1)),
            b = to_csr(generate_uniform_bitmap(512, 512, 0.2, 2));
  sigma::Config config;
  config.flex_dpes = 1;
  const double twin = bench::best_of_five([&] { bench::keep(test::slow_mapping(a, b, config)); });
  table.row("512x512x512, 80 % sparse, 128 multipliers", ms, {5, "twin (1/8)", twin, std::nullopt});
}

void ten_gemms(const bench::Table& table) {
  std::vector<Operation> ops;
  for (const GemmShape& shape : sigma_gemms()) ops.push_back(at_hand(shape, 0.2, 0.7));
  const auto machine = sigma_with({});
  const double ms = bench::best_of_five([&] { bench::keep(machine->simulate(ops, {})); });
  table.row("ten GEMMs, 16384 multipliers, both stationary choices", ms,
            {3000, "", std::nullopt, std::nullopt});
  table.peak_memory("  peak memory, operands included", 2048);
}

void ten_thousand_configurations(const bench::Table& table) {
  const Densities density{0.2, 0.7};
  const std::vector<Operation> ops = suite("sigma-gemms", &density, 1);
  const double ms = bench::best_of_five([&] {
    for (int i = 0; i < 10000; ++i) {
      const std::vector<std::string> settings = {"timing=analytic",
                                                 "load_words=" + std::to_string(1 + i % 256),
                                                 "flex_dpes=" + std::to_string(64 + i / 256)};
      bench::keep(sigma_with(settings)->simulate(ops, {}));
    }
  });
  table.row("10,000 configurations x ten GEMMs, analytic", ms, {10000, "", std::nullopt, std::nullopt});
}

}  // namespace

int main() {
  const bench::Table table("SIGMA");
  one_gemm_in_detail(table);
  ten_gemms(table);
  ten_thousand_configurations(table);
}
