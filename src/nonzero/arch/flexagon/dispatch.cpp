#include "nonzero/arch/flexagon/dispatch.h"

#include "nonzero/arch/flexagon/pipelined.h"
#include "nonzero/arch/flexagon/published.h"

namespace nonzero::flexagon {
namespace {

PublishedConfig published_config(const Config& config) {
  PublishedConfig p;
  p.multipliers = config.lanes();
  p.line_elements = config.line_elements();
  p.block_elements = static_cast<uint64_t>(config.psram_block_elements);
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
  s.psram_peak_blocks = run.peak_blocks;
  s.merge_passes = run.merge_passes;
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

}  // namespace nonzero::flexagon
