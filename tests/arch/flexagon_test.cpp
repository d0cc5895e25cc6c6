#include "nonzero/arch/flexagon/flexagon.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "flexagon_cases.h"
#include "nonzero/base/math.h"
#include "nonzero/base/memory.h"
#include "nonzero/tensor/generate.h"
#include "support/machines.h"

namespace nonzero::flexagon {
namespace {

using test::gemm_of;
using test::simulate;

std::string setting(const char* key, std::string_view value) {
  return std::string(key) + "=" + std::string(value);
}

const std::vector<std::string> kMachines = {"flexagon", "sigma-like", "sparch-like", "gamma-like"};

std::vector<std::string> small_machine() {
  const int lanes = 1 << *rc::gen::inRange(2, 5);
  return {setting("multipliers", std::to_string(lanes)),
          "psram_sets=4",
          "psram_blocks=8",
          "psram_block_elements=2",
          "psram_bytes=256",
          "str_cache_bytes=1024",
          "str_cache_line_bytes=16",
          "str_cache_ways=2",
          setting("str_cache_banks", *rc::gen::element("1", "4")),
          setting("timing", *rc::gen::element("paper", "pipelined"))};
}

// --- the product ------------------------------------------------------------------------------------

TEST(FlexagonProduct, every_dataflow_in_both_timing_modes_gives_the_reference_product) {
  EXPECT_TRUE(rc::check([] {
    const auto drawn = *test::gen_operands(40);
    const Operation op = gemm_of(drawn.first, drawn.second);
    std::vector<std::string> settings = small_machine();
    settings.push_back(setting("dataflow", name(*rc::gen::elementOf(kDataflows))));
    const bool integer = *rc::gen::arbitrary<bool>();
    settings.push_back(integer ? "data_type=int16" : "data_type=bf16");
    const Result r = simulate("flexagon", settings, op, true);
    const Product expected = test::expected_product(op, integer ? DataType::kInt16 : DataType::kBf16);
    RC_ASSERT(reference::relative_error(*r.product, expected) == 0.0);
    RC_ASSERT(r.product->nnz() == r.counters.get("write_fifo.elements"));
  }));
}

TEST(FlexagonProduct, every_machine_gives_the_reference_product) {
  const Operation op = random_gemm("g", 150, 90, 300, 0.4, 0.3, 5);
  const Product expected = test::expected_product(op, DataType::kBf16);
  for (const std::string& machine : kMachines)
    for (const char* timing : {"timing=paper", "timing=pipelined"}) {
      const Result r = simulate(machine, {timing}, op, true);
      EXPECT_LE(reference::relative_error(*r.product, expected), 1e-5) << machine << " " << timing;
    }
}

TEST(FlexagonProduct, of_the_walk_through_is_the_papers) {
  const Operation op = gemm_of(test::walk_through_a(), test::walk_through_b());
  for (const Dataflow dataflow : kDataflows) {
    const Result r = simulate("flexagon", {setting("dataflow", name(dataflow))}, op, true);
    EXPECT_EQ(r.product->offsets, (std::vector<uint64_t>{0, 2, 5})) << title(dataflow);
    EXPECT_EQ(r.product->indices, (std::vector<uint32_t>{0, 2, 0, 1, 2})) << title(dataflow);
    EXPECT_EQ(r.product->values, (std::vector<double>{2, 2, 12, 10, 10})) << title(dataflow);
  }
}

TEST(FlexagonProduct, a_sum_that_cancels_stays_an_element) {
  const Operation op = gemm_of(test::draw({"1 1"}), test::draw({"1", "-1"}));
  for (const Dataflow dataflow : kDataflows)
    EXPECT_EQ(simulate("flexagon", {setting("dataflow", name(dataflow))}, op, true).product->nnz(), 1U)
        << title(dataflow);
}

TEST(FlexagonProduct, of_empty_operands_and_of_one_column_is_right) {
  const Csr empty{5, 4, std::vector<uint64_t>(6), {}, {}};
  const Csr tall = test::draw({"1", "2", ".", "4"});
  for (const Dataflow dataflow : kDataflows)
    for (const char* timing : {"timing=paper", "timing=pipelined"}) {
      const std::vector<std::string> settings = {setting("dataflow", name(dataflow)), timing};
      const Result nothing = simulate("flexagon", settings, gemm_of(empty, tall), true);
      EXPECT_EQ(nothing.product->nnz(), 0U);
      const Csr a = test::draw({"1 . 3 4", ". . 2 .", "5 6 7 8"});
      const Result column = simulate("flexagon", settings, gemm_of(a, tall), true);
      EXPECT_EQ(column.product->values, (std::vector<double>{17, 49})) << title(dataflow);
    }
}

TEST(FlexagonProduct, of_a_dense_row_of_a_million_elements_is_right) {
  constexpr uint32_t kLength = 1'000'000;
  Csr row{1, kLength, {0, kLength}, {}, std::vector<float>(kLength, 1.0F)}, column{kLength, 1, {0}, {}, {}};
  for (uint32_t i = 0; i < kLength; ++i) {
    row.indices.push_back(i);
    column.indices.push_back(0);
    column.values.push_back(2.0F);
    column.offsets.push_back(i + 1);
  }
  const Operation op = gemm_of(row, column);
  for (const Dataflow dataflow : kDataflows) {
    const Result r = simulate("flexagon", {setting("dataflow", name(dataflow))}, op, true);
    EXPECT_EQ(r.product->values, std::vector<double>{2e6}) << title(dataflow);
  }
}

// --- identities of the spec's traffic section ---------------------------------------------------------

TEST(FlexagonTraffic, keeps_the_seven_identities) {
  EXPECT_TRUE(rc::check([] {
    const auto drawn = *test::gen_operands(40);
    const Csr &a = drawn.first, &b = drawn.second;
    const Dataflow dataflow = *rc::gen::elementOf(kDataflows);
    std::vector<std::string> settings = small_machine();
    settings.push_back(setting("dataflow", name(dataflow)));
    const Result r = simulate("flexagon", settings, gemm_of(a, b));
    const bool paper = r.timing == "paper";
    const Csr stationary = n_stationary(dataflow) ? transpose(b) : a;
    const Csr streaming = n_stationary(dataflow) ? transpose(a) : b;
    const uint64_t lanes = r.slots;
    uint64_t products = 0, reinjected = 0, passes = 0, packed = 0, partial = 0, bound = 0;
    for (const uint32_t k : stationary.indices) products += streaming.fiber(k).size();
    for (uint64_t row = 0; row < stationary.rows; ++row) {
      const auto ks = stationary.fiber(row);
      if (ks.empty()) continue;
      if (packed == 0 || packed + ks.size() > lanes) ++passes, packed = 0;
      packed = ks.size() > lanes ? 0 : packed + ks.size();
      if (ks.size() <= lanes) continue;
      reinjected += streaming.columns * ceil_div(ks.size() - lanes, lanes - 1);
      bound += ceil_div(ks.size(), lanes) * streaming.columns;
      for (size_t first = 0; first < ks.size(); first += lanes) {
        std::set<uint32_t> all;
        for (size_t i = first; i < std::min<size_t>(first + lanes, ks.size()); ++i)
          all.insert(streaming.fiber(ks[i]).begin(), streaming.fiber(ks[i]).end());
        partial += all.size();
      }
    }
    const Counts& c = r.counters;
    RC_ASSERT(c.get("multiplier.multiplications") == products);
    RC_ASSERT(c.get("sta_fifo.reads") == stationary.nnz());  // 7
    if (method(dataflow) == Method::kInner) {
      RC_ASSERT(c.get("psram.writes") == 0U);  // 2
      RC_ASSERT(c.get("ip.psums_reinjected") == reinjected);
      RC_ASSERT(c.get("str_cache.reads") == streaming.nnz() * passes);  // 4
    } else {
      if (paper) RC_ASSERT(c.get("str_cache.reads") == products);                                     // 1
      RC_ASSERT(c.get("psram.writes") == (method(dataflow) == Method::kOuter ? products : partial));  // 2, 3
      if (method(dataflow) == Method::kGustavson) RC_ASSERT(partial <= bound);
    }
    RC_ASSERT(c.get("published.l1_accesses") ==  // 5
              stationary.nnz() + c.get("str_cache.reads") + c.get("ip.psums_reinjected"));
    if (paper) RC_ASSERT(r.traffic_bytes.at("dram").read.sum() == 16 * c.get("published.l1_misses"));  // 6
    RC_ASSERT(c.get("psram.reads") == c.get("psram.writes") + c.get("psram.writes_merging"));
  }));
}

TEST(FlexagonTraffic, of_one_streaming_pass_misses_each_line_once) {
  const Operation op = gemm_of(generate_uniform(1, 32, 1, 1), generate_uniform(32, 32, 1, 2));
  const Result r = simulate("flexagon", {"timing=paper", "dataflow=ip-m"}, op);
  EXPECT_EQ(r.counters.get("published.l1_accesses"), 33 * 32U);
  EXPECT_EQ(r.counters.get("published.l1_misses"), 33U);
}

// A row of 100 elements in passes of 64 and 36, whose unions are all 40 columns: 3 blocks of 16 each.
TEST(FlexagonTraffic, counts_merging_passes_and_waiting_blocks_alike_in_both_timing_modes) {
  const Operation op = gemm_of(generate_uniform(2, 100, 1, 1), generate_uniform(100, 40, 1, 2));
  for (const char* timing : {"timing=paper", "timing=pipelined"}) {
    const Result gust = simulate("flexagon", {timing, "dataflow=gust-m"}, op);
    EXPECT_EQ(gust.counters.get("flexagon.merge_passes"), 2U) << timing;
    EXPECT_EQ(gust.counters.get("psram.peak_blocks"), 6U) << timing;
    const Result outer = simulate("flexagon", {timing, "dataflow=op-m"}, op);
    EXPECT_EQ(outer.counters.get("flexagon.merge_passes"), 6U) << timing;
  }
}

TEST(FlexagonTraffic, reads_no_less_than_the_operands_and_writes_the_result) {
  const Operation op = random_gemm("g", 100, 120, 90, 0.3, 0.5, 4);
  for (const std::string& machine : kMachines) {
    const Result r = simulate(machine, {}, op);
    const LevelTraffic& dram = r.traffic_bytes.at("dram");
    EXPECT_GE(dram.read.sum(), 4 * (r.nnz_a + r.nnz_b)) << machine;
    EXPECT_EQ(dram.write.get("c"), 4 * r.counters.get("write_fifo.elements")) << machine;
  }
}

// --- the choice -------------------------------------------------------------------------------------

TEST(FlexagonChoice, is_the_least_of_the_permitted_dataflows_and_more_are_never_slower) {
  EXPECT_TRUE(rc::check([] {
    const auto drawn = *test::gen_operands(24);
    const Operation op = gemm_of(drawn.first, drawn.second);
    const std::vector<std::string> settings = small_machine();
    const auto cycles = [&](const std::string& key, const std::string& value) {
      std::vector<std::string> all = settings;
      all.push_back(key + "=" + value);
      return simulate("flexagon", all, op).cycles;
    };
    std::string list;
    uint64_t least = UINT64_MAX;
    for (const Dataflow dataflow : kDataflows) {
      list += (list.empty() ? "" : ",") + std::string(name(dataflow));
      least = std::min(least, cycles("dataflow", std::string(name(dataflow))));
      RC_ASSERT(cycles("dataflows", list) == least);
    }
  }));
}

TEST(FlexagonChoice, of_a_design_with_one_dataflow_is_that_dataflow) {
  const Operation op = random_gemm("g", 64, 64, 64, 0.3, 0.3, 2);
  const uint64_t ip = simulate("flexagon", {"dataflow=ip-m"}, op).cycles,
                 outer = simulate("flexagon", {"dataflow=op-m"}, op).cycles,
                 gust = simulate("flexagon", {"dataflow=gust-m"}, op).cycles;
  EXPECT_EQ(simulate("sigma-like", {}, op).cycles, ip);
  EXPECT_EQ(simulate("sparch-like", {}, op).cycles, outer);
  EXPECT_EQ(simulate("gamma-like", {}, op).cycles, gust);
}

TEST(FlexagonChoice, pays_for_a_conversion_or_does_without) {
  const Operation op = random_gemm("g", 64, 64, 64, 0.3, 0.3, 2);
  const Result free = simulate("flexagon", {"dataflow=op-m"}, op);
  const Result paid = simulate("flexagon", {"dataflow=op-m", "format_a=csr"}, op);
  EXPECT_EQ(free.phases.get("control"), 0U);
  EXPECT_EQ(paid.cycles,
            free.cycles + 200 + ceil_div(8 * paid.nnz_a + 2 * 4 * 65, 256) + ceil_div(paid.nnz_a, 16));
  const auto dram = [](const Result& r) {
    const LevelTraffic& bytes = r.traffic_bytes.at("dram");
    return bytes.read.sum() + bytes.write.sum();
  };
  EXPECT_EQ(dram(paid), dram(free) + 8 * paid.nnz_a + 2 * 4 * 65);
  EXPECT_GT(paid.energy_pj.total, free.energy_pj.total);
  const Result without = simulate("flexagon", {"conversion=false", "format_a=csr", "format_b=csr"}, op);
  EXPECT_EQ(without.cycles, simulate("flexagon", {"dataflow=gust-m"}, op).cycles);
}

TEST(FlexagonChoice, shows_a_conversion_before_the_first_tile_on_the_timeline) {
  const Operation op = random_gemm("g", 64, 64, 64, 0.3, 0.3, 2);
  SimulateOptions options;
  options.timeline = true;
  const auto machine = test::machine("flexagon", {"dataflow=op-m", "format_a=csr"});
  const Result r = machine->simulate({&op, 1}, options).results.front();
  ASSERT_FALSE(r.timeline.empty());
  EXPECT_EQ(r.timeline.front().phase, "control");
  EXPECT_EQ(r.timeline.front().end, r.phases.get("control"));
  EXPECT_EQ(r.timeline.back().end, r.cycles);
}

// --- configuration ----------------------------------------------------------------------------------

void expect_refused(const std::string& machine, const std::vector<std::string>& settings,
                    const std::string& word) {
  try {
    test::machine(machine, settings);
    ADD_FAILURE() << machine << " was accepted, expected a word about " << word;
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
}

TEST(FlexagonConfig, refuses_what_the_hardware_cannot_be_and_says_the_rule) {
  expect_refused("flexagon", {"multipliers=48"}, "power of two");
  expect_refused("flexagon", {"multipliers=2"}, "4");
  expect_refused("flexagon", {"adders=64"}, "63");
  expect_refused("flexagon", {"psram_bytes=4096"}, "psram_sets * psram_blocks");
  expect_refused("flexagon", {"psram_bytes=0"}, "op-m");
  expect_refused("gamma-like", {"psram_bytes=0"}, "gust-m");
  expect_refused("flexagon", {"str_cache_bytes=1000000"}, "power of two");
  expect_refused("flexagon", {"str_cache_ways=12"}, "power of two");
  expect_refused("flexagon", {"str_cache_line_bytes=130"}, "whole elements");
  expect_refused("flexagon", {"str_cache_bytes=2147483648", "str_cache_line_bytes=4"},
                 "str_cache_line_bytes = 4");
  expect_refused("flexagon", {"sta_fifo_bytes=3"}, "element_bytes = 4");
  expect_refused("sigma-like", {"sta_fifo_bytes=3"}, "element_bytes = 4");
  expect_refused("flexagon", {"dataflows="}, "empty");
  expect_refused("flexagon", {"dataflows=ip-m,opm"}, "op-m");
  expect_refused("flexagon", {"dataflows=ip-m", "dataflow=op-m"}, "does not contain");
  expect_refused("sigma-like", {"dataflows=op-m", "psram_bytes=262144"}, "FAN cannot merge");
  expect_refused("sparch-like", {"dataflows=ip-m"}, "merger");
  expect_refused("flexagon", {"psram_bytes=128", "psram_sets=2", "psram_blocks=1"},
                 "one block per multiplier");
  expect_refused("flexagon", {"conversion=false", "format_a=csc", "format_b=csr", "dataflows=ip-m,gust-n"},
                 "conversion");
  expect_refused("flexagon", {"timing=paper", "psram_overflow=spill"}, "unbounded");
}

TEST(FlexagonConfig, warns_of_sets_with_fewer_blocks_than_multipliers) {
  const Operation op = random_gemm("g", 8, 8, 8, 0.5, 0.5, 1);
  for (const std::string& note : simulate("flexagon", {}, op).notes)
    EXPECT_EQ(note.find("psram_blocks"), std::string::npos) << note;
  const Result r = simulate("flexagon", {"psram_blocks=32", "psram_sets=128"}, op);
  ASSERT_FALSE(r.notes.empty());
  EXPECT_NE(r.notes[0].find("psram_blocks = 32"), std::string::npos);
}

TEST(FlexagonConfig, refuses_a_psram_that_this_computer_cannot_hold) {
  try {
    require_memory(16.0 * 4278190080, "a PSRAM of 2^24 sets x 255 blocks");
    GTEST_SKIP() << "it can";
  } catch (const InputError&) {
  }
  std::vector<std::string> settings = {"element_bytes=1", "psram_bytes=4278190080", "psram_sets=16777216",
                                       "psram_blocks=255", "psram_block_elements=1"};
  expect_refused("flexagon", settings, "psram_sets * psram_blocks");
  settings.push_back("psram_overflow=unbounded");
  EXPECT_NO_THROW(test::machine("flexagon", settings));
}

TEST(FlexagonConfig, proposes_no_all_within_a_list) {
  try {
    test::machine("flexagon", {"dataflows=all,ip-m"});
    ADD_FAILURE() << "accepted";
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()).find("did you mean"), std::string::npos) << error.what();
  }
}

bool has_note(const Result& r, const std::string& word) {
  return std::any_of(r.notes.begin(), r.notes.end(),
                     [&](const std::string& note) { return note.find(word) != std::string::npos; });
}

TEST(FlexagonConfig, says_where_timing_paper_is_not_the_authors_machine) {
  const Operation op = random_gemm("g", 8, 8, 8, 0.5, 0.5, 1);
  EXPECT_TRUE(has_note(simulate("flexagon", {"timing=paper"}, op), "flexagon-published"));
  EXPECT_FALSE(
      has_note(simulate("flexagon", {"timing=paper", "str_cache_banks=32"}, op), "flexagon-published"));
  EXPECT_FALSE(has_note(simulate("flexagon", {}, op), "flexagon-published"));
}

TEST(FlexagonConfig, quotes_published_blocks_for_the_published_designs_only) {
  const Operation op = random_gemm("g", 8, 8, 8, 0.5, 0.5, 1);
  for (const std::string& machine : kMachines)
    EXPECT_TRUE(has_note(simulate(machine, {}, op), "Table 8")) << machine;
  for (const char* other : {"dn_bandwidth=32", "rn_bandwidth=8", "element_bytes=8", "str_cache_line_bytes=64",
                            "str_cache_ways=8", "str_cache_banks=32"})
    EXPECT_FALSE(has_note(simulate("sigma-like", {other}, op), "Table 8")) << other;
  EXPECT_FALSE(has_note(simulate("flexagon", {"psram_blocks=32", "psram_sets=128"}, op), "Table 8"));
}

TEST(FlexagonConfig, names_row_k_and_tile_where_a_full_psram_ends_the_run) {
  const Operation op = gemm_of(test::walk_through_a(), test::walk_through_b());
  const std::vector<std::string> settings = {
      "multipliers=4",  "psram_sets=2",        "psram_blocks=3", "psram_block_elements=2",
      "psram_bytes=48", "psram_overflow=fail", "dataflow=op-m"};
  try {
    simulate("flexagon", settings, op);
    ADD_FAILURE() << "no overflow";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("row 1"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("k 3"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("tile 0"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace nonzero::flexagon
