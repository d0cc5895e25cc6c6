#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "nonzero/study/run.h"
#include "support/bitwave_layers.h"
#include "support/machines.h"

namespace nonzero::test {
namespace {

using ::testing::HasSubstr;

Result run(const std::vector<std::string>& settings, const IntegerLayer& layer) {
  return simulate("bitwave", settings, operation_of(layer));
}

std::string su(uint64_t number) { return "su=" + std::to_string(number); }

struct Golden {
  uint64_t su, compute, activation_reads, weight_reads, bits;
};

void expect_golden(const IntegerLayer& layer, const std::vector<Golden>& rows) {
  for (const Golden& golden : rows) {
    SCOPED_TRACE(layer.name + " on SU" + std::to_string(golden.su));
    const Result r = run({su(golden.su), "raw_fallback=false"}, layer);
    EXPECT_EQ(r.phases.get("stream"), golden.compute);
    EXPECT_EQ(r.counters.get("bitwave.activation_read_cycles"), golden.activation_reads);
    EXPECT_EQ(r.counters.get("bitwave.weight_read_cycles"), golden.weight_reads);
    EXPECT_EQ(r.counters.get("bitwave.compressed_bits"), golden.bits);
  }
}

TEST(BitwaveGolden, linear_64_to_128_one_token) {
  expect_golden(golden_linear(), {{1, 96, 32, 160, 40960},
                                  {2, 48, 16, 80, 36864},
                                  {3, 24, 8, 40, 34816},
                                  {4, 24, 8, 40, 40960},
                                  {5, 24, 8, 40, 36864},
                                  {6, 24, 8, 40, 34816}});
}

TEST(BitwaveGolden, conv_64_to_64_3x3_56x56) {
  expect_golden(golden_conv(), {{1, 96768, 32256, 720, 184320},
                                {2, 84672, 28224, 360, 165888},
                                {3, 84672, 28224, 180, 156672},
                                {4, 677376, 225792, 216, 184320},
                                {5, 338688, 112896, 180, 165888},
                                {6, 338688, 112896, 180, 156672}});
}

TEST(BitwaveGolden, depthwise_64_3x3_28x28) {
  expect_golden(golden_depthwise(), {{7, 10752, 3584, 320, 4608}});
}

TEST(BitwaveGolden, conv_3_to_64_3x3_32x32_flattened) {
  expect_golden(golden_first(),
                {{1, 1536, 512, 40, 10072}, {2, 1536, 512, 20, 9216}, {3, 1536, 512, 10, 8704}});
}

TEST(BitwaveGolden, uncompressed_on_the_same_engine) {
  const auto busy = [](uint64_t number, const IntegerLayer& layer) {
    const Result r = run({su(number), "compress=false"}, layer);
    return r.phases.get("stream") + r.phases.get("stall_memory.sram");
  };
  for (const uint64_t number : {4, 5, 6}) EXPECT_EQ(busy(number, golden_linear()), 64U) << number;
  EXPECT_EQ(busy(1, golden_conv()), 225792U);
  EXPECT_EQ(busy(2, golden_conv()), 197568U);
  EXPECT_EQ(busy(3, golden_conv()), 197568U);
}

TEST(BitwaveGolden, streaming_residency) {
  const auto busy = [](uint64_t number) {
    const Result r = run({su(number), "weight_residency=streaming"}, golden_conv());
    return r.phases.get("stream") + r.phases.get("stall_memory.sram");
  };
  EXPECT_EQ(busy(1), 161280U);
  EXPECT_EQ(busy(2), 141120U);
}

TEST(BitwaveGolden, latency_with_the_input_from_dram) {
  const Result r = run({su(2)}, golden_conv());
  const LevelTraffic& dram = r.traffic_bytes.at("dram");
  EXPECT_EQ(dram.read.get("a") + dram.read.get("metadata"), 20736U);
  EXPECT_EQ(dram.read.get("b"), 200704U);
  EXPECT_EQ(dram.write.get("c"), 200704U);
  EXPECT_EQ(r.phases.get("load.dram"), 8245U);
  EXPECT_EQ(r.phases.get("write"), 1568U);
  EXPECT_EQ(r.cycles, 94485U);
}

// "Dense 8-bit reference": 4096 lanes over seven cycles a multiplication.
TEST(BitwaveGolden, dense_rate_is_585_multiply_adds_a_cycle) {
  const Result r = run({su(2), "compress=false"}, golden_conv());
  EXPECT_NEAR(
      static_cast<double>(r.counters.get("bitwave.macs")) / static_cast<double>(r.phases.get("stream")), 585,
      0.5);
}

TEST(Bitwave, gives_a_token_a_narrow_unrolling_an_image_a_wide_one_and_depthwise_layers_su7) {
  const auto chosen = [](const IntegerLayer& layer) { return run({}, layer).counters.get("bitwave.su"); };
  EXPECT_THAT(chosen(golden_linear()), ::testing::AnyOf(4, 5, 6));
  EXPECT_THAT(chosen(golden_conv()), ::testing::AnyOf(1, 2, 3));
  EXPECT_EQ(chosen(golden_depthwise()), 7U);
}

IntegerLayer any_layer() {
  const uint64_t side = *rc::gen::element(1, 3), stride = *rc::gen::inRange(1, 3);
  const uint64_t k = *rc::gen::inRange(1, 140), c = *rc::gen::inRange(1, 70);
  const uint64_t h = *rc::gen::inRange(1, 8), w = *rc::gen::inRange(1, 20);
  const int kind = *rc::gen::inRange(0, 3);
  IntegerLayer layer = kind == 0   ? conv_layer(k, c, side, h, w, stride)
                       : kind == 1 ? depthwise_layer(k, *rc::gen::inRange(1, 3), side, h, w, stride)
                                   : linear_layer(k, c, w);
  layer.input.zero_point = *rc::gen::inRange(-128, 128);
  return drawn(layer, *rc::gen::inRange(1, 1000), *rc::gen::element(1, 3, 20, 127));
}

// simulate() itself checks that phases add up to the cycles and the lanes' buckets to 4096 times them.
TEST(Bitwave, is_never_faster_than_its_bytes_and_its_bits) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<std::string> settings = {
        "sync=" + *rc::gen::element<std::string>("max", "ideal"),
        "columns=" + *rc::gen::element<std::string>("sign_magnitude", "twos_complement"),
        "overlap_dram=" + *rc::gen::element<std::string>("true", "false")};
    const Result r = run(settings, any_layer());
    const LevelTraffic& dram = r.traffic_bytes.at("dram");
    RC_ASSERT(static_cast<double>(r.cycles) * 51.2 >=
              static_cast<double>(dram.read.sum() + dram.write.sum()));
    RC_ASSERT(r.cycles * 4096 >= r.pe_cycles.get("useful"));
    RC_ASSERT(r.energy_pj.low <= r.energy_pj.total && r.energy_pj.total <= r.energy_pj.high);
  }));
}

