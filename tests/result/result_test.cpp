#include "nonzero/result/result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nonzero/result/json.h"

namespace nonzero {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Transpose, turns_rows_into_columns) {
  // 1 . 2        1 .
  // . . 3   ->   . .
  //              2 3
  const Product turned = transpose({2, 3, {0, 2, 3}, {0, 2, 2}, {1, 2, 3}});
  EXPECT_EQ(turned.rows, 3U);
  EXPECT_EQ(turned.columns, 2U);
  EXPECT_THAT(turned.offsets, ElementsAre(0, 1, 1, 3));
  EXPECT_THAT(turned.indices, ElementsAre(0, 0, 1));
  EXPECT_THAT(turned.values, ElementsAre(1, 2, 3));
}

TEST(Transpose, of_an_empty_product_keeps_its_shape) {
  const Product turned = transpose({0, 3, {0}, {}, {}});
  EXPECT_EQ(turned.rows, 3U);
  EXPECT_EQ(turned.columns, 0U);
  EXPECT_THAT(turned.offsets, ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(turned.indices, IsEmpty());
}

// 10 cycles of 4 multipliers, accounts closed.
Result closed() {
  Result r;
  r.accelerator = "sigma";
  r.operation = "test";
  r.cycles = 10;
  r.clock_hz = 1e9;
  r.phases.add("load", 3);
  r.phases.add("stream", 7);
  r.slot_unit = "multiplier";
  r.slots = 4;
  r.pe_cycles.add("useful", 25);
  r.pe_cycles.add("idle", 15);
  r.multiplications_issued = 30;
  r.multiplications_effectual = 25;
  r.energy_pj.add("multipliers", 100, 70, 130);
  return r;
}

std::string complaint(const Result& result) {
  try {
    check_invariants(result);
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return "";
}

TEST(Invariants, hold_where_the_accounts_close) { EXPECT_EQ(complaint(closed()), ""); }

TEST(Invariants, name_machine_and_sum_where_phases_do_not_add_up) {
  for (const uint64_t cycles : {9U, 11U}) {
    Result r = closed();
    r.phases = {};
    r.phases.add("stream", cycles);
    EXPECT_EQ(complaint(r), "sigma on test: phases add up to " + std::to_string(cycles) + ", cycles are 10");
  }
}

TEST(Invariants, break_where_pe_cycles_are_lost_or_made_up) {
  for (const uint64_t idle : {14U, 16U}) {
    Result r = closed();
    r.pe_cycles = {};
    r.pe_cycles.add("useful", 25);
    r.pe_cycles.add("idle", idle);
    EXPECT_THAT(complaint(r), testing::HasSubstr("PE-cycles add up to"));
  }
}

TEST(Invariants, break_where_a_machine_is_faster_than_its_multipliers) {
  Result r = closed();
  r.multiplications_effectual = r.multiplications_issued = 41;  // 40 fit
  EXPECT_NE(complaint(r), "");
  r.multiplications_effectual = r.multiplications_issued = 40;
  EXPECT_EQ(complaint(r), "");
}

TEST(Invariants, break_where_fewer_multiplications_are_issued_than_effectual) {
  Result r = closed();
  r.multiplications_issued = 24;
  EXPECT_NE(complaint(r), "");
}

TEST(Invariants, ask_no_buckets_of_a_machine_without_slots) {
  Result r = closed();
  r.slots = 0;
  r.pe_cycles = {};
  EXPECT_EQ(complaint(r), "");
  EXPECT_FALSE(to_json(r).contains("pe_cycles"));
  EXPECT_FALSE(to_json(r).contains("slots"));
}

TEST(Seconds, are_cycles_of_the_clock) {
  EXPECT_DOUBLE_EQ(closed().seconds(), 1e-8);
  EXPECT_EQ(Result{}.seconds(), 0);
}

TEST(ResultJson, carries_wall_time_only_when_measured) {
  Result r = closed();
  EXPECT_FALSE(to_json(r).contains("wall_seconds"));
  r.wall_seconds = 0.5;
  EXPECT_EQ(to_json(r)["wall_seconds"], 0.5);
}

TEST(ResultJson, names_method_and_error_only_where_the_output_was_checked) {
  Result r = closed();
  EXPECT_EQ(to_json(r)["output"].dump(), R"({"checked":false})");
  r.output = {true, "reference", 0, 7};
  EXPECT_EQ(to_json(r)["output"].dump(),
            R"({"checked":true,"method":"reference","relative_error":0.0,"nnz":7})");
}

TEST(SummaryJson, weighs_each_operation_by_its_repeat) {
  RunResult run;
  run.results = {closed(), closed()};
  run.results[1].repeat = 3;
  run.results[0].traffic_bytes["dram"].read.add("a", 8);
  run.results[1].traffic_bytes["dram"].read.add("a", 5);
  run.sequential_cycles = run.makespan_cycles = 40;
  const auto summary = summary_json(run);
  EXPECT_EQ(summary["operations"], 4);
  EXPECT_EQ(summary["phases"]["load"], 12);
  EXPECT_EQ(summary["phases"]["stream"], 28);
  EXPECT_EQ(summary["traffic_bytes"]["dram"]["read"]["a"], 8 + 3 * 5);
  EXPECT_EQ(summary["energy_pj"]["total"], 400.0);
  EXPECT_EQ(summary["seconds"], 4e-8);
}

}  // namespace
}  // namespace nonzero
