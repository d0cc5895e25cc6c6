// SIGMA with output on real matrices (A*A), the whole simulation held against GraphBLAS computing the
// same product on one thread in the same run. Generated matrices where the shared ones are absent.

#include <filesystem>

#include "lib/bench.h"
#include "lib/graphblas.h"
#include "nonzero/arch/list.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/tensor/generate.h"
#include "support/data.h"

namespace {

using namespace nonzero;

struct Named {
  std::string name;
  Csr matrix;
};

std::vector<Named> matrices() {
  std::vector<Named> all;
  if (const auto data = test::shared_data()) {
    for (const char* file :
         {"graph/wiki-Vote.mtx", "graph/email-Enron.mtx", "graph/ca-CondMat.mtx", "graph/p2p-Gnutella31.mtx",
          "fem/bcsstk13.mtx", "fem/bcsstk32.mtx.gz", "fem/wing.mtx", "circuit/memplus.mtx",
          "diagonal/Trefethen_2000.mtx", "chem_cfd/sherman3.mtx", "econ/mbeacxc.mtx"})
      all.push_back({file, read_matrix((*data / "matrices" / file).string()).matrix});
    return all;
  }
  all.push_back({"rmat 8192", generate_rmat(8192, 100000, 1)});
  all.push_back({"stencil 200 x 200", generate_stencil_2d(200, 1)});
  return all;
}

}  // namespace

int main() {
  const bench::GraphBlas library;
  const bench::Table table("SIGMA with output, A*A");
  const std::vector<std::string> settings = {"data_type=fp32"};
  const auto machine = find_accelerator("sigma").make("", "", settings);
  SimulateOptions options;
  options.compute_product = true;
  for (const Named& one : matrices()) {
    const Csr values = with_values(Matrix(one.matrix), 1, DataType::kFp32, false);
    const Operand operand = Operand::of(values, one.name);
    const Operation op = make_gemm(one.name, operand, operand);
    const double ms = bench::best_of_five([&] { bench::keep(machine->simulate({&op, 1}, options)); });
    const bench::GraphBlasMatrix a(values);
    const double reference = bench::best_of_five([&] {
      bench::GraphBlasMatrix c(values.rows, values.columns);
      c.multiply(a, a);
    });
    table.row(one.name, ms, {std::nullopt, "GraphBLAS", reference, 4});
  }
}
