#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "nonzero/arch/asadi/pipeline.h"
#include "nonzero/base/random.h"
#include "support/attention.h"
#include "support/machines.h"

namespace nonzero {
namespace {

using test::attention_of;
using test::described_attention;
using test::simulate;
using testing::HasSubstr;

struct Golden {
  uint64_t tokens, diagonals, overflow, nnz, grey, qk, sv, total;
  double over_pim, csr_over_pim, energy_ratio;
};

// ASADI spec: diagloc(0.1, 0.5, n/8), start value 7, d = 64, 12 identical heads [derived].
constexpr Golden kDiagloc[] = {
    {384, 57, 9, 14832, 7432, 198552, 467719, 696988, 2.35, 0.71, 1.72},
    {512, 72, 8, 26251, 13075, 328870, 650624, 1022568, 2.84, 0.92, 2.08},
    {1024, 134, 6, 104967, 52655, 664137, 1458485, 2222791, 5.22, 1.70, 3.88},
    {2048, 256, 0, 419356, 209215, 1285232, 3440152, 5029378, 9.21, 3.15, 3.51},
    {4096, 512, 0, 1678004, 839332, 2681304, 7858517, 11662767, 15.89, 5.51, 3.15},
    {8192, 1024, 0, 6713647, 3356055, 5411248, 18580337, 28337881, 26.16, 8.81, 2.77},
};

constexpr uint64_t kHeads = 12;

Operation diagloc(uint64_t tokens, const char* phi = "0.5") {
  return described_attention(std::string("diagloc:rho=0.1,phi=") + phi + ",seed=7", tokens, kHeads);
}

double speedup(const Result& machine, const Result& baseline) {
  return baseline.seconds() / machine.seconds();
}

double digital_share(const Result& r) { return r.energy_pj.by_component.get("digital") / r.energy_pj.total; }

TEST(Asadi, golden_example_of_six_tokens) {
  const Result r = simulate("asadi", {"window=3"}, attention_of({test::asadi_example()}, 1, 2));
  EXPECT_EQ(r.phases.get("stream.qk"), 7087U);
  EXPECT_EQ(r.phases.get("stream.sv"), 12513U);
  EXPECT_EQ(r.phases.get("stream.softmax"), 15235U);
  EXPECT_EQ(r.phases.get("load.oci"), 2U);
  EXPECT_EQ(r.phases.get("control"), 60U);
  EXPECT_EQ(r.phases.get("stream.linear1") + r.phases.get("stream.linear2"), 12U);
  EXPECT_EQ(r.cycles, 34909U);
  EXPECT_EQ(r.counters.get("bubbles"), 1U);
  EXPECT_DOUBLE_EQ(r.stationary_utilisation, 17.0 / 18);
}

TEST(Asadi, golden_sliding_windows) {
  const Result small = simulate("asadi", {}, described_attention("window", 512));
  EXPECT_EQ(small.counters.get("iterations"), 64U);
  EXPECT_EQ(small.phases.get("stream.qk"), 179697U);
  EXPECT_EQ(small.phases.get("stream.sv"), 181056U);
  EXPECT_EQ(small.phases.get("stream.softmax"), 17777U);
  EXPECT_EQ(small.phases.get("load.oci"), 16516U);
  EXPECT_EQ(small.cycles, 397350U);
  const Result large = simulate("asadi", {}, described_attention("window", 1024));
  EXPECT_EQ(large.phases.get("stream.qk"), 359458U);
  EXPECT_EQ(large.phases.get("stream.sv"), 362176U);
  EXPECT_EQ(large.phases.get("stream.softmax"), 22030U);
  EXPECT_EQ(large.phases.get("load.oci"), 66062U);
  EXPECT_EQ(large.cycles, 814334U);
}

TEST(Asadi, golden_diagloc_table) {
  for (const Golden& golden : kDiagloc) {
    SCOPED_TRACE(golden.tokens);
    const Operation op = diagloc(golden.tokens);
    const Result r = simulate("asadi", {}, op);
    EXPECT_EQ(r.counters.get("iterations"), golden.diagonals);
    EXPECT_EQ(r.counters.get("overflow_diagonals"), golden.overflow * kHeads);
    EXPECT_EQ(r.nnz_a, golden.nnz * kHeads);
    EXPECT_EQ(r.counters.get("moved_elements"), golden.grey * kHeads);
    EXPECT_EQ(r.phases.get("stream.qk"), golden.qk);
    EXPECT_EQ(r.phases.get("stream.sv"), golden.sv);
    EXPECT_EQ(r.cycles, golden.total);
    const Result pim = simulate("pim-csr", {}, op);
    const Result csr = simulate("reram-csr", {}, op);
    EXPECT_NEAR(speedup(r, pim) / golden.over_pim, 1, 0.01);
    EXPECT_NEAR(speedup(csr, pim) / golden.csr_over_pim, 1, 0.01);
    EXPECT_NEAR(pim.energy_pj.total / r.energy_pj.by_component.get("digital") / golden.energy_ratio, 1, 0.01);
  }
}

TEST(Asadi, latency_and_energy_shares_up_to_1024_tokens) {
  for (const uint64_t tokens : {384, 512, 1024}) {
    SCOPED_TRACE(tokens);
    const Result r = simulate("asadi", {}, diagloc(tokens));
    const auto share = [&](uint64_t part) {
      return static_cast<double>(part) / static_cast<double>(r.cycles);
    };
    EXPECT_GE(share(r.phases.get("stream.qk") + r.phases.get("stream.sv")), 0.8);
    EXPECT_GE(share(r.phases.get("stream.softmax")), 0.01);
    EXPECT_LE(share(r.phases.get("stream.softmax")), 0.08);
    EXPECT_LT(share(r.phases.get("load.oci") + r.phases.get("control")), 0.04);
    EXPECT_GT(digital_share(r), 0.98);
  }
}

// Of 512 tokens as phi falls from 0.6 to 0.1, the speed-up falls from 3.18 to 2.17 [derived].
TEST(Asadi, speedup_falls_with_the_share_in_the_window) {
  double last = 100;
  for (const char* phi : {"0.6", "0.5", "0.4", "0.3", "0.2", "0.1"}) {
    const Operation op = diagloc(512, phi);
    const double now = speedup(simulate("asadi", {}, op), simulate("pim-csr", {}, op));
    EXPECT_LT(now, last);
    last = now;
    if (std::string(phi) == "0.6") {
      EXPECT_NEAR(now, 3.18, 0.02);
    }
  }
  EXPECT_NEAR(last, 2.17, 0.02);
}

// Twice the cycles of multiplication, addition and division, none more of anything else.
TEST(Asadi, op_scale_scales_only_the_op_table) {
  const Operation op = attention_of({test::random_pattern(40, 0.2, 3)}, 1, 8);
  const Result one = simulate("asadi", {}, op), two = simulate("asadi", {"op_scale=2"}, op);
  const auto in_arrays = [](const Result& r) {
    return r.phases.get("stream.qk") + r.phases.get("stream.softmax") + r.phases.get("stream.sv");
  };
  const uint64_t ops = one.counters.get("digital.multiplications") * 1407 +
                       one.counters.get("digital.additions") * 1359 +
                       one.counters.get("digital.divisions") * 3963;
  EXPECT_EQ(in_arrays(two) - in_arrays(one), ops);
  for (const char* other : {"stream.linear1", "load.oci", "control", "stream.linear2"})
    EXPECT_EQ(one.phases.get(other), two.phases.get(other)) << other;
}

TEST(Asadi, energy_ratio_does_not_depend_on_the_number_of_identical_heads) {
  const auto ratio = [](uint64_t heads) {
    const Operation op = described_attention("diagloc:rho=0.1,phi=0.5,seed=7", 128, heads);
    return simulate("pim-csr", {}, op).energy_pj.total /
           simulate("asadi", {}, op).energy_pj.by_component.get("digital");
  };
  EXPECT_NEAR(ratio(1), ratio(12), 1e-5);
}

TEST(Asadi, the_slowest_head_makes_the_encoder_s_time) {
  const Csr sparse = attention_mask("window:w=3", 64), full = attention_mask("dense", 64);
  const Result both = simulate("asadi", {}, attention_of({sparse, full}, 2, 4));
  EXPECT_EQ(both.cycles, simulate("asadi", {}, attention_of({full}, 1, 4)).cycles);
  EXPECT_GT(both.cycles, simulate("asadi", {}, attention_of({sparse}, 1, 4)).cycles);
}

TEST(Asadi, more_heads_than_tiles_take_turns) {
  const Result one = simulate("asadi", {}, described_attention("window", 64, 1, 4));
  const Result three = simulate("asadi", {"tiles=2"}, described_attention("window", 64, 3, 4));
  EXPECT_EQ(three.cycles, 2 * one.cycles);
}

// The third head is the slow one; it shares the first of two tiles.
TEST(Asadi, shows_the_slowest_head_where_tiles_have_several) {
  const Csr sparse = attention_mask("window:w=3", 64), full = attention_mask("dense", 64);
  SimulateOptions options;
  options.views = true;
  const Operation op = attention_of({sparse, sparse, full}, 3, 4);
  const Result r = test::machine("asadi", {"tiles=2"})->simulate({&op, 1}, options).results.front();
  EXPECT_EQ(r.counters.get("iterations"),
            simulate("asadi", {}, attention_of({full}, 1, 4)).counters.get("iterations"));
  EXPECT_EQ(r.views.at(0).second.at(0)["head"], 2);
}

TEST(Asadi, an_empty_mask_stores_no_diagonal) {
  const Operation op = attention_of({Csr{4, 4, std::vector<uint64_t>(5), {}, {}}}, 1, 2);
  const Result r = simulate("asadi", {}, op, true);
  EXPECT_EQ(r.counters.get("iterations"), 0U);
  EXPECT_EQ(r.phases.get("stream.qk"), 0U);
  EXPECT_EQ(r.phases.get("stream.sv"), 0U);
  EXPECT_EQ(r.product->values, std::vector<double>(8));
}

// softmax of one score is 1: Z = V.
TEST(Asadi, one_token_attends_to_itself) {
  const Operation op = attention_of({attention_mask("dense", 1)}, 1, 3);
  const Result r = simulate("asadi", {}, op, true);
  const auto tensors = attention_tensors(op);
  for (size_t a = 0; a < 3; ++a) EXPECT_FLOAT_EQ(static_cast<float>(r.product->values[a]), tensors->v[a]);
}

TEST(Asadi, linear_layers_wait_for_the_converters_where_asked) {
  const Result r = simulate("asadi", {"linear=adc"}, described_attention("window", 512));
  EXPECT_EQ(r.phases.get("stream.linear1"), 512U * 10240);
}

// Ones on all 64 rows of a bit line do not come up in drawn numbers; more than 15 do.
TEST(Asadi, converters_of_fewer_bits_clip_and_say_so) {
  const Operation op = described_attention("window", 32, 2);
  const Result six = simulate("asadi", {"linear_values=adc"}, op, true);
  EXPECT_EQ(six.counters.get("analog.conversions"), 2U * 3 * 32 * 64 * 32 * 32);
  EXPECT_EQ(six.counters.get("analog.clipped"), 0U);
  const Result four = simulate("asadi", {"linear_values=adc", "adc_bits=4"}, op, true);
  EXPECT_GT(four.counters.get("analog.clipped"), 0U);
  EXPECT_THAT(four.notes.back(), HasSubstr("samples clipped"));
  ASSERT_EQ(four.tensors.size(), 3U);
  EXPECT_NE(four.tensors[0].values, six.tensors[0].values);
  EXPECT_EQ(four.cycles, six.cycles);
}

// Q, K and V of an input and weights of the operation's own; numbers of no more than four bits survive the crossbars
// whole.
Operation projected_attention(uint64_t tokens, uint64_t heads, uint64_t head_dim, uint64_t width) {
  Operation op = described_attention("window", tokens, heads, head_dim);
  auto projection = std::make_shared<AttentionProjection>();
  projection->width = width;
  Random random(11);
  const auto draw = [&](std::vector<float>& values, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i)
      values.push_back(static_cast<float>(static_cast<int>(random.below(15)) - 7) / 8);
  };
  draw(projection->x, tokens * width);
  for (std::vector<float>* w : {&projection->wq, &projection->wk, &projection->wv})
    draw(*w, heads * width * head_dim);
  auto tensors = std::make_shared<AttentionTensors>();
  tensors->heads = heads;
  tensors->tokens = tokens;
  tensors->head_dim = head_dim;
  for (std::vector<float>* values : {&tensors->q, &tensors->k, &tensors->v})
    values->resize(heads * tokens * head_dim);
  tensors->projection = std::move(projection);
  std::get<Attention>(op.body).tensors = std::move(tensors);
  return op;
}

float dot(const AttentionProjection& from, const std::vector<float>& w, uint64_t token, uint64_t head,
          uint64_t column, uint64_t head_dim) {
  float sum = 0;
  for (uint64_t r = 0; r < from.width; ++r)
    sum += from.x[token * from.width + r] * w[(head * from.width + r) * head_dim + column];
  return sum;
}

// 16 inputs fill a crossbar in part, 150 pass three of them.
TEST(Asadi, projects_the_input_that_an_operation_brings) {
  for (const uint64_t width : {16, 150}) {
    SCOPED_TRACE(width);
    constexpr uint64_t kTokens = 9, kTwo = 2, kHeadDim = 5;
    const Operation op = projected_attention(kTokens, kTwo, kHeadDim, width);
    const Result r = simulate("asadi", {"linear_values=adc"}, op, true);
    const AttentionProjection& from = *op.attention()->tensors->projection;
    ASSERT_EQ(r.tensors.size(), 3U);
    const std::vector<float>* weights[] = {&from.wq, &from.wk, &from.wv};
    for (size_t m = 0; m < 3; ++m)
      for (uint64_t i = 0; i < r.tensors[m].values.size(); ++i)
        ASSERT_NEAR(
            r.tensors[m].values[i],
            dot(from, *weights[m], i / kHeadDim % kTokens, i / kHeadDim / kTokens, i % kHeadDim, kHeadDim),
            1e-5);
    const uint64_t slices = (width + 63) / 64;
    EXPECT_EQ(r.counters.get("analog.conversions"), slices * 3 * kTwo * kTokens * kHeadDim * 32 * 32);
  }
}

// One-hot rows turned by their position: cosine and sine of i.
TEST(Asadi, turns_projected_q_and_k_by_their_position) {
  Operation op = projected_attention(4, 1, 2, 1);
  auto tensors = std::make_shared<AttentionTensors>(*op.attention()->tensors);
  tensors->projection = std::make_shared<AttentionProjection>(
      AttentionProjection{1, {1, 1, 1, 1}, {1, 0}, {0, 1}, {1, 0}, true});
  std::get<Attention>(op.body).tensors = tensors;
  const Result r = simulate("asadi", {"linear_values=adc"}, op, true);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(r.tensors[0].values[2 * i], std::cos(i), 1e-6);
    EXPECT_NEAR(r.tensors[0].values[2 * i + 1], std::sin(i), 1e-6);
    EXPECT_NEAR(r.tensors[1].values[2 * i], -std::sin(i), 1e-6);
    EXPECT_NEAR(r.tensors[1].values[2 * i + 1], std::cos(i), 1e-6);
    EXPECT_NEAR(r.tensors[2].values[2 * i], 1, 1e-6);
  }
}