TEST(Bitwave, chosen_unrolling_is_never_slower_than_a_fixed_one) {
  EXPECT_TRUE(rc::check([] {
    const IntegerLayer layer = any_layer();
    const uint64_t chosen = run({}, layer).cycles;
    for (uint64_t number = 1; number < 7; ++number)
      RC_ASSERT(chosen <= run({su(number), "strict_su=false"}, layer).cycles);
  }));
}

TEST(Bitwave, ties_take_fewer_multipliers_then_the_lower_number) {
  // SU4, 5 and 6 all take 24 cycles and 1024 multipliers; SU6 stores the fewest bits.
  EXPECT_EQ(run({"dram_gb_per_second=1000"}, golden_linear()).counters.get("bitwave.su"), 4U);
}

TEST(Bitwave, one_more_zero_column_never_costs_cycles_or_bits) {
  EXPECT_TRUE(rc::check([] {
    const IntegerLayer layer = any_layer();
    const std::string mode = *rc::gen::element<std::string>("exact", "lsb");
    const std::string one = layer.shape.kind == LayerKind::kDepthwise ? su(7) : su(*rc::gen::inRange(1, 7));
    uint64_t cycles = ~uint64_t{0}, bits = cycles;
    for (int z = 0; z <= 8; ++z) {
      const Result r =
          run({one, "raw_fallback=false", "flip=" + mode, "zero_columns=" + std::to_string(z)}, layer);
      RC_ASSERT(r.phases.get("stream") <= cycles);
      RC_ASSERT(r.counters.get("bitwave.compressed_bits") <= bits);
      cycles = r.phases.get("stream");
      bits = r.counters.get("bitwave.compressed_bits");
    }
  }));
}

