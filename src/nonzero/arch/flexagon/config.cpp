#include "nonzero/arch/flexagon/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "nonzero/arch/flexagon/psram_config.h"
#include "nonzero/base/math.h"
#include "nonzero/base/memory.h"
#include "nonzero/base/suggest.h"
#include "nonzero/hw/memory/psram_counter.h"
#include "nonzero/tech/technology.h"

namespace nonzero::flexagon {
namespace {

std::vector<std::string> dataflow_names(const std::string& further) {
  std::vector<std::string> names;
  names.reserve(kDataflows.size() + 1);
  for (const Dataflow one : kDataflows) names.emplace_back(name(one));
  if (!further.empty()) names.push_back(further);
  return names;
}

constexpr const char* kListAllowed =
    "all, or a comma-separated list of ip-m, op-m, gust-m, ip-n, op-n, gust-n";

std::vector<Dataflow> parse_dataflows(const std::string& text, const Place& place) {
  if (text == "all") return {kDataflows.begin(), kDataflows.end()};
  if (text.empty()) throw InputError("dataflows is empty", std::string("allowed: ") + kListAllowed, place);
  std::array<bool, kDataflows.size()> listed{};
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    std::string word = text.substr(at, comma - at);
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    const auto found = dataflow_named(word);
    if (!found) {
      const bool alone = text.find(',') == std::string::npos;
      throw InputError(fmt::format("dataflows: unknown dataflow '{}'{}", word,
                                   did_you_mean(word, dataflow_names(alone ? "all" : ""))),
                       std::string("allowed: ") + kListAllowed, place);
    }
    listed[static_cast<size_t>(*found)] = true;
    at = comma + 1;
  }
  std::vector<Dataflow> all;
  for (const Dataflow one : kDataflows)
    if (listed[static_cast<size_t>(one)]) all.push_back(one);
  return all;
}

ConfigField dataflows_field() {
  ConfigField field;
  field.name = "dataflows";
  field.description = "dataflows the machine can run: all, or a list such as ip-m,gust-n";
  field.source = "[paper, Table 3]";
  field.allowed = kListAllowed;
  field.get = [](const void* owner) -> ConfigValue { return static_cast<const Config*>(owner)->dataflows; };
  field.set = [](void* owner, const std::string& text, const Place& place) {
    parse_dataflows(text, place);
    static_cast<Config*>(owner)->dataflows = text;
  };
  return field;
}

ConfigFields<Config> operand_side() {
  ConfigFields<Config> f;
  f.whole(&Config::multipliers, "multipliers", 4, 4096,
          {"", "multipliers P, a power of two", "[paper, Table 5]"})
      .whole(&Config::adders, "adders", 0, 4095,
             {"", "nodes of the reduction tree; 0 stands for P - 1, the only number that makes a tree",
              "[paper, Table 5]"})
      .whole(&Config::dn_bandwidth, "dn_bandwidth", 1, 1 << 20,
             {"elements/cycle", "distinct elements that leave the distribution network per cycle",
              "[paper, Table 5]"})
      .whole(&Config::rn_bandwidth, "rn_bandwidth", 1, 1 << 20,
             {"elements/cycle", "elements that leave the reduction network per cycle", "[paper, Table 5]"})
      .whole(&Config::element_bytes, "element_bytes", 1, 64,
             {"B", "value and coordinate of one element together", "[paper, Table 5]"})
      .whole(&Config::l1_latency, "l1_latency", 0, 1 << 20,
             {"cycles", "latency of the on-chip memories", "[paper, Table 5]"})
      .whole(&Config::sta_fifo_bytes, "sta_fifo_bytes", 1, 1 << 30,
             {"B", "FIFO of the stationary operand", "[paper, Table 5; its text says 512]"})
      .whole(&Config::str_cache_bytes, "str_cache_bytes", 1, int64_t{1} << 34,
             {"B", "cache of the streaming operand", "[paper, Table 5]"})
      .whole(&Config::str_cache_line_bytes, "str_cache_line_bytes", 1, 1 << 20,
             {"B", "line of that cache", "[paper, Table 5]"})
      .whole(&Config::str_cache_ways, "str_cache_ways", 1, 1 << 16, {"", "its ways", "[paper, Table 5]"})
      .whole(&Config::str_cache_banks, "str_cache_banks", 1, 1 << 16,
             {"", "its banks: bank = line mod banks", "[paper, Table 5]"})
      .choice(&Config::str_cache_replacement, "str_cache_replacement", {"lru"},
              {"", "its replacement; the cache is read-only", "[choice]"})
      .choice(
          &Config::str_port, "str_port", {"auto", "line-serial", "multicast"},
          {"",
           "line-serial: a bank takes one request per cycle and equal lines are not merged; multicast: one read serves all; auto: line-serial in paper, multicast in pipelined",
           "[author code] / [choice]"});
  return f;
}

ConfigFields<Config> output_side() {
  ConfigFields<Config> f;
  f.whole(&Config::psram_bytes, "psram_bytes", 0, int64_t{1} << 34,
          {"B", "PSRAM of the partial sums; 0: none", "[paper, Table 5]"})
      .whole(&Config::psram_sets, "psram_sets", 1, 1 << 24, {"", "its sets: set = row mod sets", "[choice]"})
      .whole(&Config::psram_blocks, "psram_blocks", 1, 1 << 24, {"", "blocks of a set", "[choice]"})
      .whole(&Config::psram_block_elements, "psram_block_elements", 1, 1 << 20,
             {"elements", "elements of a block", "[choice]"})
      .choice(
          &Config::psram_overflow, "psram_overflow", {"auto", "unbounded", "spill", "fail"},
          {"",
           "a full set: takes more, sends its oldest block to DRAM, or ends the run; auto: unbounded in paper, spill in pipelined",
           "[choice]"})
      .whole(&Config::write_fifo_entries, "write_fifo_entries", 1, 1 << 24,
             {"elements", "FIFO of final elements to DRAM", "[author code]"})
      .whole(&Config::dram_latency, "dram_latency", 0, 1 << 20,
             {"cycles", "DRAM latency (100 ns)", "[paper, Table 5]"})
      .whole(&Config::dram_bytes_per_cycle, "dram_bytes_per_cycle", 1, 1 << 30,
             {"B/cycle", "DRAM bandwidth (256 GB/s)", "[paper, Table 5]"})
      .word(&Config::dataflow, "dataflow", dataflow_names("best"),
            {"", "the dataflow of every operation; best simulates all of `dataflows` and keeps the best",
             "[paper, Table 3] / [choice]"});
  return f;
}

ConfigFields<Config> control_side() {
  ConfigFields<Config> f;
  f.choice(&Config::objective, "objective", {"cycles", "energy", "energy-delay"},
           {"", "what best means; ties go to the first in the order of Table 3", "[choice]"})
      .choice(&Config::format_a, "format_a", {"any", "csr", "csc"},
              {"", "the format A lies in; any: both at hand", "[choice]"})
      .choice(&Config::format_b, "format_b", {"any", "csr", "csc"},
              {"", "the format B lies in; any: both at hand", "[choice]"})
      .flag(
          &Config::conversion, "conversion",
          {"", "an operand in the other format may be converted, at a cost; otherwise its dataflows are out",
           "[choice]"})
      .choice(&Config::dn_topology, "dn_topology", {"tree", "benes"},
              {"", "distribution network, for activity, area and energy", "[paper, Table 7; Sec. 3.1]"})
      .flag(&Config::dn_port_conflicts, "dn_port_conflicts",
            {"",
             "each of the network's ports serves P / dn_bandwidth neighbouring multipliers only (pipelined)",
             "[author code]"})
      .choice(&Config::rn_type, "rn_type", {"mrn", "fan", "merger"},
              {"", "reduction network: fan serves IP only, merger OP and Gust only", "[paper, Table 7]"})
      .choice(
          &Config::timing, "timing", {"paper", "pipelined"},
          {"",
           "paper: the authors' simulator by its published results; pipelined: ideal overlap at these bandwidths",
           "[choice]"})
      .flag(&Config::merge_rows_in_parallel, "pipelined.merge_rows_in_parallel",
            {"", "OP merges as many whole rows at once as have room for their fibers", "[paper: row by row]"})
      .whole(&Config::paper_hit_latency, "paper.hit_latency", 0, 1 << 20,
             {"cycles", "a step's end after its last hit", "[author code]"})
      .whole(&Config::paper_miss_latency, "paper.miss_latency", 0, 1 << 20,
             {"cycles", "a line's way from memory", "[author code]"})
      .whole(&Config::paper_miss_interval, "paper.miss_interval", 1, 1 << 20,
             {"cycles", "between two lines at the memory port", "[author code]"})
      .whole(&Config::paper_outer_tile, "paper.outer_tile", 0, 1 << 20,
             {"cycles", "end of an OP tile", "[author code]"})
      .whole(&Config::paper_inner_tile, "paper.inner_tile", 0, 1 << 20,
             {"cycles", "end of an IP tile", "[author code]"})
      .whole(&Config::paper_gustavson_pass, "paper.gustavson_pass", 0, 1 << 20,
             {"cycles", "end of a Gust pass", "[author code]"})
      .whole(&Config::paper_merge_pass, "paper.merge_pass", 0, 1 << 20,
             {"cycles", "end of a merging pass", "[author code]"})
      .choice(&Config::data_type, "data_type", data_type_names(),
              {"", "operands; floating point accumulates in fp32, integers exactly",
               "[choice]: two of the element's four bytes are its value"})
      .real(&Config::clock_mhz, "clock_mhz", 1, 100000, {"MHz", "clock, for seconds", "[author code]"})
      .real(&Config::power_clock_mhz, "power_clock_mhz", 1, 100000,
            {"MHz", "clock of the published block powers", "[paper, Sec. 4]"})
      .word(&Config::technology, "technology", Technology::builtin_names(),
            {"", "technology table for area and energy", "[paper, Sec. 4]"});
  return f;
}

bool reads(FixedFormat fixed, Order order) {
  return fixed == FixedFormat::kAny || (fixed == FixedFormat::kCsr) == (order == Order::kRows);
}

void refuse(const std::string& found, const std::string& allowed) {
  throw InputError(found, "allowed: " + allowed);
}

void check_network(const Config& c) {
  if (!is_power_of_two(c.lanes()))
    refuse(fmt::format("multipliers = {}", c.multipliers),
           "a power of two from 4 (the reduction network is a binary tree over them)");
  if (c.adders != 0 && c.adders != c.multipliers - 1)
    refuse(fmt::format("adders = {} with {} multipliers", c.adders, c.multipliers),
           fmt::format(
               "{}, a node for each inner node of the tree over the multipliers, or 0, which stands for it",
               c.multipliers - 1));
  for (const Dataflow one : c.permitted()) {
    const bool inner = method(one) == Method::kInner;
    if (c.rn_type == RnType::kFan && !inner)
      refuse(fmt::format("rn_type = fan with dataflow {}", name(one)),
             "ip-m and ip-n only (FAN cannot merge), or rn_type = mrn");
    if (c.rn_type == RnType::kMerger && inner)
      refuse(fmt::format("rn_type = merger with dataflow {}", name(one)),
             "OP and Gust dataflows only (a merger cannot reduce clusters), or rn_type = mrn");
  }
}

void check_cache(const Config& c) {
  if (c.str_cache_line_bytes % c.element_bytes != 0)
    refuse(fmt::format("str_cache_line_bytes = {} with element_bytes = {}", c.str_cache_line_bytes,
                       c.element_bytes),
           "a line holds whole elements: a multiple of element_bytes");
  constexpr int64_t kMostLines = int64_t{1} << 28;
  if (c.str_cache_bytes / c.str_cache_line_bytes > kMostLines)
    refuse(fmt::format("str_cache_bytes = {} in lines of str_cache_line_bytes = {}: {} lines",
                       c.str_cache_bytes, c.str_cache_line_bytes, c.str_cache_bytes / c.str_cache_line_bytes),
           fmt::format("at most {} lines", kMostLines));
  const int64_t way_bytes = c.str_cache_line_bytes * c.str_cache_ways;
  if (c.str_cache_bytes % way_bytes != 0 || !is_power_of_two(c.cache_sets()))
    refuse(fmt::format("str_cache_bytes = {} with {} ways of {} B lines: {:g} sets", c.str_cache_bytes,
                       c.str_cache_ways, c.str_cache_line_bytes,
                       static_cast<double>(c.str_cache_bytes) / static_cast<double>(way_bytes)),
           "str_cache_bytes / (str_cache_line_bytes * str_cache_ways), the sets, is a power of two");
}

void check_fifo(const Config& c) {
  if (c.sta_fifo_bytes < c.element_bytes)
    refuse(fmt::format("sta_fifo_bytes = {} with element_bytes = {}", c.sta_fifo_bytes, c.element_bytes),
           "at least one element");
}

void check_banks(const Config& c) {
  const auto banks = static_cast<uint64_t>(c.str_cache_banks);
  if (!is_power_of_two(banks) || banks > c.cache_sets())
    refuse(fmt::format("str_cache_banks = {} with {} sets", banks, c.cache_sets()),
           "a power of two, at most the sets (each set lies in one bank)");
}

// The authors' simulator has no such thing.
void check_paper(const Config& c) {
  if (c.timing != Timing::kPaper) return;
  if (c.overflow() != Overflow::kUnbounded)
    refuse("psram_overflow other than unbounded with timing = paper",
           "auto or unbounded (the authors' simulator has an unlimited store), or timing = pipelined");
  if (c.dn_port_conflicts) refuse("dn_port_conflicts with timing = paper", "false, or timing = pipelined");
  if (c.merge_rows_in_parallel)
    refuse("pipelined.merge_rows_in_parallel with timing = paper", "false, or timing = pipelined");
}

void check_psram(const Config& c) {
  if (c.psram_bytes == 0) {
    for (const Dataflow one : c.permitted())
      if (method(one) != Method::kInner)
        refuse(
            fmt::format("psram_bytes = 0 with dataflow {}, which keeps partial sums in the PSRAM", name(one)),
            "ip-m and ip-n only, or a PSRAM");
    return;
  }
  const auto held = checked_multiply(static_cast<uint64_t>(c.psram_sets * c.psram_blocks),
                                     static_cast<uint64_t>(c.psram_block_elements * c.element_bytes));
  if (!held || *held != static_cast<uint64_t>(c.psram_bytes))
    refuse(
        fmt::format(
            "psram_bytes = {}, but psram_sets * psram_blocks * psram_block_elements * element_bytes = {} * {} * {} * {}",
            c.psram_bytes, c.psram_sets, c.psram_blocks, c.psram_block_elements, c.element_bytes),
        "the product of the geometry equals psram_bytes");
  if (c.psram_sets * c.psram_blocks < c.multipliers)
    refuse(fmt::format("psram_sets * psram_blocks = {} blocks for {} multipliers",
                       c.psram_sets * c.psram_blocks, c.multipliers),
           "at least one block per multiplier (a tile writes up to that many rows at once, a block each)");
  if (c.overflow() != Overflow::kUnbounded)
    require_memory(static_cast<double>(hw::PsramCounter::bytes(psram_geometry(c))),
                   fmt::format("the simulation of psram_sets * psram_blocks = {} blocks",
                               c.psram_sets * c.psram_blocks));
}

}  // namespace

