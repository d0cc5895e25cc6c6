#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "nonzero/arch/sat/plan.h"
#include "nonzero/workload/sat_networks.h"
#include "nonzero/workload/training_step.h"
#include "support/machines.h"

namespace nonzero {
namespace {

using testing::HasSubstr;

struct Step {
  uint64_t cycles = 0;
  Counts stages;
};

// Every layer's invariants are checked on the way.
Step step_of(const std::vector<Operation>& network, const std::vector<std::string>& settings) {
  const RunResult run = test::machine("sat", settings)->simulate(network, {});
  Step step;
  for (const Result& r : run.results) {
    check_invariants(r);
    for (const Stage& stage : r.stages) step.stages.add(stage.name, stage.cycles);
  }
  step.cycles = run.sequential_cycles;
  return step;
}

Step step_of(const std::string& network, const std::vector<std::string>& settings) {
  return step_of(suite("sat-" + network, nullptr, 1), settings);
}

// specs/sat, "Whole step, B=128, 2:8".
struct Golden {
  const char* network;
  uint64_t dense, srste, sdgp, bdwp, ff, bp, wu, wuve, ew;
};
constexpr Golden kGolden[] = {
    {"resnet9", 145596632, 110221710, 110469510, 74797960, 12062431, 11800024, 47451862, 468907, 3014736},
    {"resnet18", 213908186, 162093854, 163708637, 110131051, 17635303, 17309206, 69474298, 796964, 4915280},
    {"vgg19", 153090520, 115975875, 116390711, 78712283, 12653839, 12391432, 49812718, 1429382, 2424912},
    {"vit", 89060411, 70193051, 70186115, 51302315, 8363965, 10233414, 25270222, 225674, 7209040}};

TEST(Sat, golden_cycles_of_a_whole_step) {
  for (const Golden& g : kGolden) {
    EXPECT_EQ(step_of(g.network, {"method=dense"}).cycles, g.dense) << g.network;
    EXPECT_EQ(step_of(g.network, {"method=srste"}).cycles, g.srste) << g.network;
    EXPECT_EQ(step_of(g.network, {"method=sdgp"}).cycles, g.sdgp) << g.network;
    const Step bdwp = step_of(g.network, {});
    EXPECT_EQ(bdwp.cycles, g.bdwp) << g.network;
    EXPECT_EQ(bdwp.stages.get("FF"), g.ff) << g.network;
    EXPECT_EQ(bdwp.stages.get("BP"), g.bp) << g.network;
    EXPECT_EQ(bdwp.stages.get("WU"), g.wu) << g.network;
    EXPECT_EQ(bdwp.stages.get("WUVE"), g.wuve) << g.network;
    EXPECT_EQ(bdwp.stages.get("EW"), g.ew) << g.network;
    EXPECT_EQ(bdwp.stages.get("SORE"), 0U) << g.network;
  }
}

TEST(Sat, golden_cycles_of_the_ablations) {
  EXPECT_EQ(step_of("resnet18", {"dataflow=ws"}).cycles, 114660392U);
  EXPECT_EQ(step_of("resnet18", {"dataflow=os"}).cycles, 113538514U);
  EXPECT_EQ(step_of("resnet9", {"dataflow=ws"}).cycles, 76635212U);
  EXPECT_EQ(step_of("resnet9", {"dataflow=os"}).cycles, 76632843U);
  const Step online = step_of("resnet18", {"pregen=false"});
  EXPECT_EQ(online.cycles, 110862119U);
  EXPECT_EQ(online.stages.get("SORE"), 697344U);
  EXPECT_EQ(step_of("resnet18", {"dataflow=os", "interleave=1"}).cycles, 422907838U);
}

TEST(Sat, no_channels_stand_for_those_of_the_preset) {
  const auto cycles = [](const std::string& dram, const char* channels) {
    return step_of("resnet9", {"dram=" + dram, std::string("dram_channels=") + channels}).cycles;
  };
  EXPECT_EQ(cycles("ddr4-vcu1525", "0"), cycles("ddr4-vcu1525", "4"));
  EXPECT_EQ(cycles("hbm2-256", "0"), cycles("hbm2-256", "8"));
}

TEST(Sat, golden_speedups_at_224_pixels) {
  const auto speedup = [](const char* network) {
    return static_cast<double>(step_of(network, {"method=dense"}).cycles) /
           static_cast<double>(step_of(network, {}).cycles);
  };
  EXPECT_NEAR(speedup("resnet18-224"), 1.856, 0.0005);
  EXPECT_NEAR(speedup("resnet50-224"), 1.833, 0.0005);
}

// conv 64 -> 128, 3 x 3, stride 2, pad 1 on 32 x 32, batch 128.
TEST(Sat, a_strided_backward_pass_runs_phase_by_phase) {
  const Operation op = shape_step("conv", StepShape::conv(128, 64, 128, 3, 2, 1, 32));
  const auto backward = [&](const char* dataflow) {
    const Result r = test::simulate("sat", {std::string("dataflow=") + dataflow}, op);
    for (const Stage& stage : r.stages)
      if (stage.name == "BP") return stage.gemms;
    return std::vector<Stage::Gemm>();
  };
  const auto os = backward("os"), ws = backward("ws");
  ASSERT_EQ(os.size(), 4U);
  const char* names[] = {"BP(0,0)", "BP(0,1)", "BP(1,0)", "BP(1,1)"};
  const uint64_t os_cycles[] = {65734, 131270, 131270, 262342},
                 ws_cycles[] = {131423, 131423, 131423, 262495};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(os[i].name, names[i]);
    EXPECT_EQ(os[i].cycles, os_cycles[i]);
    EXPECT_EQ(ws[i].cycles, ws_cycles[i]);
    EXPECT_EQ(backward("auto")[i].dataflow, "os");
  }
}

// conv 128 -> 128 on 16 x 16, batch 128.
TEST(Sat, golden_schedule_of_one_conv) {
  const Operation op = shape_step("conv", StepShape::conv(128, 128, 128, 3, 1, 1, 16));
  const Result r = test::simulate("sat", {}, op);
  std::map<std::string, Stage> stages;
  for (const Stage& stage : r.stages) stages[stage.name] = stage;
  EXPECT_EQ(stages["FF"].cycles, 1179846U);
  EXPECT_EQ(stages["FF"].gemms[0].dataflow, "os");
  EXPECT_EQ(stages["FF"].gemms[0].dram_bytes, 16864768U);
  EXPECT_EQ(stages["WU"].cycles, 4718787U);
  EXPECT_EQ(stages["WU"].gemms[0].dataflow, "ws");
  EXPECT_EQ(stages["WU"].gemms[0].dram_bytes, 25460736U);
  EXPECT_EQ(stages["WUVE"].cycles, 10526U);
  EXPECT_EQ(stages["WUVE"].phases.get("stream"), 9216U);
  const LevelTraffic& dram = stages["WUVE"].traffic_bytes["dram"];
  EXPECT_EQ(dram.read.sum() + dram.write.sum(), 2829312U);
}

TEST(Sat, the_first_layer_has_no_backward_pass) {
  StepShape shape = StepShape::conv(2, 3, 8, 3, 1, 1, 8);
  shape.first = true;
  shape.sparse = false;
  for (const Stage& stage : test::simulate("sat", {}, shape_step("first", shape)).stages)
    EXPECT_NE(stage.name, "BP");
}

double op_reduction(const std::string& network, const std::string& method) {
  double all = 0, done = 0;
  for (const Operation& op : suite("sat-" + network, nullptr, 1)) {
    const Result dense = test::simulate("sat", {"method=dense"}, op),
                 r = test::simulate("sat", {"method=" + method}, op);
    all += static_cast<double>(dense.multiplications_effectual);
    done += static_cast<double>(r.multiplications_effectual);
  }
  return 1 - done / all;
}

// specs/sat, verdicts: what bdwp saves of a training step's multiplications.
TEST(Sat, operations_saved) {
  EXPECT_NEAR(op_reduction("resnet18-224", "bdwp"), 0.4777, 5e-5);
  EXPECT_NEAR(op_reduction("resnet50-224", "bdwp"), 0.4900, 5e-5);
  EXPECT_NEAR(op_reduction("resnet9", "bdwp"), 0.4984, 5e-5);
  EXPECT_NEAR(op_reduction("resnet18", "bdwp"), 0.4989, 5e-5);
  EXPECT_NEAR(op_reduction("vgg19", "bdwp"), 0.4985, 5e-5);
  EXPECT_NEAR(op_reduction("vit", "bdwp"), 0.4694, 5e-5);
  EXPECT_NEAR(op_reduction("resnet18", "srste"), 0.4989 / 2, 0.002);
}

std::string flag(bool on) { return on ? "true" : "false"; }

std::vector<std::string> gen_settings() {
  const auto gen_flag = [] { return flag(*rc::gen::arbitrary<bool>()); };
  return {"method=" + *rc::gen::elementOf(pruning_method_names()),
          "pregen=" + gen_flag(),
          "overlap_dram=" + gen_flag(),
          "model_elementwise=" + gen_flag(),
          "exclude=" + *rc::gen::element<std::string>("marked", "none", "all"),
          "dataflow=" + *rc::gen::element<std::string>("os", "ws", "auto"),
          "n=" + *rc::gen::element<std::string>("1", "2", "4"),
          "m=" + *rc::gen::element<std::string>("4", "8", "16"),
          "interleave=" + *rc::gen::element<std::string>("1", "4", "5"),
          "dram_channels=" + *rc::gen::element<std::string>("1", "4")};
}

// Acceptance 5: step_of checks that phases and stages add up to the cycles, and PE-cycles close.
TEST(Sat, phases_and_pe_cycles_close_for_every_network_and_setting) {
  EXPECT_TRUE(rc::check([] {
    const SatNetwork network = *rc::gen::elementOf(sat_networks());
    const uint64_t batch = *rc::gen::inRange<uint64_t>(1, 200);
    RC_ASSERT(step_of(sat_network(network.name, batch), gen_settings()).cycles > 0);
  }));
}

TEST(Sat, every_method_on_every_network_closes) {
  for (const SatNetwork& network : sat_networks())
    for (const std::string& method : pruning_method_names())
      for (const bool on : {true, false})
        EXPECT_GT(step_of(network.name, {"method=" + method, "pregen=" + flag(on), "overlap_dram=" + flag(on),
                                         "model_elementwise=" + flag(on)})
                      .cycles,
                  0U);
}

Operation gen_conv() {
  using rc::gen::inRange;
  const uint64_t kernel = *inRange<uint64_t>(1, 5), stride = *inRange<uint64_t>(1, kernel + 1);
  return shape_step(
      "conv",
      StepShape::conv(*inRange<uint64_t>(1, 9), *inRange<uint64_t>(1, 70), *inRange<uint64_t>(1, 70), kernel,
                      stride, *inRange<uint64_t>(0, kernel), kernel + *inRange<uint64_t>(0, 12)));
}

Operation gen_layer() {
  using rc::gen::inRange;
  const int kind = *inRange(0, 3);
  if (kind == 0)
    return shape_step("attention", StepShape::attention(*inRange<uint64_t>(1, 4), *inRange<uint64_t>(1, 40),
                                                        *inRange<uint64_t>(1, 4), *inRange<uint64_t>(1, 40)));
  if (kind == 1)
    return shape_step("linear", StepShape::linear(*inRange<uint64_t>(1, 9), *inRange<uint64_t>(1, 300),
                                                  *inRange<uint64_t>(1, 300), *inRange<uint64_t>(1, 9)));
  return gen_conv();
}

// Acceptance 4 and 5. Of L_acc: output-stationary alone (tests/hw/stce_test.cpp says why).
TEST(Sat, auto_is_never_slower_and_slower_parts_never_make_it_faster) {
  EXPECT_TRUE(rc::check([] {
    const Operation op = gen_layer();
    const auto cycles = [&](std::vector<std::string> settings) {
      return test::simulate("sat", settings, op).cycles;
    };
    const uint64_t automatic = cycles({});
    RC_ASSERT(automatic <= cycles({"dataflow=os"}));
    RC_ASSERT(automatic <= cycles({"dataflow=ws"}));
    RC_ASSERT(automatic <= cycles({"depth=9"}));
    RC_ASSERT(automatic <= cycles({"dram_channels=2"}));
    RC_ASSERT(automatic <= cycles({"act_buf_mib=1", "wgt_buf_mib=1"}));
    RC_ASSERT(automatic <= cycles({"overlap_dram=false"}));
    RC_ASSERT(cycles({"dataflow=os"}) <= cycles({"dataflow=os", "add_latency=5"}));
  }));
}

// With a kernel no smaller than its stride: the phases partition dx, and every tap serves one of them.
TEST(Sat, backward_phases_cover_every_input_position_once) {
  EXPECT_TRUE(rc::check([] {
    const Operation op = gen_conv();
    const StepShape& s = op.step()->shape;
    uint64_t positions = 0, taps = 0;
    for (const sat::BackwardPhase& phase : sat::backward_phases(s)) {
      positions += phase.rows * phase.columns;
      taps += phase.taps();
    }
    RC_ASSERT(positions == s.h * s.w);
    RC_ASSERT(taps == s.kh * s.kw);
  }));
}

TEST(Sat, strict_refuses_channels_that_are_no_multiple_of_m) {
  const Operation odd = shape_step("odd", StepShape::conv(2, 12, 16, 3, 1, 1, 8));
  EXPECT_NO_THROW(test::simulate("sat", {}, odd));
  try {
    test::simulate("sat", {"strict=true"}, odd);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("layer 'odd': Cin is 12"));
  }
  EXPECT_NO_THROW(test::simulate("sat", {"strict=true", "method=dense"}, odd));
  EXPECT_NO_THROW(test::simulate("sat", {"strict=true", "m=4"}, odd));
}

