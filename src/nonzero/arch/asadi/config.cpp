#include "nonzero/arch/asadi/config.h"

#include <fmt/format.h>

#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/tech/technology.h"

namespace nonzero::asadi {
namespace {

constexpr int64_t kMost = int64_t{1} << 20;
constexpr int64_t kMostCycles = int64_t{1} << 30;

void add_chip(ConfigFields<Config>& f) {
  f.whole(&Config::encoders, "encoders", 1, kMost,
          {"PEs", "one encoder or decoder layer each, pipelined over batches", "[paper]"})
      .whole(&Config::tiles, "tiles", 1, kMost, {"tiles", "of a PE, one head each", "[paper]"})
      .whole(&Config::head_dim, "head_dim", 1, kMost,
             {"", "largest head dimension: side of the weight crossbars", "[paper]"})
      .whole(&Config::max_tokens, "max_tokens", 1, kMost, {"tokens", "longest sequence", "[paper]"})
      .whole(
          &Config::window, "window", 0, 2 * kMost,
          {"diagonals", "kept around the main one; 0: by window_rule; asadi-dense keeps all", "n/8 [paper]"})
      .choice(&Config::window_rule, "window_rule", window_rules(),
              {"", "window as a share of the sequence; auto: the smallest with enough empty slots",
               "n/8 of the actual length [paper]; auto [choice]"})
      .flag(&Config::conflict_free, "conflict_free",
            {"", "moved elements prefer diagonals that list nothing of their row", "[choice]"})
      .flag(&Config::check_capacity, "check_capacity",
            {"", "refuse more diagonals than a row of cells holds", "[choice]"})
      .word(&Config::data_type, "data_type", {"fp32"}, {"", "of the digital module", "[paper]"})
      .real(&Config::clock_mhz, "clock_mhz", 1, 100000, {"MHz", "clock", "[paper]"})
      .word(&Config::technology, "technology", Technology::builtin_names(),
            {"", "table with the published blocks' area and power", "[choice]"});
}

void add_digital(ConfigFields<Config>& f) {
  f.whole(&Config::arrays, "arrays", 1, kMost,
          {"arrays", "of a tile's digital module: 64 dimensions x 8 row blocks", "[paper]"})
      .whole(&Config::array_rows, "array_rows", 1, kMost, {"rows", "of an array", "[paper]"})
      .whole(&Config::array_columns, "array_columns", 1, kMost,
             {"cells", "of a row of an array, 1 bit each", "[paper]"})
      .choice(&Config::op_table, "op_table", {"aritpim_parallel", "aritpim_serial", "custom"},
              {"", "cycles of multiplication, addition and division",
               "[third-party code: AritPIM]; selection [choice]"})
      .real(&Config::op_scale, "op_scale", 0.001, 1000, {"", "factor on the op table", "[choice]"})
      .whole(&Config::custom_mul, "custom_mul", 1, kMostCycles,
             {"cycles", "multiplication, op_table=custom", "[choice]"})
      .whole(&Config::custom_add, "custom_add", 1, kMostCycles,
             {"cycles", "addition or subtraction, op_table=custom", "[choice]"})
      .whole(&Config::custom_div, "custom_div", 1, kMostCycles,
             {"cycles", "division, op_table=custom", "[choice]"})
      .whole(&Config::custom_work_cells, "custom_work_cells", 0, kMost,
             {"cells", "of a row that an operation works in, op_table=custom", "[choice]"})
      .whole(&Config::t_shift, "t_shift", 0, kMostCycles,
             {"cycles", "a vector by any number of rows", "[choice], from column-parallel access [paper]"})
      .whole(&Config::t_copy, "t_copy", 0, kMostCycles, {"cycles", "one word to another row", "[choice]"})
      .whole(&Config::t_max, "t_max", 0, kMostCycles, {"cycles", "maximum of a vector", "[paper]"})
      .whole(&Config::t_exp2, "t_exp2", 0, kMostCycles, {"cycles", "2^x of a vector", "[paper]"})
      .choice(&Config::softmax_order, "softmax_order", {"rows", "hardware"},
              {"", "values: exact row-wise softmax, or a global maximum and division after S V", "[choice]"});
}

void add_analog(ConfigFields<Config>& f) {
  f.whole(&Config::analog_modules, "analog_modules", 1, kMost, {"", "of a tile", "[paper]"})
      .whole(&Config::analog_arrays, "analog_arrays", 1, kMost,
             {"arrays", "of an analog module: 32 bits x 3 matrices", "[paper]"})
      .whole(&Config::crossbar_side, "crossbar_side", 1, 64,
             {"cells", "rows and columns of an analog array", "[paper]"})
      .whole(&Config::adcs, "adcs", 1, kMost, {"ADCs", "of an analog module", "[paper]"})
      .whole(&Config::adc_bits, "adc_bits", 1, 16,
             {"bit", "of an ADC, which saturates at the largest code", "[paper]"})
      .real(&Config::adc_gsps, "adc_gsps", 0.001, 1000, {"GS/s", "of an ADC", "[paper]"})
      .choice(&Config::linear, "linear", {"paper", "adc"},
              {"", "time of a linear layer: a cycle per token, or what the ADCs need",
               "paper [paper]; adc [choice]"})
      .choice(&Config::linear_values, "linear_values", {"exact", "adc"},
              {"", "Q, K, V in fp32, or of the layer's input (else drawn) by bit-sliced crossbars and ADCs",
               "exact [choice]; 1-bit slices, six-bit ADCs [paper]"});
}

void add_links(ConfigFields<Config>& f) {
  f.whole(&Config::control_cycles, "control_cycles", 0, kMostCycles,
          {"cycles", "of the controller per diagonal and product", "[choice]"})
      .real(&Config::oci_gb_per_second, "oci_gb_per_second", 0.001, 1e9,
            {"GB/s", "on-chip interconnect", "[paper]"})
      .choice(&Config::oci_scope, "oci_scope", {"tile", "encoder"},
              {"", "who has that bandwidth for itself", "[choice]"})
      .real(&Config::pcie_gb_per_second, "pcie_gb_per_second", 0.001, 1e9,
            {"GB/s", "PCIe 6.0 from encoder to encoder", "[paper]"});
}

uint64_t scaled(int64_t cycles, double scale) {
  return static_cast<uint64_t>(std::llround(static_cast<double>(cycles) * scale));
}

}  // namespace

hw::ReramDigitalModule Config::digital() const {
  hw::ReramOpCycles cycles = op_table == OpTable::kAritpimSerial ? hw::ReramOpCycles::aritpim_serial()
                                                                 : hw::ReramOpCycles::aritpim_parallel();
  if (op_table == OpTable::kCustom) {
    cycles.multiply = static_cast<uint64_t>(custom_mul);
    cycles.add = static_cast<uint64_t>(custom_add);
    cycles.divide = static_cast<uint64_t>(custom_div);
    cycles.work_cells = static_cast<uint64_t>(custom_work_cells);
  }
  for (uint64_t* op : {&cycles.multiply, &cycles.add, &cycles.divide})
    *op = scaled(static_cast<int64_t>(*op), op_scale);
  cycles.shift = static_cast<uint64_t>(t_shift);
  cycles.copy = static_cast<uint64_t>(t_copy);
  cycles.search = static_cast<uint64_t>(t_max);
  cycles.exponential = static_cast<uint64_t>(t_exp2);
  return {{static_cast<uint64_t>(arrays), static_cast<uint64_t>(array_rows),
           static_cast<uint64_t>(array_columns), 32},
          cycles};
}

hw::ReramAnalogModule Config::analog() const {
  return hw::ReramAnalogModule({static_cast<uint64_t>(analog_arrays), static_cast<uint64_t>(crossbar_side),
                                static_cast<uint64_t>(adcs), static_cast<uint32_t>(adc_bits), 32, adc_gsps});
}

hw::Link Config::oci() const {
  const double sharers = oci_scope == OciScope::kTile ? 1 : static_cast<double>(tiles);
  return {oci_gb_per_second / sharers, clock_hz()};
}

uint64_t Config::linear_cycles(uint64_t tokens) const {
  return linear == LinearTime::kPaper ? tokens : tokens * analog().converted_vector_cycles(clock_hz());
}

std::vector<std::string> window_rules() {
  return {"eighth", "sixteenth", "thirty-second", "quarter", "auto"};
}

std::span<const ConfigField> fields() {
  static const ConfigFields<Config> all = [] {
    ConfigFields<Config> f;
    add_chip(f);
    add_digital(f);
    add_analog(f);
    add_links(f);
    return f;
  }();
  return all.all();
}

void check(const Config& config) {
  if (config.head_dim > config.crossbar_side)
    throw InputError(fmt::format("head_dim is {}, the weight crossbars have {} columns", config.head_dim,
                                 config.crossbar_side),
                     "head_dim must not exceed crossbar_side");
}

}  // namespace nonzero::asadi
