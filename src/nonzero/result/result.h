#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nonzero/base/config.h"
#include "nonzero/base/counts.h"

namespace nonzero {

// A product as a machine leaves it: compressed rows, values wide enough that integer accumulations
// stay exact.
struct Product {
  uint64_t rows = 0, columns = 0;
  std::vector<uint64_t> offsets;  // rows + 1
  std::vector<uint32_t> indices;
  std::vector<double> values;

  [[nodiscard]] uint64_t nnz() const { return indices.size(); }
};

Product transpose(const Product& product);

// Bytes moved at one memory level, split by tensor (a, b, c, psum, metadata).
struct LevelTraffic {
  Counts read, write;
};

// One interval of a timeline, in cycles; `end` is exclusive.
struct Interval {
  std::string component, phase;
  uint64_t begin = 0, end = 0;
  uint64_t tile = 0;
};

// A part of an operation in its own right, such as a pass of a training step: a second key beside the
// phase. Stages are disjoint.
struct Stage {
  struct Gemm {
    std::string name, dataflow;
    uint64_t cycles = 0, dram_bytes = 0;
  };
  std::string name;  // FF, BP, WU, EW, WUVE, SORE; linear1, qk, softmax, sv, linear2
  uint64_t cycles = 0;
  Counts phases;  // add up to the stage's cycles
  std::map<std::string, LevelTraffic> traffic_bytes;
  std::vector<Gemm> gemms;  // the schedule; empty where the stage runs none
};

// A tensor that a machine left, by the name its workload gives it.
struct OutputTensor {
  std::string name;
  std::vector<float> values;
};

struct OperandInfo {
  std::string hash, source;
};

// Energy or area: the sum and its parts; low and high carry the tables' uncertainty.
struct Bill {
  Amounts by_component;
  double total = 0, low = 0, high = 0;

  void add(std::string_view component, double amount, double low_amount, double high_amount);
};

struct OutputCheck {
  bool checked = false;
  std::string
      method;  // "reference", "reference rows", "freivalds", "exported tensors" or "": nothing was computed
  double relative_error = 0;
  std::optional<uint64_t> nnz;  // known only where the output was computed
};

// What a simulation of one operation returns (common.md, "What a simulation returns").
struct Result {
  std::string accelerator, timing, command;

  std::string operation, kind, network;
  uint64_t m = 0, n = 0, k = 0, nnz_a = 0, nnz_b = 0, repeat = 1;
  OperandInfo a, b;
  std::string operand_type, accumulate_type;

  uint64_t cycles = 0;
  double clock_hz = 0;
  Counts phases;  // disjoint; add up to cycles

  std::vector<Stage> stages;  // add up to cycles; none where a machine has no stages

  std::string slot_unit;  // "" for machines without slots
  uint64_t slots = 0;
  Counts pe_cycles;  // disjoint; add up to slots * cycles

  uint64_t multiplications_issued = 0, multiplications_effectual = 0;
  double stationary_utilisation = 0, compute_utilisation = 0, overall_utilisation = 0;

  std::map<std::string, LevelTraffic> traffic_bytes;
  Counts counters;
  Bill energy_pj, area_mm2;
  OutputCheck output;

  std::vector<std::pair<std::string, ConfigValue>> config;
  uint64_t seed = 0;
  std::vector<std::string> notes;
  std::string explanation;  // the mapping in one sentence
  std::optional<double> wall_seconds;

  // Pictures a page can draw of this operation, by the view's name; filled on request.
  std::vector<std::pair<std::string, nlohmann::ordered_json>> views;
  std::vector<Interval> timeline;          // filled on request
  std::shared_ptr<const Product> product;  // filled on request
  // Of an int8 layer, [K, C, FY, FX]: what the machine made of the weights before it computed the product; null
  // where it took them as they are.
  std::shared_ptr<const std::vector<int8_t>> weights;
  std::vector<OutputTensor> tensors;  // of a training step: y, dx, dw; filled on request

  [[nodiscard]] double seconds() const { return clock_hz > 0 ? static_cast<double>(cycles) / clock_hz : 0; }
};

// Throws std::logic_error where an invariant of common.md is broken: phases and PE-cycles must add
// up, and no machine may finish before its multipliers could have done the effectual work.
void check_invariants(const Result& result);

// Many operations on one machine.
struct RunResult {
  std::vector<Result> results;
  uint64_t sequential_cycles = 0;  // one operation after the other, repeats included
  uint64_t makespan_cycles = 0;    // as scheduled; equals sequential_cycles where nothing overlaps
};

}  // namespace nonzero
