#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nonzero/arch/flexagon/dispatch.h"
#include "nonzero/arch/flexagon/predictor.h"
#include "nonzero/base/random.h"
#include "nonzero/io/csv.h"
#include "nonzero/io/file.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/tensor/generate.h"
#include "support/data.h"
#include "support/matrices.h"

namespace nonzero::test {
namespace {

using flexagon::Config;
using flexagon::Dataflow;
using flexagon::kDataflows;

using Cycles = std::array<double, kDataflows.size()>;

// Presets flexagon and flexagon-published.
Config machine(flexagon::Timing timing) {
  Config config;
  config.timing = timing;
  if (timing == flexagon::Timing::kPipelined) return config;
  config.dn_bandwidth = config.rn_bandwidth = 64;
  config.str_cache_banks = 32;
  return config;
}

Cycles simulated(const Csr& a, const Csr& b, const Config& config) {
  flexagon::OperandPair operands(std::make_shared<const Csr>(a), std::make_shared<const Csr>(b));
  Cycles cycles{};
  for (const Dataflow dataflow : kDataflows)
    cycles[static_cast<size_t>(dataflow)] = static_cast<double>(schedule(operands, dataflow, config).cycles);
  return cycles;
}

// How often the pick was a winner, and what the picks cost against the winners.
class Score {
 public:
  void add(const Csr& a, const Csr& b, const Config& config, const Cycles& truth) {
    const Dataflow pick = predict(flexagon::fiber_offsets(a), flexagon::fiber_offsets(b), config).best;
    const double least = *std::min_element(truth.begin(), truth.end());
    const double cost = truth[static_cast<size_t>(pick)] / least;
    agreed_ += cost == 1 ? 1 : 0;
    cost_ += cost;
    ++count_;
  }
  [[nodiscard]] double agreement() const { return agreed_ / count_; }
  [[nodiscard]] double mean_cost() const { return cost_ / count_; }
  [[nodiscard]] double count() const { return count_; }

 private:
  double agreed_ = 0, cost_ = 0, count_ = 0;
};

Score on_random_layers(const Config& config) {
  constexpr int kLayers = 200;
  constexpr double kMostProducts = 4e6;  // so that the test takes seconds
  Random random(11);
  const auto between = [&](double low, double high) { return low * std::pow(high / low, random.unit()); };
  Score score;
  while (score.count() < kLayers) {
    const auto m = static_cast<uint64_t>(between(8, 512)), n = static_cast<uint64_t>(between(4, 4096)),
               k = static_cast<uint64_t>(between(8, 2048));
    const double density_a = between(0.02, 1), density_b = between(0.02, 1);
    if (static_cast<double>(m * n * k) * density_a * density_b > kMostProducts) continue;
    const Csr a = generate_uniform(m, k, density_a, random.bits()),
              b = generate_uniform(k, n, density_b, random.bits());
    if (a.nnz() == 0 || b.nnz() == 0) continue;
    score.add(a, b, config, simulated(a, b, config));
  }
  return score;
}

TEST(Predictor, picks_the_winner_of_nine_in_ten_random_layers_when_pipelined) {
  const Score score = on_random_layers(machine(flexagon::Timing::kPipelined));
  EXPECT_GE(score.agreement(), 0.9);
  EXPECT_LE(score.mean_cost(), 1.02);
}

TEST(Predictor, picks_the_winner_of_nine_in_ten_random_layers_in_mode_paper) {
  const Score score = on_random_layers(machine(flexagon::Timing::kPaper));
  EXPECT_GE(score.agreement(), 0.9);
  EXPECT_LE(score.mean_cost(), 1.02);
}

// The authors' own cycles are the truth in mode paper.
TEST(Predictor, picks_well_on_the_published_layers) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const auto rows = io::parse_csv(read_file((data / "flexagon/cycles.csv").string()), "cycles.csv");
  Score paper, pipelined;
  for (size_t i = 1; i < rows.size(); ++i) {
    const auto& fields = rows[i].fields;
    const auto pattern = [&](const char* side) {
      return read_matrix((data / "flexagon" / fmt::format("{}_{}.smtx.gz", fields[0], side)).string()).matrix;
    };
    const Csr a = pattern("a"), b = pattern("b");
    Cycles published{};
    for (size_t d = 0; d < published.size(); ++d) published[d] = std::stod(fields[6 + 3 * d]);
    paper.add(a, b, machine(flexagon::Timing::kPaper), published);
    const Config config = machine(flexagon::Timing::kPipelined);
    pipelined.add(a, b, config, simulated(a, b, config));
  }
  EXPECT_GE(paper.agreement(),
            39.0 / 44);  // two Gustavson dataflows within 2 % of each other decide the rest
  EXPECT_LE(paper.mean_cost(), 1.02);
  EXPECT_GE(pipelined.agreement(), 0.9);
  EXPECT_LE(pipelined.mean_cost(), 1.02);
}

TEST(Predictor, picks_only_what_the_configuration_permits) {
  const Csr a = generate_uniform(40, 60, 0.3, 1), b = generate_uniform(60, 50, 0.3, 2);
  for (const Dataflow only : kDataflows) {
    Config config;
    config.dataflow = std::string(name(only));
    EXPECT_EQ(predict(flexagon::fiber_offsets(a), flexagon::fiber_offsets(b), config).best, only);
  }
}

TEST(Predictor, gives_what_it_can_for_empty_operands) {
  for (const auto timing : {flexagon::Timing::kPaper, flexagon::Timing::kPipelined})
    for (const double density : {0.0, 1.0}) {
      const auto a = flexagon::fiber_offsets(generate_uniform(3, 70, density, 1)),
                 b = flexagon::fiber_offsets(generate_uniform(70, 1, 1 - density, 1));
      for (const double cycles : predict(a, b, machine(timing)).cycles) {
        EXPECT_TRUE(std::isfinite(cycles));
        EXPECT_GE(cycles, 0);
      }
    }
}

TEST(FiberOffsets, say_where_rows_and_columns_begin) {
  const Csr matrix = draw({"1 . 1", ". . 1"});
  const flexagon::FiberOffsets offsets = flexagon::fiber_offsets(matrix);
  EXPECT_EQ(offsets.rows, (std::vector<uint64_t>{0, 2, 3}));
  EXPECT_EQ(offsets.columns, (std::vector<uint64_t>{0, 1, 1, 3}));
}

TEST(FiberOffsets, of_a_bitmap_are_those_of_its_rows) {
  const Csr matrix = generate_uniform(70, 130, 0.3, 7);
  const flexagon::FiberOffsets rows = flexagon::fiber_offsets(matrix),
                               bits = flexagon::fiber_offsets(to_bitmap(matrix));
  EXPECT_EQ(bits.rows, rows.rows);
  EXPECT_EQ(bits.columns, rows.columns);
}

}  // namespace
}  // namespace nonzero::test
