#include "nonzero/arch/sat/config.h"

#include <fmt/format.h>

#include "nonzero/hw/array/stce_stepped.h"
#include "nonzero/hw/memory/dram.h"
#include "nonzero/tech/technology.h"

namespace nonzero::sat {
namespace {

constexpr double kMib = 1024 * 1024;
constexpr uint32_t kFp16Bytes = 2;

void add_method(ConfigFields<Config>& f) {
  f.choice(
       &Config::method, "method", pruning_method_names(),
       {"", "which GEMMs see N:M operands: none, FF, BP on dy, BP, both with one mask, both with a mask each",
        "[paper] for bdwp"})
      .whole(&Config::n, "n", 1, 32, {"", "N: stored of each group", "2:8 [paper]"})
      .whole(&Config::m, "m", 1, 32, {"", "M: elements of a group, a power of two", "2:8 [paper]"})
      .flag(&Config::strict, "strict",
            {"", "refuse channels that are no multiple of M, instead of padding the last group", "[choice]"})
      .choice(&Config::exclude, "exclude", {"marked", "none", "all"},
              {"", "layers that stay dense: those the workload marks (first, classifier, …), none, all",
               "[choice]; marked saves the published 48 %"})
      .choice(&Config::transposable, "transposable", {"greedy", "exact"},
              {"", "search of the mask that serves both passes, on the host", "[choice]"});
}

void add_array(ConfigFields<Config>& f) {
  f.whole(&Config::rows, "rows", 1, 4096,
          {"PEs", "rows R; positions lie along them, or the reduction", "[choice]"})
      .whole(&Config::columns, "columns", 1, 4096,
             {"PEs", "columns C; output channels lie along them", "[choice]"})
      .whole(&Config::add_latency, "add_latency", 1, 256,
             {"cycles", "L_acc: fp32 addition as one partial sum sees it", "[choice]"})
      .whole(&Config::depth, "depth", 1, 1024, {"cycles", "D: multiply-add pipeline", "[choice]"})
      .whole(&Config::interleave, "interleave", 1, 256,
             {"", "I: partial sums that share an output-stationary PE",
              "interleaving [secondary]; value [choice]"})
      .choice(&Config::dataflow, "dataflow", {"os", "ws", "auto"},
              {"", "output- or weight-stationary; auto: per GEMM the faster, decided offline",
               "offline scheduling [paper]; rule [choice]"})
      .flag(&Config::stepped, "stepped",
            {"", "tick every PE where a step's tensors are computed; arrays up to 8 x 8", "[choice]"});
}

void add_memory(ConfigFields<Config>& f) {
  constexpr double kMostMib = 1 << 20;
  f.real(&Config::act_buf_mib, "act_buf_mib", 0, kMostMib, {"MiB", "activation buffer", "[choice]"})
      .real(&Config::wgt_buf_mib, "wgt_buf_mib", 0, kMostMib, {"MiB", "weight buffer", "[choice]"})
      .real(&Config::psum_buf_mib, "psum_buf_mib", 0, kMostMib,
            {"MiB", "partial-sum buffer, fp32", "[choice]"})
      .word(&Config::dram, "dram", hw::dram_preset_names(), {"", "DRAM preset", "board VCU1525 [paper]"})
      .whole(&Config::dram_channels, "dram_channels", 0, 64,
             {"", "channels, each of the preset's bandwidth a channel; 0: as many as the preset has",
              "[choice]"})
      .real(&Config::dram_efficiency, "dram_efficiency", 0.01, 1,
            {"", "share of the peak that is reached", "[choice]"})
      .flag(&Config::overlap_dram, "overlap_dram", {"", "DRAM works while the array does", "[choice]"});
}

void add_engines(ConfigFields<Config>& f) {
  constexpr int64_t kMostLanes = 1 << 16;
  f.whole(&Config::wuve_lanes, "wuve_lanes", 1, kMostLanes,
          {"weights/cycle", "weight update engine", "[choice]"})
      .whole(&Config::wuve_depth, "wuve_depth", 0, 1024, {"cycles", "its pipeline", "[choice]"})
      .whole(&Config::sore_lanes, "sore_lanes", 1, kMostLanes,
             {"values/cycle", "top-N unit; M cycles per group and lane", "[secondary]; lanes [choice]"})
      .whole(&Config::vec_lanes, "vec_lanes", 1, kMostLanes,
             {"elements/cycle", "element-wise unit", "[choice]"})
      .flag(&Config::pregen, "pregen",
            {"", "compact weights are made behind the update; else before each pass",
             "[paper]; modelling [choice]"})
      .flag(&Config::model_elementwise, "model_elementwise",
            {"", "charge norms, activations, pools and residuals", "[choice]"})
      .real(&Config::clock_mhz, "clock_mhz", 1, 100000, {"MHz", "clock", "[choice]"})
      .real(&Config::static_power_mw, "static_power_mw", 0, 1e6,
            {"mW", "static power of the board beside the table's leakage", "[choice]"})
      .word(&Config::technology, "technology", Technology::builtin_names(),
            {"", "technology table for area and energy", "[choice]: the paper's machine is an FPGA"});
}

}  // namespace

hw::StceArray Config::array() const {
  hw::StceArray array;
  array.rows = static_cast<uint64_t>(rows);
  array.columns = static_cast<uint64_t>(columns);
  array.add_latency = static_cast<uint64_t>(add_latency);
  array.depth = static_cast<uint64_t>(depth);
  array.interleave = static_cast<uint64_t>(interleave);
  array.psum_bytes = static_cast<uint64_t>(psum_buf_mib * kMib);
  return array;
}

hw::StceBuffers Config::buffers() const {
  return {static_cast<uint64_t>(act_buf_mib * kMib), static_cast<uint64_t>(wgt_buf_mib * kMib)};
}

double Config::bytes_per_cycle() const {
  const hw::DramConfig preset = hw::dram_preset(dram, clock_mhz * 1e6, kFp16Bytes);
  const double channels = dram_channels == 0 ? preset.channels : static_cast<double>(dram_channels);
  return preset.bytes_per_cycle * channels * dram_efficiency;
}

std::span<const ConfigField> fields() {
  static const ConfigFields<Config> all = [] {
    ConfigFields<Config> f;
    add_method(f);
    add_array(f);
    add_memory(f);
    add_engines(f);
    return f;
  }();
  return all.all();
}

void check(const Config& config) {
  config.ratio().check();
  const hw::StceArray array = config.array();
  if (array.rows_per_block() < array.rows)
    throw InputError(fmt::format("psum_buf_mib = {}: no room for one tile of {} x {} partial sums",
                                 config.psum_buf_mib, config.rows, config.columns),
                     fmt::format("allowed: {} bytes and more", 4 * array.cells()));
  const uint64_t row_tile = array.rows * config.ratio().m * kFp16Bytes;
  if (config.buffers().activation_bytes < row_tile)
    throw InputError(fmt::format("act_buf_mib = {}: no room for one row tile", config.act_buf_mib),
                     fmt::format("allowed: {} bytes and more", row_tile));
  const uint64_t column_tile = array.columns * config.ratio().n * kFp16Bytes;
  if (config.buffers().weight_bytes < column_tile)
    throw InputError(fmt::format("wgt_buf_mib = {}: no room for one column tile", config.wgt_buf_mib),
                     fmt::format("allowed: {} bytes and more", column_tile));
  if (config.stepped && (array.rows > hw::kMostSteppedSide || array.columns > hw::kMostSteppedSide))
    throw InputError(fmt::format("stepped with {} x {} PEs", config.rows, config.columns),
                     fmt::format("allowed: up to {} x {}", hw::kMostSteppedSide, hw::kMostSteppedSide));
}

}  // namespace nonzero::sat
