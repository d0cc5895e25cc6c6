#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "nonzero/study/run.h"
#include "support/bitwave_layers.h"
#include "support/machines.h"

namespace nonzero::test {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kPeers = {"stripes", "pragmatic", "bitlet", "dense-int8", "huaa-like"};

uint64_t compute(const std::string& design, const IntegerLayer& layer) {
  return simulate(design, {}, operation_of(layer)).phases.get("stream");
}

TEST(BitPeersGolden, linear_64_to_128) {
  EXPECT_EQ(compute("stripes", golden_linear()), 256U);
  EXPECT_EQ(compute("pragmatic", golden_linear()), 96U);
  EXPECT_EQ(compute("bitlet", golden_linear()), 208U);
  EXPECT_EQ(compute("dense-int8", golden_linear()), 32U);
  EXPECT_EQ(compute("huaa-like", golden_linear()), 16U);
}

TEST(BitPeersGolden, conv_64_to_64_56x56) {
  EXPECT_EQ(compute("stripes", golden_conv()), 258048U);
  EXPECT_EQ(compute("pragmatic", golden_conv()), 96768U);
  EXPECT_EQ(compute("bitlet", golden_conv()), 206528U);
  EXPECT_EQ(compute("dense-int8", golden_conv()), 225792U);
  EXPECT_EQ(compute("huaa-like", golden_conv()), 225792U);
}

// "Contrast": one group of eight weights, in BitWave, Stripes, Pragmatic and Bitlet.
TEST(BitPeersGolden, one_group_of_eight) {
  const auto cycles = [](std::vector<int8_t> weights) {
    IntegerLayer layer = linear_layer(1, 8, 1);
    layer.weights = std::move(weights);
    return std::vector<uint64_t>{
        simulate("bitwave", {"su=1", "raw_fallback=false"}, operation_of(layer)).phases.get("stream"),
        compute("stripes", layer), compute("pragmatic", layer), compute("bitlet", layer)};
  };
  using Row = std::vector<uint64_t>;
  EXPECT_EQ(cycles({1, 1, 1, 1, 1, 1, 1, 1}), (Row{1, 8, 1, 8}));
  EXPECT_EQ(cycles({-3, 4, 5, -4, 0, 0, 0, 0}), (Row{3, 8, 2, 3}));
  EXPECT_EQ(cycles({127, 0, 0, 0, 0, 0, 0, 0}), (Row{7, 8, 7, 1}));
  EXPECT_EQ(cycles({64, 32, 16, 8, 4, 2, 1, 0}), (Row{7, 8, 1, 1}));
}

TEST(BitPeers, stand_on_equal_terms) {
  for (const std::string& peer : kPeers) {
    const Result r = simulate(peer, {}, operation_of(golden_conv()));
    const uint64_t bits = r.slot_unit == "int8 multiplier" ? 8 : 1;
    EXPECT_EQ(r.slots * bits, 4096U) << peer;
    EXPECT_EQ(r.clock_hz, 250e6) << peer;
    EXPECT_EQ(r.traffic_bytes.at("dram").read.get("a"), 36864U) << peer;
    EXPECT_EQ(r.traffic_bytes.at("dram").write.get("c"), 200704U) << peer;
    EXPECT_EQ(r.phases.get("write"), 1568U) << peer;
  }
}

TEST(BitPeers, run_channels_of_a_depthwise_layer_side_by_side_or_one_at_a_time) {
  const Operation op = operation_of(golden_depthwise());
  // 2 blocks of 32 channels, 9 taps, 8 cycles, 56 passes; or 64 channels, 2 groups of taps.
  EXPECT_EQ(simulate("stripes", {}, op).phases.get("stream"), 2U * 9 * 8 * 56);
  EXPECT_EQ(simulate("stripes", {"depthwise=broadcast"}, op).phases.get("stream"), 64U * 2 * 8 * 56);
}

TEST(BitPeers, read_as_many_activations_as_their_tiles_want) {
  // A tap of 32 channels, 16 columns each: four cycles of the port. The taps' largest popcounts are
  // 3, 2, 2, 3, 2, 3, 2, 2, 3 in both blocks of channels.
  const Result r = simulate("pragmatic", {}, operation_of(golden_depthwise()));
  EXPECT_EQ(r.phases.get("stream"), 2U * 22 * 56);
  EXPECT_EQ(r.phases.get("stall_memory.sram"), (18U * 4 - 2 * 22) * 56);
}

TEST(Stripes, runs_each_layer_at_its_precision_where_asked) {
  const Operation op = operation_of(golden_linear());  // -7 … 7: four bits
  const Result r = simulate("stripes", {"precision_per_layer=true"}, op);
  EXPECT_EQ(r.counters.get("peer.precision"), 4U);
  EXPECT_EQ(r.phases.get("stream"), 128U);
  EXPECT_EQ(r.traffic_bytes.at("dram").read.get("a"), 4096U);
  EXPECT_EQ(simulate("stripes", {"precision=5"}, op).phases.get("stream"), 160U);
}

TEST(Stripes, refuses_a_precision_that_would_cut_weights) {
  try {
    simulate("stripes", {"precision=3"}, operation_of(golden_linear()));
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'linear', whose weights need 4 bit"));
  }
}

IntegerLayer any_layer() {
  const uint64_t side = *rc::gen::element(1, 3), stride = *rc::gen::inRange(1, 3);
  const uint64_t k = *rc::gen::inRange(1, 70), c = *rc::gen::inRange(1, 80);
  const uint64_t h = *rc::gen::inRange(1, 8), w = *rc::gen::inRange(1, 20);
  const int kind = *rc::gen::inRange(0, 3);
  IntegerLayer layer = kind == 0   ? conv_layer(k, c, side, h, w, stride)
                       : kind == 1 ? depthwise_layer(k, *rc::gen::inRange(1, 3), side, h, w, stride)
                                   : linear_layer(k, c, w);
  layer.input.zero_point = *rc::gen::inRange(-128, 128);
  return drawn(layer, *rc::gen::inRange(1, 1000), *rc::gen::element(1, 3, 20, 127));
}

// The study also checks that phases and PE-cycles add up.
TEST(BitPeers, compute_the_plain_convolution_through_their_own_mapping) {
  EXPECT_TRUE(rc::check([] {
    const Operation op = operation_of(any_layer());
    const std::string peer = *rc::gen::elementOf(kPeers);
    const auto machine_of =
        machine(peer, {"depthwise=" + *rc::gen::element<std::string>("channels", "broadcast"),
                       "min_tile_cycles=" + std::to_string(*rc::gen::inRange(0, 4))});
    StudyOptions options;
    options.output = OutputMode::kCheck;
    const RunResult run = run_study(*machine_of, {&op, 1}, options);
    RC_ASSERT(run.results[0].output.checked);
    RC_ASSERT(run.results[0].energy_pj.total > 0);
  }));
}

TEST(BitPeers, huaa_like_is_never_slower_than_dense_int8) {
  EXPECT_TRUE(rc::check([] {
    const Operation op = operation_of(any_layer());
    RC_ASSERT(simulate("huaa-like", {}, op).cycles <= simulate("dense-int8", {}, op).cycles);
  }));
}

TEST(BitPeers, refuse_what_is_no_layer_with_int8_weights) {
  for (const std::string& peer : kPeers)
    EXPECT_THROW(simulate(peer, {}, random_gemm("g", 4, 4, 4, 1, 1, 1)), InputError) << peer;
}

// BBS Table V at 800 MHz.
TEST(BitPeers, are_billed_by_one_table) {
  const auto array = [](const std::string& peer) {
    const Result r = simulate(peer, {}, operation_of(golden_conv()));
    return r.energy_pj.by_component.get("engines") / static_cast<double>(r.counters.get("core.cycles"));
  };
  EXPECT_NEAR(array("stripes"), 512 * 0.37 / 0.8, 1e-9);
  EXPECT_NEAR(array("pragmatic"), 512 * 0.51 / 0.8, 1e-9);
  EXPECT_NEAR(array("bitlet"), 512 * 0.57 / 0.8, 1e-9);
  // int8 multiplier 0.1, int32 adder 0.05, 48 register bits of 0.003375 pJ at 28 nm.
  EXPECT_NEAR(array("dense-int8"), 512 * (0.1 + 0.05 + 48 * 0.003375), 1e-9);
}

}  // namespace
}  // namespace nonzero::test
