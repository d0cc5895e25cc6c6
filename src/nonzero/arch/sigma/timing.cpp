#include "nonzero/arch/sigma/timing.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "nonzero/base/math.h"
#include "nonzero/hw/reduction/art.h"
#include "nonzero/hw/reduction/fan.h"
#include "nonzero/hw/reduction/linear.h"

namespace nonzero::sigma {
namespace {

// Trees have a power of two lanes: a smaller number of Flex-DPEs sits in the next larger tree.
uint64_t drain_cycles(const Config& config) {
  const auto lanes = static_cast<uint32_t>(config.drain == Drain::kArray
                                               ? config.multipliers()
                                               : static_cast<uint64_t>(config.multipliers_per_dpe));
  switch (config.reduction) {
    case Reduction::kArt:
      return hw::Art(std::bit_ceil(lanes)).drain_cycles();
    case Reduction::kLinear:
      return hw::LinearReduction(std::bit_ceil(lanes)).drain_cycles();
    default:
      return hw::Fan(std::bit_ceil(lanes)).drain_cycles();
  }
}

// Full folds of `multipliers` words and a rest, each loaded on its own.
uint64_t load_cycles(uint64_t ones, uint64_t multipliers, uint64_t words) {
  return ones / multipliers * ceil_div(multipliers, words) + ceil_div(ones % multipliers, words);
}

struct LoadAndDrain {
  uint64_t load = 0, drained_folds = 0;
};

LoadAndDrain load_and_drain(const Mapping& mapping, const Config& config) {
  const auto words = static_cast<uint64_t>(config.load_words);
  const uint64_t multipliers = mapping.multipliers;
  const uint64_t packed_folds = ceil_div(mapping.ones, multipliers);
  if (config.timing == Timing::kAnalytic && config.limited == Limited::kPublished)
    return {ceil_div(mapping.ones, words), packed_folds};
  if (config.limited == Limited::kPublished)
    return {load_cycles(mapping.ones, multipliers, words), packed_folds};
  uint64_t load = 0;
  for (const uint64_t ones : mapping.slab_ones) load += load_cycles(ones, multipliers, words);
  return {load, mapping.folds()};
}

uint64_t to_count(double expected) { return static_cast<uint64_t>(std::llround(expected)); }

}  // namespace

Schedule schedule(const Mapping& mapping, const Config& config) {
  Schedule s;
  s.folds = mapping.folds();
  const auto [load, drained_folds] = load_and_drain(mapping, config);
  const uint64_t stream = s.folds * mapping.steps;
  const uint64_t reduce = drained_folds * drain_cycles(config);
  const uint64_t merge = config.accumulate == Accumulate::kCharged
                             ? ceil_div(mapping.spilled_psums(), static_cast<uint64_t>(config.load_words))
                             : 0;
  s.phases.add("load", load);
  s.phases.add("stream", stream);
  s.phases.add("stall_distribution", mapping.stall_steps);
  s.phases.add("reduce", reduce);
  s.phases.add("merge", merge);
  s.stream_cycles = stream + mapping.stall_steps;
  s.cycles = load + s.stream_cycles + reduce + merge;

  const uint64_t p = mapping.multipliers;
  uint64_t mapped = 0, idle = 0;
  for (const uint64_t ones : mapping.slab_ones) {
    mapped += ones * mapping.steps;
    idle += (ceil_div(ones, p) * p - ones) * mapping.steps;
  }
  s.pe_cycles.add("useful", mapping.useful);
  s.pe_cycles.add("zero_operand", mapped - mapping.useful);
  s.pe_cycles.add("operand_stall", p * mapping.stall_steps);
  s.pe_cycles.add("reduce_stall", p * merge);
  s.pe_cycles.add("fill_drain", p * (load + reduce));
  s.pe_cycles.add("idle", idle);
  return s;
}

Schedule schedule_without_reuse(uint64_t useful, const Config& config) {
  Schedule s;
  if (useful == 0) return s;
  const uint64_t p = config.multipliers();
  const uint64_t compute = ceil_div(useful, p);
  const uint64_t stream = std::max(compute, ceil_div(2 * useful, static_cast<uint64_t>(config.load_words)));
  const uint64_t reduce = drain_cycles(config);
  s.folds = compute;
  s.phases.add("stream", stream);
  s.phases.add("reduce", reduce);
  s.stream_cycles = stream;
  s.cycles = stream + reduce;
  s.pe_cycles.add("useful", useful);
  s.pe_cycles.add("operand_stall", p * (stream - compute));
  s.pe_cycles.add("fill_drain", p * reduce);
  s.pe_cycles.add("idle", p * compute - useful);
  return s;
}

void add_memory_stall(Schedule& schedule, uint64_t memory_cycles, uint64_t multipliers) {
  const uint64_t stall = memory_cycles > schedule.cycles ? memory_cycles - schedule.cycles : 0;
  schedule.phases.add("stall_memory", stall);
  schedule.pe_cycles.add("memory_stall", stall * multipliers);
  schedule.cycles += stall;
}

Mapping expected_mapping(uint64_t rows, uint64_t k, uint64_t steps, double stationary_density,
                         double streaming_density, uint64_t useful, const Config& config) {
  Mapping mapping;
  mapping.multipliers = config.multipliers();
  mapping.lanes_per_dpe = static_cast<uint64_t>(config.multipliers_per_dpe);
  mapping.steps = steps;
  const double rows_real = static_cast<double>(rows), k_real = static_cast<double>(k);
  mapping.ones = to_count(rows_real * k_real * stationary_density);
  const bool slabs = config.limits_streaming() && config.packing == Packing::kSlab && k > 0;
  const uint64_t width = slabs ? std::min(static_cast<uint64_t>(config.stream_words), k) : k;
  if (slabs) {
    const uint64_t in_slab = to_count(rows_real * static_cast<double>(width) * stationary_density);
    mapping.slab_ones.assign(ceil_div(k, width), in_slab);
  } else {
    mapping.slab_ones.assign(1, mapping.ones);
  }

  // Rounded counts of a nearly empty slab may hold less than the expected work.
  const uint64_t mapped = width == k ? mapping.ones : mapping.slab_ones.size() * mapping.slab_ones.front();
  mapping.useful = std::min(useful, mapped * steps);

  // Rows with a one in a slab, each one group more for every Flex-DPE boundary it crosses.
  const double row_is_mapped = 1 - std::pow(1 - stationary_density, static_cast<double>(width));
  const double slab_count = static_cast<double>(mapping.slab_ones.size());
  const double boundaries = std::max(
      0.0, static_cast<double>(mapping.ones) / static_cast<double>(mapping.lanes_per_dpe) - slab_count);
  mapping.rows_mapped = to_count(rows_real * (1 - std::pow(1 - stationary_density, k_real)));
  mapping.segments =
      std::max(mapping.rows_mapped, to_count(rows_real * row_is_mapped * slab_count + boundaries));

  // A k is in a fold unless all of the fold's rows lack it.
  const uint64_t folds = mapping.folds();
  if (folds > 0) {
    const double rows_of_fold = rows_real * slab_count / static_cast<double>(folds);
    const double in_fold = 1 - std::pow(1 - stationary_density, std::max(1.0, rows_of_fold));
    const double per_fold = std::min(static_cast<double>(width) * in_fold,
                                     static_cast<double>(mapping.ones) / static_cast<double>(folds));
    const double words_per_step = per_fold * streaming_density;
    mapping.streamed_words =
        to_count(words_per_step * static_cast<double>(steps) * static_cast<double>(folds));
    if (config.limits_streaming() && config.packing == Packing::kRowMajor && words_per_step > 0) {
      const double steps_each = std::ceil(words_per_step / static_cast<double>(config.stream_words));
      mapping.stall_steps = to_count(std::max(0.0, steps_each - 1)) * steps * folds;
    }
  }
  return mapping;
}

}  // namespace nonzero::sigma
