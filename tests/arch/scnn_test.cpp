#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "nonzero/arch/scnn/mapping.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/array/accumulator_banks.h"
#include "nonzero/reference/integer_convolution.h"
#include "nonzero/workload/operands.h"
#include "support/integer_layers.h"
#include "support/machines.h"

namespace nonzero {
namespace {

using testing::HasSubstr;

// A GEMM as SCNN sees it: 1x1, channels K, output channels M, positions N.
Operation gemm_layer(uint64_t m, uint64_t n, uint64_t k, std::vector<int8_t> a,
                     const std::vector<int8_t>& b) {
  IntegerLayer layer = test::linear_layer(m, k, n);
  layer.weights = std::move(a);
  IntegerActivations input;
  for (uint64_t token = 0; token < n; ++token)
    for (uint64_t c = 0; c < k; ++c) input.codes.push_back(b[c * n + token]);
  Operation op = test::operation_of(layer);
  std::get<IntegerConvolution>(op.body).input = std::make_shared<const IntegerActivations>(std::move(input));
  return op;
}

// flexagon, "Worked example E1".
Operation e1() { return gemm_layer(2, 3, 4, {0, 2, 0, 0, 3, 0, 5, 7}, {0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1}); }

// Zeros at `density`, of weights and activations alike; the zero point is a code as any other.
Operation sparse(IntegerLayer layer, double density, uint64_t seed) {
  Random random(seed);
  layer.input.zero_point = static_cast<int32_t>(random.below(9)) - 4;
  for (int8_t& weight : layer.weights)
    weight = random.chance(density) ? static_cast<int8_t>(1 + random.below(100)) : int8_t{0};
  IntegerActivations input;
  for (uint64_t i = 0; i < layer.shape.inputs(); ++i)
    input.codes.push_back(random.chance(density) ? static_cast<int8_t>(10 + random.below(100))
                                                 : static_cast<int8_t>(layer.input.zero_point));
  Operation op = test::operation_of(std::move(layer));
  std::get<IntegerConvolution>(op.body).input = std::make_shared<const IntegerActivations>(std::move(input));
  return op;
}

// Evenly over the whole range, however small RapidCheck's cases are.
uint64_t from(int low, int high) {
  return static_cast<uint64_t>(*rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high + 1)));
}

IntegerLayer random_layer() {
  const uint64_t stride = from(1, 3), kind = from(0, 2);
  if (kind == 0) return test::linear_layer(from(1, 20), from(1, 20), from(1, 12));
  if (kind == 1)
    return test::depthwise_layer(from(1, 9), from(1, 2), from(1, 3), from(3, 12), from(3, 12), stride);
  IntegerLayer layer =
      test::conv_layer(from(1, 12), from(1, 6), from(1, 5), from(1, 12), from(1, 12), stride);
  layer.shape.dilation_x = from(1, 2);
  return layer;
}

std::vector<std::string> random_machine() {
  const auto one_of = [](std::vector<std::string> all) { return *rc::gen::elementOf(all); };
  return {"pes=" + one_of({"1", "2", "5", "16", "40"}),
          "F=" + one_of({"1", "3", "4"}),
          "I=" + one_of({"1", "2", "4"}),
          "entries=" + one_of({"2", "8", "32"}),
          "link_words=" + one_of({"1", "3"}),
          "weight_order=" + one_of({"channels", "kernel"})};
}

uint64_t effectual(const Operation& op) {
  IntegerLayer ones = *op.convolution()->layer;
  IntegerActivations bits = *integer_activations(op);
  for (int8_t& weight : ones.weights) weight = weight != 0;
  for (int8_t& code : bits.codes) code = code != ones.input.zero_point;
  ones.input.zero_point = 0;
  uint64_t sum = 0;
  for (const int64_t count : reference::convolve(ones, bits)) sum += static_cast<uint64_t>(count);
  return sum;
}

TEST(Scnn, golden_e1_on_one_and_two_pes) {
  const Result one = test::simulate("scnn", {"pes=1"}, e1(), true);
  EXPECT_EQ(one.phases.get("load"), 1U);
  EXPECT_EQ(one.phases.get("stream"), 4U);
  EXPECT_EQ(one.cycles, 5U);
  EXPECT_EQ(one.multiplications_effectual, 8U);
  const Result two = test::simulate("scnn", {"pes=2"}, e1(), true);
  EXPECT_EQ(two.phases.get("stream"), 2U);
  EXPECT_EQ(two.phases.get("reduce"), 7U);
  EXPECT_EQ(two.cycles, 10U);
  // B's elements are all 1: row 0 takes 2 of k = 1, row 1 sums 3, 5 and 7.
  EXPECT_EQ(two.product->values, (std::vector<double>{2, 2, 12, 10, 10}));
}

