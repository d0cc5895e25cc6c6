// HotTiles' simulation of one split, in non-zeros per second, the product and the contenders aside: all tiles hot, all
// cold, and split, on a graph of hubs, on a band and on uniform noise; then a whole run with all contenders.

#include "nonzero/arch/hottiles/hottiles.h"

#include "lib/bench.h"
#include "nonzero/arch/hottiles/schedule.h"
#include "nonzero/tensor/generate.h"

namespace {

using namespace nonzero;

constexpr uint64_t kColumns = 32;
constexpr double kNonzerosPerMillisecond = 20e3;

void splits(const bench::Table& table, const char* title, const Csr& a) {
  for (const char* partition : {"hot-only", "cold-only", "hottiles"}) {
    hottiles::Config config;
    config.partition = partition;
    config.contenders = false;
    const hottiles::Mapping mapping = hottiles::map_tiles(a, kColumns, config);
    const double ms = bench::best_of_five([&] {
      bench::keep(hottiles::simulate_partition(a, mapping, mapping.partition, config, nullptr, false));
    });
    const double bound = static_cast<double>(a.nnz()) / kNonzerosPerMillisecond;
    table.row(
        fmt::format("{}, {:.1f} M non-zeros, {}", title, static_cast<double>(a.nnz()) * 1e-6, partition), ms,
        {bound, "", std::nullopt, std::nullopt});
  }
}

void whole_run(const bench::Table& table, const char* title, const Csr& a) {
  const Operation op =
      make_gemm(title, Operand::of(a, title),
                Operand::lazy(a.columns, kColumns, 1, "dense", 1,
                              [n = a.columns]() -> Matrix { return generate_uniform(n, kColumns, 1, 1); }));
  const hottiles::HotTiles machine({});
  const double ms = bench::best_of_five([&] { bench::keep(machine.simulate({&op, 1}, {})); });
  table.row(fmt::format("{}, tiles, model and all contenders", title), ms,
            {std::nullopt, "", std::nullopt, std::nullopt});
}

}  // namespace

int main() {
  const bench::Table table("HotTiles: simulation of a split, 20 M non-zeros a second; K = 32");
  const Csr hubs = generate_rmat(1 << 18, 8'000'000, 1);
  splits(table, "R-MAT", hubs);
  splits(table, "band", generate_banded(200'000, 200'000, 40, 0.5, 2));
  splits(table, "uniform", generate_uniform(200'000, 200'000, 2e-4, 3));
  whole_run(table, "R-MAT", hubs);
}