StrPort Config::port() const {
  if (str_port != StrPort::kAuto) return str_port;
  return timing == Timing::kPaper ? StrPort::kLineSerial : StrPort::kMulticast;
}

Overflow Config::overflow() const {
  if (psram_overflow != Overflow::kAuto) return psram_overflow;
  return timing == Timing::kPaper ? Overflow::kUnbounded : Overflow::kSpill;
}

std::vector<Dataflow> Config::permitted() const { return parse_dataflows(dataflows, {}); }

bool Config::converts_a(Dataflow which) const { return !reads(format_a, order_of_a(which)); }
bool Config::converts_b(Dataflow which) const { return !reads(format_b, order_of_b(which)); }

std::vector<Dataflow> Config::candidates() const {
  std::vector<Dataflow> all = permitted();
  if (dataflow != "best") all = {*dataflow_named(dataflow)};
  if (conversion) return all;
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](Dataflow one) { return converts_a(one) || converts_b(one); }),
            all.end());
  return all;
}

SigmaLikeConfig::SigmaLikeConfig() {
  dataflows = "ip-m";
  rn_type = RnType::kFan;
  psram_bytes = 0;
}

SparchLikeConfig::SparchLikeConfig() {
  dataflows = "op-m";
  rn_type = RnType::kMerger;
}