TEST(Bitwave, with_seven_columns_everywhere_computes_as_long_as_uncompressed) {
  const IntegerLayer layer = filled(conv_layer(40, 20, 3, 9, 17), [](auto...) { return 127; });
  for (uint64_t number = 1; number < 7; ++number)
    EXPECT_EQ(run({su(number), "raw_fallback=false"}, layer).phases.get("stream"),
              run({su(number), "compress=false"}, layer).phases.get("stream"));
}

TEST(Bitwave, stores_a_layer_raw_only_where_that_is_faster) {
  // Every column kept: the index is all that compression adds.
  const IntegerLayer full = filled(linear_layer(128, 1024, 1), [](uint64_t k, uint64_t c, auto...) {
    return (k + c) % 2 == 0 ? 127 : -127;
  });
  const Result raw = run({}, full), compressed = run({"raw_fallback=false"}, full);
  EXPECT_EQ(raw.counters.get("bitwave.raw"), 1U);
  EXPECT_EQ(raw.counters.get("bitwave.stored_bits"), 8U * 128 * 1024 + 1);
  EXPECT_LT(raw.cycles, compressed.cycles);
  EXPECT_EQ(run({}, golden_linear()).counters.get("bitwave.raw"), 0U);
}

TEST(Bitwave, skips_fewer_columns_in_twos_complement) {
  const Result magnitude = run({su(2)}, golden_conv());
  const Result twos = run({su(2), "columns=twos_complement"}, golden_conv());
  EXPECT_EQ(twos.phases.get("stream"), magnitude.phases.get("stream") / 3 * 8);
}

TEST(Bitwave, leaves_an_output_on_the_chip_for_the_next_layer_of_its_network) {
  const auto in_network = [](IntegerLayer layer) {
    layer.network = "net";
    return operation_of(std::move(layer));
  };
  const std::vector<Operation> ops = {in_network(drawn(conv_layer(8, 4, 1, 16, 16), 1)),
                                      in_network(drawn(conv_layer(16, 8, 1, 16, 16), 2))};
  const RunResult together = machine("bitwave")->simulate(ops, {});
  EXPECT_EQ(together.results[0].traffic_bytes.at("dram").read.get("b"), 4U * 256);
  EXPECT_EQ(together.results[1].traffic_bytes.at("dram").read.get("b"), 0U);
  // The study runs layer after layer and says what ran before.
  const auto one = machine("bitwave");
  EXPECT_EQ(run_study(*one, ops, {}).results[1].cycles, together.results[1].cycles);
  EXPECT_GT(machine("bitwave")->simulate({&ops[1], 1}, {}).results[0].cycles, together.results[1].cycles);
}

TEST(Bitwave, reads_one_of_two_operands_again_where_neither_fits) {
  const Result r =
      run({su(2), "raw_fallback=false", "activation_sram_kib=64", "weight_sram_kib=8"}, golden_conv());
  // 20,736 bytes of weights in 3 parts, 200,704 of input in 4.
  const LevelTraffic& dram = r.traffic_bytes.at("dram");
  EXPECT_EQ(dram.read.sum(), 20736U * 4 + 200704);
}

TEST(Bitwave, more_bandwidth_or_a_larger_sram_never_costs_cycles) {
  EXPECT_TRUE(rc::check([] {
    const IntegerLayer layer = any_layer();
    const auto cycles = [&](const char* dram, const char* activations, const char* weights,
                            const char* output) {
      return run({std::string("dram_gb_per_second=") + dram,
                  std::string("activation_sram_kib=") + activations,
                  std::string("weight_sram_kib=") + weights, std::string("output_bytes_per_cycle=") + output},
                 layer)
          .cycles;
    };
    const uint64_t before = cycles("1", "0.5", "0.5", "8");
    RC_ASSERT(cycles("2", "0.5", "0.5", "8") <= before);
    RC_ASSERT(cycles("1", "1", "0.5", "8") <= before);
    RC_ASSERT(cycles("1", "0.5", "1", "8") <= before);
    RC_ASSERT(cycles("1", "0.5", "0.5", "16") <= before);
  }));
}

