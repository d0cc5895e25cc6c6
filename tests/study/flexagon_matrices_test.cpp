#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "nonzero/io/matrix_file.h"
#include "nonzero/study/run.h"
#include "support/data.h"
#include "support/machines.h"

namespace nonzero::test {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostMultiplications = 20'000'000;

// A·A, or A·Aᵀ where A is not square.
Operation with_itself(const fs::path& file) {
  const Csr a = read_matrix(file.string()).matrix;
  const Operand operand = Operand::of(a, file.string());
  return make_gemm(file.filename().string(), operand,
                   a.rows == a.columns ? operand : Operand::of(transpose(a), file.string()));
}

std::vector<Operation> affordable(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().filename().string().find(".mtx") != std::string::npos) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Operation> operations;
  for (const fs::path& file : files) {
    Operation operation = with_itself(file);
    const Gemm& gemm = operation.gemm();
    if (effectual_multiplications(*gemm.a.matrix(), *gemm.b.matrix()) <= kMostMultiplications)
      operations.push_back(std::move(operation));
  }
  return operations;
}

struct Way {
  std::string dataflow, timing;
};

class Flexagon : public testing::TestWithParam<Way> {};

TEST_P(Flexagon, makes_the_reference_product_of_every_affordable_matrix) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const std::vector<Operation> operations = affordable(data / "matrices");
  ASSERT_GT(operations.size(), 30U);
  StudyOptions options;
  options.output = OutputMode::kCheck;
  const auto flexagon = machine(
      "flexagon", {"dataflow=" + GetParam().dataflow, "timing=" + GetParam().timing, "data_type=fp32"});
  for (const Operation& operation : operations) {
    const RunResult run =
        run_study(*flexagon, {&operation, 1}, options);  // throws where the product is wrong
    EXPECT_EQ(run.results[0].output.method, "reference") << operation.name;
  }
}

std::vector<Way> ways() {
  std::vector<Way> all;
  for (const char* timing : {"pipelined", "paper"})
    for (const char* dataflow : {"ip-m", "op-m", "gust-m", "ip-n", "op-n", "gust-n"})
      all.push_back({dataflow, timing});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Every, Flexagon, testing::ValuesIn(ways()), [](const auto& way) {
  std::string name = way.param.timing + "_" + way.param.dataflow;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace nonzero::test