TEST(Scnn, golden_dense_8x8x2_takes_eight_steps_without_conflict) {
  const Result r = test::simulate(
      "scnn", {"pes=1"}, gemm_layer(8, 8, 2, std::vector<int8_t>(16, 1), std::vector<int8_t>(16, 1)));
  EXPECT_EQ(r.phases.get("stream"), 8U);
  EXPECT_EQ(r.phases.get("stall_distribution"), 0U);
}

TEST(Scnn, golden_output_rows_of_one_bank_take_a_cycle_each) {
  std::vector<int8_t> weights(25);
  for (const size_t row : {0, 8, 16, 24}) weights[row] = 1;
  const Result r = test::simulate("scnn", {"pes=1"}, gemm_layer(25, 1, 1, weights, {1}));
  EXPECT_EQ(r.phases.get("stream"), 1U);
  EXPECT_EQ(r.phases.get("stall_distribution"), 3U);
}

// baselines/scnn-fc
TEST(Scnn, one_activation_a_vector_leaves_a_quarter_of_the_multipliers) {
  const Result r = test::simulate(
      "scnn", {"pes=1"}, gemm_layer(64, 1, 32, std::vector<int8_t>(2048, 1), std::vector<int8_t>(32, 1)));
  EXPECT_EQ(r.phases.get("stream"), 2048U / 4);
  EXPECT_LE(r.compute_utilisation, 0.25);
}

TEST(Scnn, product_equals_the_plain_convolution) {
  EXPECT_TRUE(rc::check([] {
    const Operation op = sparse(random_layer(), *rc::gen::element(0.1, 0.5, 1.0), from(1, 1000));
    const std::vector<std::string> settings = random_machine();
    RC_PRE(!test::machine("scnn", settings)->refuses(op));
    const Result r = test::simulate("scnn", settings, op, true);
    const IntegerConvolution& c = *op.convolution();
    RC_ASSERT(reference::equals(*r.product, reference::convolve(*c.layer, *c.input)));
    RC_ASSERT(r.multiplications_effectual == effectual(op));
  }));
}

TEST(Scnn, product_and_counts_do_not_depend_on_the_pes) {
  const Operation op = sparse(test::conv_layer(20, 5, 3, 13, 9), 0.4, 7);
  const Result few = test::simulate("scnn", {"pes=1"}, op, true);
  const Result many = test::simulate("scnn", {"pes=64"}, op, true);
  EXPECT_EQ(few.product->values, many.product->values);
  EXPECT_EQ(few.multiplications_issued, many.multiplications_issued);
  EXPECT_EQ(few.multiplications_effectual, many.multiplications_effectual);
}

