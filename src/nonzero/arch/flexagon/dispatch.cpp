#include "nonzero/arch/flexagon/dispatch.h"

#include "nonzero/arch/flexagon/pipelined.h"
#include "nonzero/arch/flexagon/published.h"
#include "nonzero/base/math.h"

namespace nonzero::flexagon {
namespace {

PublishedConfig published_config(const Config& config) {
  PublishedConfig p;
  p.multipliers = config.lanes();
  p.line_elements = config.line_elements();
  p.cache.sets = config.cache_sets();
  p.cache.ways = static_cast<uint64_t>(config.str_cache_ways);
  p.cache.banks = static_cast<uint64_t>(config.str_cache_banks);
  p.cache.hit_cycles = static_cast<uint64_t>(config.paper_hit_latency);
  p.cache.port_cycles = static_cast<uint64_t>(config.paper_miss_interval);
  p.cache.memory_cycles = static_cast<uint64_t>(config.paper_miss_latency);
  p.cache.merge_equal_lines = config.port() == StrPort::kMulticast;
  p.inner_drain = static_cast<uint64_t>(config.paper_inner_tile);
  p.outer_drain = static_cast<uint64_t>(config.paper_outer_tile);
  p.gustavson_drain = static_cast<uint64_t>(config.paper_gustavson_pass);
  p.merge_drain = static_cast<uint64_t>(config.paper_merge_pass);
  return p;
}

// Blocks of an unbounded PSRAM once the last tile of OP has streamed, when all its fibers wait in it.
uint64_t outer_blocks(const Sides& sides, const Config& config) {
  const Csr& sta = *sides.stationary;
  const Csr& str = *sides.streaming;
  uint64_t blocks = 0;
  for (uint64_t k = 0; k < sides.inner; ++k)
    blocks +=
        (sta.offsets[k + 1] - sta.offsets[k]) *
        ceil_div(str.offsets[k + 1] - str.offsets[k], static_cast<uint64_t>(config.psram_block_elements));
  return blocks;
}

Schedule schedule_published(const Sides& sides, const Config& config, const Hooks& hooks) {
  Schedule s;
  const PublishedRun run = run_published(sides, published_config(config), [&](const Tile& tile) {
    ++s.tiles;
    if (hooks.tile) hooks.tile(tile);
  });
  s.cycles = run.cycles;
  s.stream_cycles = run.stream;
  s.phases.add("load", run.load);
  s.phases.add("stream", run.stream);
  s.phases.add("merge", run.merge);
  s.pe_cycles.add("useful", run.useful);
  s.pe_cycles.add("operand_stall", run.operand_stall);
  s.pe_cycles.add("reduce_stall", run.reduce_stall);
  s.pe_cycles.add("fill_drain", run.fill_drain);
  s.pe_cycles.add("idle", run.idle);
  s.multiplications = run.multiplications;
  s.nnz_c = run.c_elements;
  s.sta_reads = run.sta_reads;
  s.str_reads = run.str_reads;
  s.psums_reinjected = run.psums_reinjected;
  s.psums_from_multipliers = run.psums_written;
  s.psums_from_passes = run.psums_written_intermediate;
  s.psums_read = run.psums_read;
  s.reduction_inputs = run.multiplications + run.psums_reinjected + run.psums_read;
  s.line_misses = run.str_misses;
  s.sta_line_misses = run.sta_misses;
  s.c_line_misses = run.c_misses;
  s.l1_misses = run.misses();
  s.l1_accesses = run.sta_reads + run.str_reads + run.psums_reinjected;
  if (sides.method == Method::kOuter) s.psram_peak_blocks = outer_blocks(sides, config);
  // Phases that pass one after the other in each tile are shown in turn: the rules charge no overlap.
  if (hooks.span) {
    hooks.span("load", run.load, 0);
    hooks.span("stream", run.stream, 0);
    hooks.span("merge", run.merge, 0);
  }
  return s;
}

}  // namespace

Sides sides_by_rows(OperandPair& operands, Dataflow dataflow) {
  return operands.sides(n_stationary(dataflow) ? Dataflow::kGustavsonN : Dataflow::kGustavsonM);
}

Schedule schedule(OperandPair& operands, Dataflow dataflow, const Config& config, const Hooks& hooks) {
  const Sides sides = operands.sides(dataflow);
  if (config.timing == Timing::kPaper) return schedule_published(sides, config, hooks);
  return schedule_pipelined(sides, sides_by_rows(operands, dataflow), config, hooks);
}

uint64_t conversion_cycles(uint64_t rows, uint64_t columns, uint64_t nnz, const Config& config) {
  const uint64_t bytes = 8 * nnz + 4 * (rows + 1) + 4 * (columns + 1);
  return 2 * static_cast<uint64_t>(config.dram_latency) +
         ceil_div(bytes, static_cast<uint64_t>(config.dram_bytes_per_cycle)) +
         ceil_div(nnz, static_cast<uint64_t>(config.dn_bandwidth));
}

void add_conversions(Schedule& schedule, const OperandPair& operands, Dataflow dataflow,
                     const Config& config) {
  const auto add = [&](const Csr& matrix) {
    const uint64_t cycles = conversion_cycles(matrix.rows, matrix.columns, matrix.nnz(), config);
    schedule.phases.add("control", cycles);
    schedule.pe_cycles.add("idle", config.lanes() * cycles);
    schedule.cycles += cycles;
  };
  if (config.converts_a(dataflow)) add(operands.a());
  if (config.converts_b(dataflow)) add(operands.b());
}

}  // namespace nonzero::flexagon
