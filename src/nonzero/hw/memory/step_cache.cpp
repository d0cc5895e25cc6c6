#include "nonzero/hw/memory/step_cache.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::hw {
namespace {

StepCacheConfig checked(const StepCacheConfig& config) {
  if (!is_power_of_two(config.banks))
    throw InputError(fmt::format("a cache of {} banks", config.banks), "a power of two");
  if (!is_power_of_two(config.sets) || config.sets < config.banks)
    throw InputError(fmt::format("a cache of {} sets in {} banks", config.sets, config.banks),
                     "a power of two, at least one set per bank");
  return config;
}

}  // namespace

StepCache::StepCache(const StepCacheConfig& config)
    : config_(checked(config)),
      bank_mask_(config.banks - 1),
      directory_(config.sets, config.ways),
      taken_(config.banks) {}

StepCost StepCache::step(std::span<const LineRun> runs) {
  if (runs.empty()) return {};
  pending_.clear();
  uint64_t last_hit = 0;
  // Runs of ascending lines repeat nothing of their own: only what came before them is searched.
  size_t runs_before = 0;
  size_t pending_before = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    const LineRun& run = runs[i];
    if (i > 0 && run.line <= runs[i - 1].line) {
      runs_before = i;
      pending_before = pending_.size();
    }
    uint64_t requests = run.requests;
    if (config_.merge_equal_lines) {
      if (seen(runs.first(runs_before), run.line)) continue;
      requests = 1;
    }
    uint64_t& taken = taken_[run.line & bank_mask_];
    const uint64_t first = taken + 1;
    taken += requests;
    if (Miss* const miss = outstanding(pending_before, run.line)) {
      miss->waiting += requests;
      continue;
    }
    if (directory_.touch(run.line)) {
      last_hit = std::max(last_hit, taken);
    } else {
      pending_.push_back({first, run.line, requests - 1});
      ++misses_[run.stream];
    }
  }
  uint64_t cycles = last_hit == 0 ? 0 : last_hit + config_.hit_cycles;
  if (!pending_.empty()) cycles = std::max(cycles, fill_cycles());
  std::fill(taken_.begin(), taken_.end(), 0);
  return {cycles, pending_.size()};
}

StepCache::Miss* StepCache::outstanding(size_t first, uint64_t line) {
  for (size_t i = 0; i < first; ++i)
    if (pending_[i].line == line) return &pending_[i];
  return nullptr;
}

bool StepCache::seen(std::span<const LineRun> earlier, uint64_t line) const {
  return std::any_of(earlier.begin(), earlier.end(), [&](const LineRun& run) { return run.line == line; });
}

// From here on taken_ holds a bank's last busy cycle.
uint64_t StepCache::fill_cycles() {
  std::sort(pending_.begin(), pending_.end(), [this](const Miss& a, const Miss& b) {
    return a.taken != b.taken ? a.taken < b.taken : (a.line & bank_mask_) < (b.line & bank_mask_);
  });
  uint64_t free = 0;
  uint64_t last = 0;
  for (const Miss& miss : pending_) {
    free = std::max(free, miss.taken) + config_.port_cycles;
    uint64_t& busy = taken_[miss.line & bank_mask_];
    busy = std::max(busy + 1, free + config_.memory_cycles) + miss.waiting;
    last = std::max(last, busy);
  }
  return last;
}

uint64_t LockStepStream::next_change(const Live& fiber, uint64_t step) const {
  const uint64_t line_end = ((fiber.begin + step) / line_elements_ + 1) * line_elements_;
  return std::min(line_end, fiber.end) - fiber.begin;
}

uint64_t LockStepStream::run(StepCache& cache, std::span<const StreamedFiber> fibers, uint32_t stream) {
  live_.clear();
  runs_.clear();
  uint64_t change = ~uint64_t{0};
  for (const StreamedFiber& fiber : fibers) {
    if (fiber.begin == fiber.end) continue;
    Live live{fiber.begin, fiber.end, 0};
    live.next = next_change(live, 0);
    change = std::min(change, live.next);
    live_.push_back(live);
    runs_.push_back({fiber.begin / line_elements_, fiber.readers, stream});
  }
  uint64_t cycles = 0;
  for (uint64_t step = 0; !live_.empty();) {
    const StepCost cost = cache.step(runs_);
    const uint64_t alike = cost.misses == 0 ? change - step : 1;
    cycles += alike * cost.cycles;
    step += alike;
    if (step < change) continue;
    change = ~uint64_t{0};
    size_t kept = 0;
    for (size_t i = 0; i < live_.size(); ++i) {
      Live live = live_[i];
      LineRun run = runs_[i];
      if (live.next == step) {
        if (live.begin + step == live.end) continue;
        ++run.line;
        live.next = next_change(live, step);
      }
      change = std::min(change, live.next);
      live_[kept] = live;
      runs_[kept++] = run;
    }
    live_.resize(kept);
    runs_.resize(kept);
  }
  return cycles;
}

}  // namespace nonzero::hw