// One PE, one group: every vector of weights with every vector of activations, output by output, the kernel
// rows and columns of each phase of the stride on their own.
struct SlowCount {
  uint64_t steps = 0, cycles = 0;
};
SlowCount slow_one_pe(const Operation& op) {
  const IntegerLayer& layer = *op.convolution()->layer;
  const IntegerActivations& input = *op.convolution()->input;
  const IntegerLayerShape& s = layer.shape;
  struct At {
    uint64_t k, y, x;
  };
  SlowCount sum;
  for (uint64_t c = 0; c < s.c; ++c)
    for (uint64_t phase = 0; phase < s.stride_y * s.stride_x; ++phase) {
      const auto in_phase = [&](uint64_t y, uint64_t x) {
        return y % s.stride_y == phase / s.stride_x && x % s.stride_x == phase % s.stride_x;
      };
      std::vector<At> weights, activations;
      for (uint64_t k = 0; k < s.k; ++k)
        for (uint64_t y = 0; y < s.fy; ++y)
          for (uint64_t x = 0; x < s.fx; ++x)
            if (layer.weights[((k * s.c + c) * s.fy + y) * s.fx + x] != 0 &&
                in_phase(y * s.dilation_y, x * s.dilation_x))
              weights.push_back({k, y * s.dilation_y, x * s.dilation_x});
      for (uint64_t y = 0; y < s.h; ++y)
        for (uint64_t x = 0; x < s.w; ++x)
          if (input.codes[(c * s.h + y) * s.w + x] != layer.input.zero_point &&
              in_phase(y + s.pad_top, x + s.pad_left))
            activations.push_back({0, y + s.pad_top, x + s.pad_left});
      for (size_t i = 0; i < weights.size(); i += 4)
        for (size_t j = 0; j < activations.size(); j += 4) {
          std::vector<uint64_t> banks(32);
          for (size_t w = i; w < std::min(weights.size(), i + 4); ++w)
            for (size_t a = j; a < std::min(activations.size(), j + 4); ++a) {
              if (activations[a].y < weights[w].y || activations[a].x < weights[w].x) continue;
              const uint64_t y = (activations[a].y - weights[w].y) / s.stride_y;
              const uint64_t x = (activations[a].x - weights[w].x) / s.stride_x;
              if (y >= s.oy || x >= s.ox) continue;
              ++banks[hw::bank_of(static_cast<uint32_t>(weights[w].k), static_cast<uint32_t>(x),
                                  static_cast<uint32_t>(y), 32)];
            }
          ++sum.steps;
          sum.cycles += std::max<uint64_t>(1, *std::max_element(banks.begin(), banks.end()));
        }
    }
  return sum;
}

TEST(Scnn, cycles_equal_a_walk_product_by_product) {
  EXPECT_TRUE(rc::check([] {
    IntegerLayer layer =
        test::conv_layer(from(1, 12), from(1, 4), from(1, 4), from(1, 10), from(1, 10), from(1, 2));
    layer.shape.dilation_y = from(1, 2);
    const Operation op = sparse(std::move(layer), 0.5, from(1, 1000));
    const Result r = test::simulate("scnn", {"pes=1", "entries=1000", "weight_order=kernel"}, op);
    const SlowCount slow = slow_one_pe(op);
    RC_ASSERT(r.phases.get("stream") == slow.steps);
    RC_ASSERT(r.phases.get("stream") + r.phases.get("stall_distribution") == slow.cycles);
  }));
}

// A dense 3x3 layer on one PE: neighbouring kernel columns and activations want the same sums.
TEST(Scnn, output_channels_side_by_side_meet_in_fewer_banks_than_kernel_columns) {
  const Operation op = sparse(test::conv_layer(16, 2, 3, 8, 8), 1, 5);
  const auto conflicts = [&](const std::string& order) {
    return test::simulate("scnn", {"pes=1", "weight_order=" + order}, op).phases.get("stall_distribution");
  };
  EXPECT_LT(conflicts("channels"), conflicts("kernel") / 4);
}

TEST(Scnn, doubling_a_width_never_costs_cycles_and_pes_at_most_a_tenth) {
  EXPECT_TRUE(rc::check([] {
    const Operation op = sparse(test::conv_layer(16, 4, 3, 12, 12), 0.5, from(1, 1000));
    const auto cycles = [&](const std::string& setting, const std::string& other) {
      return test::simulate("scnn", {"pes=4", setting, other}, op).cycles;
    };
    const uint64_t before = cycles("input_words_per_cycle=4", "link_words=1");
    RC_ASSERT(cycles("input_words_per_cycle=8", "link_words=1") <= before);
    RC_ASSERT(cycles("input_words_per_cycle=4", "link_words=2") <= before);
    RC_ASSERT(static_cast<double>(cycles("pes=8", "input_words_per_cycle=4")) <=
              1.1 * static_cast<double>(before));
  }));
}

TEST(Scnn, mapping_shares_positions_first_and_channels_with_what_is_left) {
  scnn::Config config;
  config.pes = 64;
  const scnn::Mapping gemm = scnn::map_layer(test::linear_layer(100, 50, 30).shape, config);
  EXPECT_EQ(gemm.tiles(), 8U);  // ceil(30 / 4)
  EXPECT_EQ(gemm.chain, 8U);    // 64 / 8
  EXPECT_EQ(gemm.piece_w, 4U);  // ceil(30 / 8)
  EXPECT_EQ(gemm.group, 100U);  // 1024 / 4 and more
  EXPECT_EQ(gemm.halo(), 0U);
  const scnn::Mapping plane = scnn::map_layer(test::conv_layer(64, 16, 3, 56, 56).shape, config);
  EXPECT_EQ(plane.grid_y * plane.grid_x, 64U);
  EXPECT_EQ(plane.extent(), 81U);  // 7 x 7 inputs reach 9 x 9 outputs
  EXPECT_EQ(plane.group, 12U);     // 1024 / 81
  EXPECT_EQ(plane.halo(), 32U);
}

