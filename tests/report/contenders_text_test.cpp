#include "nonzero/report/contenders_text.h"

#include <gtest/gtest.h>

namespace nonzero {
namespace {

Result of_matrix(const std::string& name, uint64_t cycles, uint64_t tiles, bool reduced) {
  Result result;
  result.operation = name;
  result.cycles = cycles;
  result.clock_hz = 1e9;
  result.counters.add("simulated_cycles", cycles);
  result.counters.add("predicted_cycles", cycles * 9 / 10);
  result.counters.add("hot_only.cycles", 4 * cycles);
  result.counters.add("cold_only.cycles", 2 * cycles);
  result.counters.add("unaware.cycles", 3 * cycles);
  result.counters.add("tiles.hot", tiles / 2);
  result.counters.add("tiles.cold", tiles - tiles / 2);
  result.counters.add("tiles.reduced", reduced ? 1 : 0);
  return result;
}

TEST(ContendersText, shows_the_speed_up_over_each_and_the_error_of_the_prediction) {
  const Result one = of_matrix("web", 1000, 20, false);
  const std::string text = contenders_text({&one, 1});
  for (const char* cell : {"web", "4.00", "2.00", "3.00", "10.0 %", "1 us"})
    EXPECT_NE(text.find(cell), std::string::npos) << cell << " in\n" << text;
  EXPECT_EQ(text.find("mean of"), std::string::npos) << "of a single matrix";
}

TEST(ContendersText, lists_matrices_on_reduced_tiles_apart) {
  const std::vector<Result> results = {of_matrix("large", 1000, 20, false), of_matrix("small", 10, 20, true)};
  const std::string text = contenders_text(results);
  EXPECT_LT(text.find("large"), text.find("Small matrices"));
  EXPECT_LT(text.find("Small matrices"), text.find("small "));
}

TEST(ContendersText, leaves_matrices_of_few_tiles_out_of_the_mean) {
  const std::vector<Result> results = {of_matrix("a", 1000, 20, false), of_matrix("b", 1000, 16, false),
                                       of_matrix("c", 1000, 15, false)};
  EXPECT_NE(contenders_text(results).find("mean of 2 with 16 tiles or more"), std::string::npos);
}

TEST(ContendersText, says_nothing_of_machines_of_one_kind) {
  const Result plain;
  EXPECT_EQ(contenders_text({&plain, 1}), "");
}

}  // namespace
}  // namespace nonzero