TEST(Sat, refuses_what_it_cannot_be_and_what_it_cannot_run) {
  for (const char* bad : {"n=9", "n=0", "m=6", "m=64", "method=magic", "psum_buf_mib=0.001", "act_buf_mib=0",
                          "wgt_buf_mib=0", "stepped=true", "dram=none", "rows=0"})
    EXPECT_THROW(test::machine("sat", {bad}), InputError) << bad;
  const Operation gemm = random_gemm("g", 8, 8, 8, 1, 1, 1);
  EXPECT_THAT(test::machine("sat")->refuses(gemm).value_or(""), HasSubstr("sat does not support 'gemm'"));
  const Operation step = shape_step("s", StepShape::linear(1, 8, 8));
  for (const char* other : {"sigma", "systolic", "flexagon"}) {
    EXPECT_THAT(test::machine(other)->refuses(step).value_or(""), HasSubstr("'training step'")) << other;
    EXPECT_THROW(test::simulate(other, {}, step), InputError);
  }
}

TEST(Sat, energy_and_area_are_billed_and_the_fpga_resources_counted) {
  const Result r = test::simulate("sat", {}, shape_step("conv", StepShape::conv(8, 64, 64, 3, 1, 1, 16)));
  EXPECT_GT(r.energy_pj.by_component.get("stce"), 0);
  EXPECT_GT(r.energy_pj.by_component.get("dram"), 0);
  EXPECT_LT(r.energy_pj.low, r.energy_pj.total);
  EXPECT_GT(r.area_mm2.by_component.get("act_buf"), 0);
  EXPECT_EQ(r.counters.get("fpga.dsp"), 3072U);
  EXPECT_EQ(r.counters.get("fpga.uram"), 2U * 57);
  EXPECT_EQ(r.counters.get("fpga.bram36"), 114U);
  EXPECT_TRUE(r.notes.empty());
  EXPECT_THAT(
      test::simulate("sat", {"rows=64", "columns=64"}, shape_step("l", StepShape::linear(8, 64, 64))).notes,
      testing::ElementsAre(HasSubstr("does not fit an XCVU9P: 12288 of 6840 DSP")));
}

// The link carries M activations every N cycles: 2:8 moves four times the words of dense per step.
TEST(Sat, the_n_of_m_link_is_charged_for_the_width_it_needs) {
  const Operation op = shape_step("conv", StepShape::conv(8, 64, 64, 3, 1, 1, 16));
  const auto act_bytes = [&](const char* method) {
    const Result r = test::simulate("sat", {std::string("method=") + method, "dataflow=os"}, op);
    for (const Stage& stage : r.stages)
      if (stage.name == "FF") return stage.traffic_bytes.at("act_buf").read.sum();
    return uint64_t{0};
  };
  EXPECT_EQ(act_bytes("bdwp"), act_bytes("dense"));  // M per group in a quarter of the cycles
  EXPECT_GT(test::simulate("sat", {"n=2", "m=16"}, op).area_mm2.by_component.get("stce"),
            test::simulate("sat", {"n=2", "m=8"}, op).area_mm2.by_component.get("stce"));
}

}  // namespace
}  // namespace nonzero
