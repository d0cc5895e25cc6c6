// Flexagon's timing mode `pipelined`, the cache walked line by line, without output: every M-stationary
// dataflow against its bound on effectual multiplications per second and against GraphBLAS.

#include "lib/bench.h"
#include "lib/graphblas.h"
#include "nonzero/arch/list.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/tensor/generate.h"
#include "support/data.h"

namespace {

using namespace nonzero;

struct Pair {
  std::string name;
  Csr a, b;
};

std::vector<Pair> pairs() {
  std::vector<Pair> all;
  if (const auto data = test::shared_data()) {
    for (const char* file : {"graph/wiki-Vote.mtx", "graph/email-Enron.mtx", "fem/bcsstk13.mtx"}) {
      const Csr a =
          with_values(read_matrix((*data / "matrices" / file).string()).matrix, 1, DataType::kFp32, false);
      all.push_back({file, a, a});
    }
    for (const char* layer : {"resnets_6", "alexnet_3", "distilbert_0"}) {
      const auto read = [&](const char* operand) {
        const auto file = *data / "flexagon" / fmt::format("{}_{}.smtx.gz", layer, operand);
        return with_values(read_matrix(file.string()).matrix, 1, DataType::kFp32, false);
      };
      all.push_back({layer, read("a"), read("b")});
    }
    return all;
  }
  all.push_back({"uniform 512", generate_uniform(512, 512, 0.2, 1), generate_uniform(512, 512, 0.5, 2)});
  return all;
}

struct Wanted {
  const char* dataflow;
  double multiplications_per_ms;
};

}  // namespace

int main() {
  const bench::GraphBlas library;
  const bench::Table table("Flexagon, timing mode pipelined, no output");
  for (const Pair& pair : pairs()) {
    const Operation op = make_gemm(pair.name, Operand::of(pair.a, pair.name), Operand::of(pair.b, pair.name));
    const auto products = static_cast<double>(effectual_multiplications(Matrix(pair.a), Matrix(pair.b)));
    const bench::GraphBlasMatrix a(pair.a), b(pair.b);
    const double reference = bench::best_of_five([&] {
      bench::GraphBlasMatrix c(pair.a.rows, pair.b.columns);
      c.multiply(a, b);
    });
    for (const Wanted& wanted : {Wanted{"ip-m", 40e3}, {"op-m", 20e3}, {"gust-m", 40e3}}) {
      const std::vector<std::string> settings = {fmt::format("dataflow={}", wanted.dataflow)};
      const auto machine = find_accelerator("flexagon").make("", "", settings);
      const double ms = bench::best_of_five([&] { bench::keep(machine->simulate({&op, 1}, {})); });
      table.row(
          fmt::format("{} {}: {:.0f} M multiplications/s", pair.name, wanted.dataflow, products / ms / 1e3),
          ms, {products / wanted.multiplications_per_ms, "GraphBLAS", reference, std::nullopt});
    }
  }
}