// Whether or not the product is wanted.
TEST(Asadi, makes_no_q_of_its_own_where_one_is_given) {
  Operation op = described_attention("window", 32, 2);
  std::get<Attention>(op.body).tensors = attention_tensors(op);
  for (const bool product : {false, true})
    EXPECT_THROW((void)simulate("asadi", {"linear_values=adc"}, op, product), InputError);
}

TEST(Asadi, says_where_converters_were_asked_for_and_nothing_passed_them) {
  const Operation op = described_attention("window", 32, 2);
  const Result r = simulate("asadi", {"linear_values=adc"}, op);
  ASSERT_EQ(r.notes.size(), 1U);
  EXPECT_THAT(r.notes[0], HasSubstr("no values pass the converters"));
  EXPECT_EQ(r.counters.get("analog.conversions"), 0U);
  EXPECT_TRUE(simulate("asadi", {}, op).notes.empty());
}

// 64 inputs fill a crossbar, 150 pass three; the paper's linear layers know no width.
TEST(Asadi, slices_of_a_wide_input_pass_one_after_the_other) {
  const auto linear = [](uint64_t width, const std::vector<std::string>& settings) {
    const Result r = simulate("asadi", settings, projected_attention(9, 2, 5, width));
    return std::pair(r.phases.get("stream.linear1"), r.phases.get("stream.linear2"));
  };
  EXPECT_EQ(linear(150, {}), std::pair(uint64_t{9}, uint64_t{9}));
  for (const uint64_t width : {64, 150}) {
    const uint64_t slices = width == 64 ? 1 : 3;
    EXPECT_EQ(linear(width, {"linear_values=adc"}), std::pair(slices * 9, uint64_t{9}));
    EXPECT_EQ(linear(width, {"linear=adc"}), std::pair(slices * 9 * 10240, uint64_t{9 * 10240}));
  }
}