GammaLikeConfig::GammaLikeConfig() {
  dataflows = "gust-m";
  rn_type = RnType::kMerger;
  psram_bytes = 128 << 10;
  psram_sets = 32;
}

// The fields write through a pointer to the common part, which must be where the whole begins.
static_assert(std::is_standard_layout_v<SigmaLikeConfig> && std::is_standard_layout_v<SparchLikeConfig> &&
              std::is_standard_layout_v<GammaLikeConfig>);

std::span<const ConfigField> fields() {
  static const std::vector<ConfigField> all = [] {
    std::vector<ConfigField> list;
    const auto append = [&](const ConfigFields<Config>& some) {
      list.insert(list.end(), some.all().begin(), some.all().end());
    };
    append(operand_side());
    append(output_side());
    list.push_back(dataflows_field());
    append(control_side());
    return list;
  }();
  return all;
}

void check(const Config& config) {
  const std::vector<Dataflow> permitted = config.permitted();
  if (config.dataflow != "best" &&
      std::find(permitted.begin(), permitted.end(), *dataflow_named(config.dataflow)) == permitted.end())
    refuse(fmt::format("dataflow = {}, which dataflows = {} does not contain", config.dataflow,
                       config.dataflows),
           "best, or one of that list");
  check_network(config);
  check_cache(config);
  check_fifo(config);
  check_banks(config);
  check_psram(config);
  check_paper(config);
  if (config.candidates().empty()) {
    const auto format = [](FixedFormat fixed) {
      return fixed == FixedFormat::kAny ? "any" : fixed == FixedFormat::kCsr ? "csr" : "csc";
    };
    refuse(
        fmt::format("conversion = false with A in {} and B in {}, which no dataflow of {} reads",
                    format(config.format_a), format(config.format_b),
                    config.dataflow == "best" ? config.dataflows : config.dataflow),
        "formats of Table 3: ip-m, ip-n csr and csc; op-m, op-n csc and csr; gust-m csr and csr; gust-n csc and csc; or conversion = true");
  }
  if (config.data_type == DataType::kPattern) refuse("data_type = pattern", "fp32, bf16, fp16, int8, int16");
}

