#include "nonzero/study/map_study.h"

#include <gtest/gtest.h>

#include "support/machines.h"

namespace nonzero::test {
namespace {

using flexagon::Dataflow;

MapOptions options_of(Mapper mapper) {
  MapOptions options;
  options.mapper = mapper;
  options.make = [](Dataflow dataflow) {
    return machine("flexagon", {"dataflow=" + std::string(name(dataflow))});
  };
  return options;
}

// Rows of one length each would fit into tiles as no drawn matrix does.
TEST(MapStudy, predicts_a_drawn_operand_by_the_lengths_it_has) {
  const std::vector<Operation> layers = {random_gemm("g", 64, 2916, 64, 0.5, 0.9, 1)};
  const MapStudy exact = map_study(layers, options_of(Mapper::kExact));
  const MapStudy predicted = map_study(layers, options_of(Mapper::kPredict));
  EXPECT_EQ(predicted.chosen.steps[0].dataflow, exact.chosen.steps[0].dataflow);
  EXPECT_EQ(predicted.chosen.total, exact.chosen.total);
}

TEST(MapStudy, bills_the_traffic_of_its_conversions) {
  std::vector<Operation> layers = {random_gemm("g", 64, 64, 64, 0.3, 0.3, 2)};
  layers[0].repeat = 4;
  MapOptions options = options_of(Mapper::kExact);
  options.config.dataflows = "op-m";  // reads A in CSC, leaves C in CSR
  const MapStudy study = map_study(layers, options);
  EXPECT_EQ(study.chosen.steps[0].conversions, 3U);
  const uint64_t elements = layers[0].gemm().a.expected_nnz();
  EXPECT_EQ(study.conversions.dram.read.get("a"), 3 * 4 * elements);
  EXPECT_EQ(study.conversions.dram.write.get("a"), 3 * 4 * elements);
  EXPECT_EQ(study.conversions.dram.read.get("metadata"), 3 * 4 * 65U);
  EXPECT_GT(study.conversions.energy_pj, 0);
  EXPECT_EQ(study.chosen.total, 4 * study.run.results[0].cycles + study.chosen.steps[0].conversion);
}

}  // namespace
}  // namespace nonzero::test