TEST(Asadi, identifies_the_values_it_made_by_what_they_are) {
  Operation op = projected_attention(9, 2, 5, 16);
  const auto hash = [&] { return simulate("asadi", {"linear_values=adc"}, op, true).b.hash; };
  const std::string before = hash();
  EXPECT_EQ(hash(), before);
  auto tensors = std::make_shared<AttentionTensors>(*op.attention()->tensors);
  auto projection = std::make_shared<AttentionProjection>(*tensors->projection);
  projection->x[0] += 1;
  tensors->projection = std::move(projection);
  std::get<Attention>(op.body).tensors = std::move(tensors);
  EXPECT_NE(hash(), before);
}

TEST(Asadi, an_interconnect_shared_by_an_encoder_takes_twelve_times_as_long) {
  const Operation op = described_attention("window", 512);
  const Result tile = simulate("asadi", {}, op), encoder = simulate("asadi", {"oci_scope=encoder"}, op);
  EXPECT_NEAR(
      static_cast<double>(encoder.phases.get("load.oci")) / static_cast<double>(tile.phases.get("load.oci")),
      12, 0.001);
}

// 512 tokens of 768 words at 128 GB/s are 12288 cycles.
TEST(Asadi, a_batch_passes_twelve_encoders_and_eleven_transfers) {
  Operation op = described_attention("window", 512);
  op.repeat = 12;
  const RunResult run = test::machine("asadi")->simulate({&op, 1}, {});
  EXPECT_EQ(run.sequential_cycles, 12U * 397350);
  EXPECT_EQ(run.makespan_cycles, 12U * 397350 + 11 * 12288);
  EXPECT_THAT(run.results[0].notes.back(), HasSubstr("one batch leaves every 397350 cycles"));
  const std::vector<Operation> layers(12, described_attention("window", 512));
  SimulateOptions options;
  uint64_t one_by_one = 0;
  for (const Operation& layer : layers) {
    one_by_one += test::machine("asadi")->simulate({&layer, 1}, options).makespan_cycles;
    options.previous = &layer;
  }
  EXPECT_EQ(one_by_one, run.makespan_cycles);
}