TEST(Bitwave, overlaps_dram_with_the_engines_where_asked) {
  const Result apart = run({su(2)}, golden_conv()),
               together = run({su(2), "overlap_dram=true"}, golden_conv());
  EXPECT_EQ(together.cycles, apart.cycles - 8245);  // 84,672 compute cycles hide it
  const Result bound = run({su(2), "overlap_dram=true", "dram_gb_per_second=1"}, golden_conv());
  EXPECT_EQ(bound.cycles, 422144U / 4 + 1568);  // 4 bytes a cycle
  EXPECT_EQ(bound.phases.get("stall_memory.dram"), 422144U / 4 - 84672);
}

TEST(Bitwave, ideal_engines_wait_for_nobody) {
  EXPECT_TRUE(rc::check([] {
    const IntegerLayer layer = any_layer();
    const std::string one = layer.shape.kind == LayerKind::kDepthwise ? su(7) : su(*rc::gen::inRange(1, 7));
    RC_ASSERT(run({one, "sync=ideal"}, layer).phases.get("stream") <= run({one}, layer).phases.get("stream"));
  }));
}

TEST(Bitwave, product_equals_the_plain_convolution) {
  EXPECT_TRUE(rc::check([] {
    std::vector<std::string> settings = {"columns=" +
                                         *rc::gen::element<std::string>("sign_magnitude", "twos_complement")};
    if (settings[0] == "columns=sign_magnitude")
      settings.push_back("zero_columns=" + std::to_string(*rc::gen::inRange(0, 9)));
    StudyOptions options;
    options.output = OutputMode::kCheck;
    const Operation op = operation_of(any_layer());
    const RunResult checked = run_study(*machine("bitwave", settings), {&op, 1}, options);
    RC_ASSERT(checked.results[0].output.checked);
  }));
}

TEST(Bitwave, steps_small_layers_to_the_same_product) {
  for (const IntegerLayer& layer : {drawn(conv_layer(34, 9, 3, 5, 17, 2), 1),
                                    drawn(depthwise_layer(5, 2, 3, 6, 6), 2), golden_linear()}) {
    const Operation op = operation_of(layer);
    const Result stepped = simulate("bitwave", {"stepped=true"}, op, true);
    const Result counted = simulate("bitwave", {}, op, true);
    EXPECT_EQ(stepped.counters.get("bitwave.stepped_cycles"), counted.phases.get("stream"));
    EXPECT_EQ(stepped.product->values, counted.product->values);
  }
  EXPECT_THROW(
      simulate("bitwave", {"stepped=true"}, operation_of(drawn(conv_layer(64, 64, 3, 112, 112), 1)), true),
      InputError);
}

TEST(Bitwave, takes_128_negative_as_127_and_says_so) {
  IntegerLayer layer = golden_linear();
  layer.weights[3] = -128;
  StudyOptions options;
  options.output = OutputMode::kCheck;
  const Operation op = operation_of(layer);
  const RunResult checked = run_study(*machine("bitwave"), {&op, 1}, options);
  EXPECT_THAT(checked.results[0].notes, ::testing::Contains(HasSubstr("1 weights of -128")));
}

// 17.56 mW at 250 MHz are 70.24 pJ a cycle; a quarter of the multipliers take 0.2 + 0.8 / 4 of it.
TEST(Bitwave, bills_the_chips_power_by_active_multipliers) {
  const auto core = [](uint64_t number) {
    const Result r = run({"energy_table=core16", su(number)}, golden_conv());
    return r.energy_pj.by_component.get("chip") / static_cast<double>(r.counters.get("core.cycles"));
  };
  EXPECT_NEAR(core(1), 70.24, 1e-9);
  EXPECT_NEAR(core(4), 70.24 * 0.4, 1e-9);
  const Result r = run({"energy_table=core16", su(2)}, golden_conv());
  EXPECT_NEAR(r.energy_pj.by_component.get("dram"), 422144 * 125.0, 1e-6);
  EXPECT_NEAR(r.area_mm2.total, 1.138, 1e-12);
}