std::vector<std::string> warnings(const Config& config) {
  std::vector<std::string> all;
  const std::vector<Dataflow> permitted = config.permitted();
  const bool merges = std::any_of(permitted.begin(), permitted.end(),
                                  [](Dataflow one) { return method(one) != Method::kInner; });
  if (merges && config.psram_blocks < config.multipliers)
    all.push_back(fmt::format(
        "psram_blocks = {} is less than the {} multipliers: fibers of one row in flight evict each other",
        config.psram_blocks, config.multipliers));
  if (config.timing == Timing::kPaper &&
      (config.dn_bandwidth != config.multipliers || config.rn_bandwidth != config.multipliers))
    all.push_back(fmt::format(
        "timing = paper distributes and reduces {} elements a cycle, as the authors' simulator does; dn_bandwidth = {} and rn_bandwidth = {} are not used",
        config.multipliers, config.dn_bandwidth, config.rn_bandwidth));
  constexpr int64_t kAuthorsBanks = 32;
  if (config.timing == Timing::kPaper && config.str_cache_banks != kAuthorsBanks)
    all.push_back(fmt::format(
        "timing = paper with str_cache_banks = {}: the authors' machine has {} and is preset flexagon-published",
        config.str_cache_banks, kAuthorsBanks));
  return all;
}

}  // namespace nonzero::flexagon