TEST(Pipeline, the_slowest_encoder_sets_the_pace) {
  const hw::Link link{1, 1e9};
  const std::vector<asadi::Encoder> encoders = {{100, 10, 1}, {300, 20, 1}, {200, 5, 1}};
  const asadi::Pipeline three = asadi::pipeline_of(encoders, 3, link);
  EXPECT_EQ(three.transfers, 2U);
  EXPECT_EQ(three.latency, 600U + 10 + 20);
  EXPECT_EQ(three.interval, 300U);
  // Two PEs: the third layer joins the first.
  EXPECT_EQ(asadi::pipeline_of(encoders, 2, link).interval, 300U);
  EXPECT_EQ(asadi::pipeline_of(encoders, 1, link).interval, 600U);
}

TEST(Asadi, area_is_that_of_the_published_chip) {
  EXPECT_NEAR(simulate("asadi", {}, described_attention("window", 64)).area_mm2.total, 279.8, 0.05);
}

std::vector<Result> with_views(const char* design, const std::vector<Operation>& ops,
                               const std::vector<std::string>& settings = {}) {
  SimulateOptions options;
  options.views = true;
  return test::machine(design, settings)->simulate(ops, options).results;
}

TEST(Asadi, view_shows_the_density_by_diagonal) {
  const Result r = with_views("asadi", {described_attention("window", 512)}).front();
  ASSERT_EQ(r.views.size(), 1U);
  EXPECT_EQ(r.views[0].first, "diagonals");
  const auto& density = r.views[0].second.at(0);
  EXPECT_EQ(density["window"], 64);
  EXPECT_EQ(density["window_share"], 1.0);
  EXPECT_LE(density["density"].size(), 256U);
  EXPECT_EQ(density["density"][0], 0.0);
  EXPECT_EQ(density["density"][(511 - 4) / density["step"].get<size_t>()], 1.0);
}