TEST(Scnn, more_columns_than_accumulators_go_in_pieces) {
  const scnn::Mapping map = scnn::map_layer(test::linear_layer(3, 2, 5000).shape, [] {
    scnn::Config config;
    config.pes = 2;
    return config;
  }());
  EXPECT_EQ(map.pieces(), 3U);  // 2500 columns of 1024
  EXPECT_EQ(map.group, 1U);
  EXPECT_EQ(map.groups, 3U);
}

TEST(Scnn, a_depthwise_layer_gives_the_pes_of_a_chain_their_own_channels) {
  scnn::Config config;
  config.pes = 32;
  const scnn::Mapping map = scnn::map_layer(test::depthwise_layer(64, 1, 3, 4, 4).shape, config);
  EXPECT_EQ(map.tiles(), 4U);
  EXPECT_EQ(map.chain, 8U);
  EXPECT_EQ(map.groups, 1U);
}

TEST(Scnn, like_bitwave_has_as_many_multipliers_buffers_and_dram) {
  const Operation op = sparse(test::conv_layer(32, 16, 3, 20, 20), 0.5, 3);
  const Result r = test::simulate("scnn-like", {}, op);
  EXPECT_EQ(r.slots, 512U);
  EXPECT_EQ(r.clock_hz, 250e6);
  const LevelTraffic& dram = r.traffic_bytes.at("dram");
  EXPECT_EQ(dram.read.get("b"), 16U * 400);
  EXPECT_EQ(dram.write.get("c"), 0U);  // stays
  EXPECT_EQ(r.phases.get("load.dram"),
            static_cast<uint64_t>(std::ceil(static_cast<double>(dram.read.sum()) / 51.2)));
  EXPECT_EQ(r.phases.get("write"), 32U * 400 / 128);
}

TEST(Scnn, a_drawn_input_has_the_density_that_was_asked_for) {
  Operation op = test::operation_of(test::drawn(test::conv_layer(16, 8, 3, 20, 20), 3));
  const Result dense = test::simulate("scnn-like", {}, op);
  std::get<IntegerConvolution>(op.body).density = 0.25;
  const Result sparse = test::simulate("scnn-like", {}, op, true);
  EXPECT_NEAR(static_cast<double>(sparse.nnz_b), 0.25 * 8 * 400, 100);
  EXPECT_THAT(sparse.b.source, HasSubstr("density=0.25"));
  EXPECT_LT(sparse.phases.get("stream"), dense.phases.get("stream") / 2);
  const IntegerConvolution& c = *op.convolution();
  EXPECT_TRUE(reference::equals(*sparse.product, reference::convolve(*c.layer, *integer_activations(op))));
}

TEST(Scnn, an_output_that_stays_is_not_read_again) {
  std::vector<Operation> two = {sparse(test::conv_layer(16, 16, 3, 20, 20), 0.5, 3),
                                sparse(test::conv_layer(8, 16, 3, 20, 20), 0.5, 4)};
  for (Operation& op : two) op.network = "two";
  const RunResult run = test::machine("scnn-like")->simulate(two, {});
  EXPECT_EQ(run.results[0].traffic_bytes.at("dram").read.get("b"), 16U * 400);
  EXPECT_EQ(run.results[1].traffic_bytes.at("dram").read.get("b"), 0U);
}

TEST(Scnn, refuses_what_is_no_layer_and_kernels_beyond_its_accumulators) {
  const auto machine = test::machine("scnn", {"entries=1", "banks=8"});
  EXPECT_THAT(*machine->refuses(random_gemm("g", 2, 2, 2, 1, 1, 1)), HasSubstr("does not support 'gemm'"));
  EXPECT_THAT(*machine->refuses(test::operation_of(test::conv_layer(1, 1, 3, 9, 9))),
              HasSubstr("8 accumulators"));
  EXPECT_THROW(test::machine("scnn", {"data_type=fp32"}), InputError);
  EXPECT_THROW(test::machine("scnn", {"F=0"}), InputError);
}

}  // namespace
}  // namespace nonzero