// BBS Table V: 0.49 mW at 800 MHz a PE of eight, 512 of them, 702.4 um2 each.
TEST(Bitwave, bills_its_engines_at_28_nm_as_its_peers) {
  const Result r = run({su(1)}, golden_conv());
  EXPECT_NEAR(r.energy_pj.by_component.get("engines") / static_cast<double>(r.counters.get("core.cycles")),
              512 * 0.49 / 0.8, 1e-9);
  EXPECT_NEAR(r.area_mm2.by_component.get("engines"), 512 * 702.4e-6, 1e-12);
  EXPECT_GT(r.area_mm2.by_component.get("weight_sram"), 0);
}

TEST(Bitwave, shows_the_bits_of_a_group_before_and_after_its_flip) {
  SimulateOptions options;
  options.views = true;
  const Operation op = operation_of(golden_linear());
  const Result r = machine("bitwave", {"zero_columns=6"})->simulate({&op, 1}, options).results[0];
  ASSERT_EQ(r.views.size(), 1U);
  EXPECT_EQ(r.views[0].first, "bit_groups");
  EXPECT_EQ(r.views[0].second[0]["before"].size(), r.counters.get("bitwave.group"));
  EXPECT_NE(r.views[0].second[0]["before"], r.views[0].second[0]["after"]);
}

TEST(Bitwave, shows_a_group_that_is_not_all_zeros) {
  SimulateOptions options;
  options.views = true;
  IntegerLayer layer = golden_linear();
  std::fill(layer.weights.begin(), layer.weights.end(), int8_t{0});
  layer.weights[0] = 5;  // in the first group, reached from the middle by wrapping round
  const Operation op = operation_of(std::move(layer));
  const Result r = machine("bitwave")->simulate({&op, 1}, options).results[0];
  EXPECT_EQ(r.views[0].second[0]["before"][0], 5);
}

std::string refusal(const std::vector<std::string>& settings, const Operation& op) {
  try {
    simulate("bitwave", settings, op);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(BitwaveRefuses, settings_that_contradict_each_other) {
  EXPECT_THROW(machine("bitwave", {"su=8"}), InputError);
  EXPECT_THROW(machine("bitwave", {"su=1", "group=16"}), InputError);
  EXPECT_THROW(machine("bitwave", {"group=4"}), InputError);
  EXPECT_THROW(machine("bitwave", {"group=12"}), InputError);
  EXPECT_THROW(machine("bitwave", {"zero_columns=9"}), InputError);
  EXPECT_THROW(machine("bitwave", {"zero_columns=-1"}), InputError);
  EXPECT_THROW(machine("bitwave", {"zero_columns=1", "flip=off"}), InputError);
  EXPECT_THROW(machine("bitwave", {"zero_columns=1", "columns=twos_complement"}), InputError);
  EXPECT_THROW(machine("bitwave", {"stepped=true", "sync=ideal"}), InputError);
  EXPECT_NO_THROW(machine("bitwave", {"su=2", "group=16"}));
}

TEST(BitwaveRefuses, an_unrolling_that_is_not_for_the_layer) {
  EXPECT_THAT(refusal({"su=7"}, operation_of(golden_conv())), HasSubstr("which is not depthwise"));
  EXPECT_THAT(refusal({"su=2"}, operation_of(golden_depthwise())), HasSubstr("allowed: 7"));
  EXPECT_EQ(refusal({"su=2", "strict_su=false"}, operation_of(golden_depthwise())), "accepted");
}

TEST(BitwaveRefuses, what_is_no_layer_with_int8_weights) {
  EXPECT_THAT(refusal({}, random_gemm("g", 4, 4, 4, 1, 1, 1)), HasSubstr("does not support 'gemm'"));
  IntegerLayer torn = golden_linear();
  torn.weights.pop_back();
  EXPECT_THAT(refusal({}, operation_of(torn)), HasSubstr("8191 weights"));
}

TEST(BitwaveRefuses, an_overflow_of_its_accumulators_by_layer_and_position) {
  EXPECT_THROW(simulate("bitwave", {"accumulator_bits=12"}, operation_of(golden_conv()), true), InputError);
}

}  // namespace
}  // namespace nonzero::test