// DI -1 holds S52 and S15 of other diagonals, DI 0 S03, DI +1 S30 and S04 and nothing in slot 2.
TEST(Asadi, view_shows_the_matrix_before_and_after) {
  const Result r = with_views("asadi", {attention_of({test::asadi_example()}, 1, 2)}, {"window=3"}).front();
  const auto& view = r.views.at(0).second.at(0);
  EXPECT_EQ(view["diagonals"], 3);
  EXPECT_EQ(view["overflow"], 0);
  EXPECT_EQ(view["moved"], 5);
  const auto& after = view["after"];
  EXPECT_EQ(after["rows"], 3);
  EXPECT_EQ(after["columns"], 6);
  const auto of = [](const char* marks, char mark) {
    std::vector<int> percent;
    for (const char* m = marks; *m != 0; ++m) percent.push_back(*m == mark ? 100 : 0);
    return percent;
  };
  const char* const stored =
      "ooxoox"
      "oooxoo"
      "xo.oxo";
  EXPECT_EQ(after["home"], of(stored, 'o'));
  EXPECT_EQ(after["away"], of(stored, 'x'));
  const char* const matrix =
      "oo.xx."
      "oo...x"
      ".ooo.."
      "x....."
      "...ooo"
      "..x.oo";
  EXPECT_EQ(view["before"]["home"], of(matrix, 'o'));
  EXPECT_EQ(view["before"]["away"], of(matrix, 'x'));
}

