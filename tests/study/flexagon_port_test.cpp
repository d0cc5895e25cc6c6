#include "nonzero/study/flexagon_port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nonzero/base/error.h"
#include "nonzero/study/flexagon_runs.h"
#include "nonzero/workload/flexagon_layers.h"
#include "support/data.h"

namespace nonzero {
namespace {

using flexagon::Dataflow;

TEST(FlexagonRuns, hold_what_was_asked_for_in_the_operations_order) {
  const std::vector<Operation> operations = {random_gemm("one", 30, 40, 50, 0.3, 0.4, 1),
                                             random_gemm("two", 20, 10, 60, 0.5, 0.5, 2)};
  const auto layers = run_flexagon_layers(operations, kMStationary);
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].layer, "one");
  EXPECT_EQ(layers[1].layer, "two");
  EXPECT_EQ(layers[0].run(Dataflow::kOuterM).multiplications,
            layers[0].run(Dataflow::kGustavsonM).multiplications);
  EXPECT_FALSE(layers[0].runs[static_cast<size_t>(Dataflow::kInnerN)]);
}

TEST(FlexagonRuns, name_the_fastest_dataflow) {
  const std::vector<Operation> operations = {random_gemm("one", 30, 40, 50, 0.3, 0.4, 1)};
  const auto layer = run_flexagon_layers(operations, kAllDataflows).front();
  for (const Dataflow dataflow : flexagon::kDataflows)
    EXPECT_LE(layer.run(layer.best()).cycles, layer.run(dataflow).cycles);
}

// A port that serves equal lines at once can only help.
TEST(MulticastPort, takes_no_more_cycles_than_the_line_serial_one) {
  const std::vector<Operation> operations = {random_gemm("one", 60, 90, 200, 0.3, 0.4, 1)};
  flexagon::PublishedConfig multicast;
  multicast.cache.merge_equal_lines = true;
  const auto serial = run_flexagon_layers(operations, kAllDataflows).front();
  const auto merged = run_flexagon_layers(operations, kAllDataflows, multicast).front();
  for (const Dataflow dataflow : flexagon::kDataflows) {
    EXPECT_LE(merged.run(dataflow).cycles, serial.run(dataflow).cycles) << title(dataflow);
    EXPECT_EQ(merged.run(dataflow).multiplications, serial.run(dataflow).multiplications);
  }
  EXPECT_LT(merged.run(Dataflow::kInnerM).cycles, serial.run(Dataflow::kInnerM).cycles);
}

TEST(Study, that_is_unknown_is_refused_with_the_nearest) {
  try {
    (void)run_named_study("flexagon-prot");
    FAIL() << "an unknown study was run";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("did you mean 'flexagon-port'"));
  }
}

}  // namespace
}  // namespace nonzero
