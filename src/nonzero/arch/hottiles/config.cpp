#include "nonzero/arch/hottiles/config.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/tech/technology.h"

namespace nonzero::hottiles {
namespace {

constexpr double kGiga = 1e9, kNano = 1e-9, kPico = 1e-12;
constexpr double kMib = 1 << 20;
// Of a hot worker of scale 1: 12.5 ps at scale 4, in proportion to its outstanding lines.
constexpr double kHotVisLatPs = 50;
constexpr int64_t kMost = 1 << 20;

ConfigField overlap_field(std::string Config::*member, const char* name, const char* whose) {
  ConfigField field;
  field.name = name;
  field.description = std::string("which of a ") + whose + " tile's five tasks overlap, in the prediction";
  field.source = "[choice]";
  field.allowed = "mac-beside-memory, all, none, or stages apart by ';', chains by '|', tasks by '+'";
  field.get = [member](const void* owner) -> ConfigValue {
    return static_cast<const Config*>(owner)->*member;
  };
  field.set = [member](void* owner, const std::string& text, const Place&) {
    (void)parse_tile_overlap(text);
    static_cast<Config*>(owner)->*member = text;
  };
  return field;
}

void add_machine(ConfigFields<Config>& f) {
  f.whole(&Config::cold_scale, "cold_scale", 0, 4096,
          {"", "scale of the cold workers; 0: none", "[paper] 1, 2, 4, 8"})
      .whole(&Config::hot_scale, "hot_scale", 0, 4096,
             {"", "scale of a hot worker: its MACs, scratchpad and streams; 0: none", "[paper] 1, 2, 4, 8"})
      .whole(&Config::cold_workers_per_scale, "cold_workers_per_scale", 1, 4096,
             {"", "cold workers at cold_scale 1", "[paper]"})
      .whole(&Config::hot_workers, "hot_workers", 1, 4096,
             {"", "hot workers, at every scale above 0", "[paper]"})
      .real(&Config::clock_mhz, "clock_mhz", 1, 100000, {"MHz", "clock of both kinds of workers", "[paper]"})
      .whole(&Config::simd_lanes, "simd_lanes", 1, 4096,
             {"", "values that one multiply-add takes at once", "[secondary: SPADE], of Sextans [choice]"})
      .choice(&Config::data_type, "data_type", data_type_names(),
              {"", "operands; floating point accumulates in fp32, integers exactly", "[paper] fp32"})
      .whole(&Config::value_bytes, "value_bytes", 1, 64, {"B", "a value of Din and Dout", "[paper]"})
      .whole(&Config::index_bytes, "index_bytes", 1, 64,
             {"B", "each item of A: a row, a column or a value", "[choice]"})
      .real(&Config::ops_per_nonzero, "ops_per_nonzero", 1, 1e6,
            {"", "SIMD operations per non-zero and value: 2 are a multiply and an add", "[paper]"})
      .real(&Config::bandwidth_gbps, "bandwidth_gbps", 0.001, 1e9,
            {"GB/s", "peak of the shared memory, as the prediction takes it", "[paper] hbm-205"})
      .real(&Config::sustained_gbps, "sustained_gbps", 0.001, 1e9,
            {"GB/s", "what the workers together can draw in the simulation", "[paper] the largest observed"})
      .choice(&Config::sharing, "sharing", {"workers", "lines"},
              {"", "a contended memory gives equal parts to workers, or to the lines they have outstanding",
               "[choice]"})
      .real(&Config::latency_ns, "latency_ns", 0.001, 1e9, {"ns", "memory latency", "[secondary: SPADE]"})
      .whole(&Config::line_bytes, "line_bytes", 1, 1 << 16, {"B", "a line", "[paper]"});
}

void add_workers(ConfigFields<Config>& f) {
  f.choice(&Config::cold_format, "cold_format", {"coo", "csr"},
           {"", "A as the cold workers read it", "[paper, Table III]"})
      .whole(&Config::l1_bytes, "l1_bytes", 0, 1 << 30,
             {"B", "cache of a cold worker, for Din; 0: none", "[secondary: SPADE]"})
      .whole(&Config::l1_ways, "l1_ways", 1, 1 << 10, {"", "its ways", "[secondary: SPADE]"})
      .whole(&Config::dense_loads, "dense_loads", 1, kMost,
             {"lines", "a cold worker's loads and stores of Din and Dout outstanding", "[secondary: SPADE]"})
      .whole(&Config::sparse_loads, "sparse_loads", 1, kMost,
             {"lines", "its loads of A outstanding", "[secondary: SPADE]"})
      .whole(&Config::chunk_rows, "chunk_rows", 1, kMost,
             {"rows", "a cold unit of work", "[secondary: SPADE]"})
      .choice(&Config::cold_ownership, "cold_ownership", {"auto", "panel", "chunk"},
              {"", "what a cold worker takes at a time; auto: chunks where no tile is hot, else panels",
               "auto [choice]; panel [paper]"})
      .choice(&Config::hot_format, "hot_format", {"coo", "csr"},
              {"", "A as the hot workers read it", "[paper, Table III]"})
      .choice(
          &Config::hot_din, "hot_din", {"none", "demand", "stream"},
          {"", "rows of Din that a hot tile reads: per non-zero, those needed, all", "[paper, Table III]"})
      .choice(&Config::hot_dout, "hot_dout", {"none", "demand", "stream", "inter-tile"},
              {"", "rows of Dout that a hot tile reads and writes; inter-tile: all, once per panel",
               "[paper, Table III]"})
      .whole(&Config::hot_macs_per_scale, "hot_macs_per_scale", 1, kMost,
             {"", "SIMD multiply-adds a cycle of a hot worker of scale 1", "[paper]"})
      .real(&Config::hot_nonzeros_per_cycle, "hot_nonzeros_per_cycle", 0, 1e6,
            {"", "above 0: a hot worker's non-zeros a cycle, whatever the operations per non-zero",
             "[paper] 20 behind PCIe"})
      .real(&Config::scratchpad_mib_per_scale, "scratchpad_mib_per_scale", 1e-6, 1e6,
            {"MiB", "of a hot worker of scale 1; half holds Din, half Dout", "[paper]"})
      .whole(&Config::hot_lines_per_scale, "hot_lines_per_scale", 1, kMost,
             {"lines", "outstanding, of a hot worker of scale 1",
              "[choice], calibrated to the published bandwidth"})
      .real(&Config::link_gbps, "link_gbps", 0, 1e9,
            {"GB/s", "a link before the hot workers, instead of their outstanding lines; 0: none",
             "[paper] 32, PCIe"});
}

void add_model(ConfigFields<Config>& f) {
  f.real(&Config::hot_vis_lat_ps, "hot_vis_lat_ps", 0, 1e9,
         {"ps/B", "visible latency of a hot worker; 0: 50 / hot_scale, or the link's",
          "[derived] from the published bandwidth; fitted values replace it"})
      .real(&Config::cold_vis_lat_ps, "cold_vis_lat_ps", 1e-6, 1e9,
            {"ps/B", "visible latency of a cold worker",
             "[derived] from the published bandwidth; fitted values replace it"})
      .real(&Config::cold_cache_hit, "cold_cache_hit", 0, 0.999999,
            {"", "share of Din that the prediction takes to come from the cold workers' caches", "[choice]"})
      .real(&Config::merge_transfers, "merge_transfers", 0, 100,
            {"", "outputs read and written to merge two private ones", "[choice]"})
      .flag(&Config::atomic_output, "atomic_output",
            {"", "one output for all workers: nothing to merge, parallel mode only", "[paper] PIUMA"})
      .real(&Config::barrier_ns, "barrier_ns", 0, 1e9,
            {"ns", "between the hot and the cold part of serial mode", "[choice]"});
}

void add_partition(ConfigFields<Config>& f) {
  f.whole(&Config::tile_side, "tile_side", 0, (int64_t{1} << 31) - 1,
          {"rows", "of a square tile; 0: the largest that fits the scratchpad", "[paper]"})
      .flag(&Config::reduce_small, "reduce_small",
            {"", "cut a matrix of fewer than 16 tiles into at least 16 panels", "[choice]"})
      .word(&Config::partition, "partition", partition_names(),
            {"", "who goes where; hottiles: the best of `heuristics` by prediction", "[paper]"})
      .word(&Config::heuristics, "heuristics",
            {"all", "min-time-parallel", "min-time-serial", "min-byte-parallel", "min-byte-serial"},
            {"", "the candidates of partition: hottiles", "[paper] all"})
      .flag(&Config::full_scan, "full_scan", {"", "try all cutoffs, not only the first minimum", "[choice]"})
      .flag(&Config::scaled_key, "scaled_key", {"", "sort by time over workers", "[choice]"})
      .flag(&Config::cross_mode, "cross_mode", {"", "judge every cut in both modes", "[choice]"})
      .flag(&Config::include_homogeneous, "include_homogeneous",
            {"", "all hot and all cold are candidates too", "[choice]"})
      .choice(&Config::oracle_judge, "oracle_judge", {"reuse-pass", "maximum-reuse"},
              {"", "what an oracle minimises", "[choice]"})
      .whole(&Config::unaware_seed, "unaware_seed", 0, kUnlimited - 1,
             {"", "of the shuffle that picks the unaware split's hot tiles", "[choice]"})
      .flag(&Config::contenders, "contenders",
            {"", "simulate hot-only, cold-only, unaware and each heuristic too, as counters", "[choice]"})
      .choice(&Config::timing, "timing", {"simulated", "predicted"},
              {"", "cycles of the schedule's simulation, or the analytic prediction", "[paper] both"})
      .real(&Config::merger_share, "merger_share", 0, 1,
            {"", "area of the merger, of one SPADE PE", "[paper] below 0.2"})
      .word(&Config::technology, "technology", Technology::builtin_names(),
            {"", "technology table for area and energy", "[choice]"});
}

TileWorker hot_worker(const Config& c, double operations_per_second) {
  TileWorker hot;
  hot.name = "hot";
  hot.count = static_cast<uint32_t>(c.hot_count());
  hot.flops = operations_per_second;
  const double own = c.link_gbps > 0
                         ? 1 / c.hot_rate()
                         : kHotVisLatPs * kPico / std::max(1.0, 1.0 * static_cast<double>(c.hot_scale));
  hot.vis_lat = c.hot_vis_lat_ps > 0 ? c.hot_vis_lat_ps * kPico : own;
  hot.nonzeros_per_second = c.hot_nonzeros_per_cycle * c.clock_hz();
  hot.scratchpad_bytes = c.scratchpad_bytes();
  hot.din = c.hot_din;
  hot.dout = c.hot_dout;
  hot.format = c.hot_format;
  hot.traversal = TileTraversal::tiled;
  hot.overlap = parse_tile_overlap(c.hot_overlap);
  return hot;
}

TileWorker cold_worker(const Config& c, double operations_per_second) {
  TileWorker cold;
  cold.name = "cold";
  cold.count = static_cast<uint32_t>(c.cold_count());
  cold.flops = operations_per_second;
  cold.vis_lat = c.cold_vis_lat_ps * kPico;
  cold.format = c.cold_format;
  cold.overlap = parse_tile_overlap(c.cold_overlap);
  cold.din_cache_hit = c.cold_cache_hit;
  return cold;
}

}  // namespace

uint64_t Config::scratchpad_bytes() const {
  return static_cast<uint64_t>(scratchpad_mib_per_scale * kMib * static_cast<double>(hot_scale));
}

double Config::hot_rate() const {
  if (link_gbps > 0) return link_gbps * kGiga / static_cast<double>(hot_workers);
  return static_cast<double>(hot_lines_per_scale * hot_scale * line_bytes) / (latency_ns * kNano);
}

double Config::hot_weight() const {
  return sharing == Sharing::kWorkers ? 1 : static_cast<double>(hot_lines_per_scale * hot_scale);
}

double Config::cold_weight() const {
  return sharing == Sharing::kWorkers ? 1 : static_cast<double>(dense_loads + sparse_loads);
}

PartitionOptions Config::partition_options() const {
  return {full_scan, scaled_key, cross_mode, include_homogeneous};
}

hw::SimdRows Config::simd_rows(uint64_t columns) const {
  return {columns, static_cast<uint32_t>(value_bytes), ops_per_nonzero};
}

hw::SpadeConfig Config::spade() const {
  hw::SpadeConfig spade;
  spade.lanes = static_cast<uint64_t>(simd_lanes);
  spade.clock_hz = clock_hz();
  spade.latency_seconds = latency_ns * kNano;
  spade.dense_loads = static_cast<uint64_t>(dense_loads);
  spade.sparse_loads = static_cast<uint64_t>(sparse_loads);
  spade.line_bytes = static_cast<uint64_t>(line_bytes);
  spade.cache_bytes = static_cast<uint64_t>(l1_bytes);
  spade.cache_ways = static_cast<uint64_t>(l1_ways);
  return spade;
}

hw::SextansConfig Config::sextans() const {
  hw::SextansConfig sextans;
  sextans.macs_per_cycle = static_cast<uint64_t>(hot_macs_per_scale * hot_scale);
  sextans.lanes = static_cast<uint64_t>(simd_lanes);
  sextans.clock_hz = clock_hz();
  sextans.bytes_per_second = hot_rate();
  sextans.nonzeros_per_cycle = hot_nonzeros_per_cycle;
  sextans.line_bytes = static_cast<uint64_t>(line_bytes);
  return sextans;
}

TileMachine Config::machine(uint64_t rows, uint64_t columns) const {
  const double one_mac = 2 * static_cast<double>(simd_lanes) * clock_hz();  // multiply and add
  TileMachine machine;
  machine.hot = hot_worker(*this, one_mac * static_cast<double>(hot_macs_per_scale * hot_scale));
  machine.cold = cold_worker(*this, one_mac);
  machine.bandwidth = bandwidth_gbps * kGiga;
  machine.hot_link = link_gbps * kGiga;
  machine.atomic_output = atomic_output;
  machine.columns = columns;
  machine.operations = ops_per_nonzero;
  machine.value_bytes = static_cast<uint32_t>(value_bytes);
  machine.item_bytes = static_cast<uint32_t>(index_bytes);
  machine.merge = merge_transfers * static_cast<double>(rows) * static_cast<double>(machine.row_bytes()) /
                  machine.bandwidth;
  validate(machine);
  return machine;
}

std::vector<std::string> partition_names() {
  return {"hottiles",        "min-time-parallel", "min-time-serial", "min-byte-parallel",
          "min-byte-serial", "hot-only",          "cold-only",       "unaware",
          "oracle",          "oracle-cutoffs"};
}

std::span<const ConfigField> fields() {
  static const std::vector<ConfigField> all = [] {
    ConfigFields<Config> f;
    add_machine(f);
    add_workers(f);
    add_model(f);
    add_partition(f);
    std::vector<ConfigField> list(f.all().begin(), f.all().end());
    const auto after = std::find_if(list.begin(), list.end(),
                                    [](const ConfigField& field) { return field.name == "cold_cache_hit"; });
    list.insert(after, {overlap_field(&Config::hot_overlap, "hot_overlap", "hot"),
                        overlap_field(&Config::cold_overlap, "cold_overlap", "cold")});
    return list;
  }();
  return all;
}

void check(const Config& c) {
  if (c.cold_count() == 0 && c.hot_count() == 0)
    throw InputError("cold_scale and hot_scale are both 0", "at least one kind of worker");
  if (c.data_type == DataType::kPattern)
    throw InputError("data_type = pattern", "allowed: fp32, bf16, fp16, int8, int16");
  const hw::SpadePe pe(c.spade(), c.simd_rows(1));  // refuses a cache that cannot be
  for (const std::string& name : {c.partition, c.heuristics})
    if (c.atomic_output && !c.cross_mode && name.ends_with("-serial"))
      throw InputError(fmt::format("{} with atomic_output", name),
                       "a parallel heuristic: one output is never merged");
  if (c.partition == "hot-only" && c.hot_count() == 0)
    throw InputError("partition = hot-only, hot_scale = 0", "a hot_scale above 0");
  if (c.partition == "cold-only" && c.cold_count() == 0)
    throw InputError("partition = cold-only, cold_scale = 0", "a cold_scale above 0");
}

}  // namespace nonzero::hottiles