TEST(Asadi, layers_that_share_their_masks_share_a_picture) {
  const std::vector<Operation> layers(3, described_attention("window", 64));
  const std::vector<Result> results = with_views("asadi", layers);
  EXPECT_EQ(results[0].views.size(), 1U);
  EXPECT_EQ(results[1].views.size() + results[2].views.size(), 0U);
  EXPECT_TRUE(with_views("reram-csr", layers)[0].views.empty());
}

std::string refusal(const std::vector<std::string>& settings, const Operation& op) {
  try {
    (void)test::machine("asadi", settings)->simulate({&op, 1}, {});
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Asadi, says_how_many_cells_are_needed_and_there) {
  const Operation op = described_attention("window:w=100", 128, 1, 2);
  EXPECT_THAT(refusal({"window=100"}, op), HasSubstr("need 2112 cells of a row, 1024 are there"));
  EXPECT_EQ(refusal({"window=100", "check_capacity=false"}, op), "");
}

TEST(Asadi, refuses_what_the_chip_does_not_hold) {
  EXPECT_THAT(refusal({"max_tokens=64"}, described_attention("window", 65)), HasSubstr("up to 64 tokens"));
  EXPECT_THAT(refusal({}, described_attention("window", 64, 1, 65)), HasSubstr("up to 64 dimensions"));
  EXPECT_THAT(refusal({"arrays=64"}, described_attention("window", 1025)), HasSubstr("128 arrays"));
  EXPECT_THAT(refusal({"window=128"}, described_attention("window", 64)), HasSubstr("128"));
  EXPECT_THAT(refusal({}, random_gemm("g", 4, 4, 4, 1, 1, 1)), HasSubstr("sparse attention"));
}

TEST(Asadi, refuses_masks_that_are_not_the_heads) {
  const Csr mask = attention_mask("dense", 4);
  EXPECT_THAT(refusal({}, attention_of({mask, mask}, 3, 2)), HasSubstr("2 masks for 3 heads"));
  EXPECT_THAT(refusal({}, attention_of({mask, attention_mask("dense", 5)}, 2, 2)), HasSubstr("5 x 5"));
  EXPECT_THAT(refusal({}, attention_of({mask}, 1, 0)), HasSubstr("0 dimensions"));
}

TEST(Asadi, refuses_unknown_tables_and_impossible_settings) {
  EXPECT_THROW(test::machine("asadi", {"op_table=floatpim"}), InputError);
  EXPECT_THROW(test::machine("asadi", {"window=-1"}), InputError);
  EXPECT_THROW(test::machine("asadi", {"head_dim=128"}), InputError);
  EXPECT_THROW(test::machine("asadi", {"data_type=fp16"}), InputError);
}

TEST(Asadi, refuses_tensors_of_another_shape) {
  Operation op = described_attention("window", 16, 2, 4);
  auto tensors = std::make_shared<AttentionTensors>();
  tensors->heads = 2;
  tensors->tokens = 15;
  tensors->head_dim = 4;
  std::get<Attention>(op.body).tensors = tensors;
  SimulateOptions options;
  options.compute_product = true;
  EXPECT_THROW((void)test::machine("asadi")->simulate({&op, 1}, options), InputError);
}

}  // namespace
}  // namespace nonzero
