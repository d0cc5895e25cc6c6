#include "nonzero/arch/sigma/flex_dpu.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "nonzero/base/math.h"

namespace nonzero::sigma {
namespace {

struct Job {
  uint64_t flex_dpes = 1, load = 0, cycles = 0;
};

std::vector<Job> jobs_of(std::span<const Result> results, const Config& config) {
  const auto lanes = static_cast<uint64_t>(config.multipliers_per_dpe);
  std::vector<Job> jobs;
  for (const Result& r : results) {
    if (r.cycles == 0) continue;
    const uint64_t stationary = r.counters.get("sigma.stationary_words");
    // No local reuse spreads over the whole array.
    const uint64_t needed =
        stationary == 0 ? static_cast<uint64_t>(config.flex_dpes) : ceil_div(stationary, lanes);
    const Job job{std::min(needed, static_cast<uint64_t>(config.flex_dpes)), r.phases.get("load"), r.cycles};
    jobs.insert(jobs.end(), r.repeat, job);
  }
  std::stable_sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) {
    return a.flex_dpes * a.cycles > b.flex_dpes * b.cycles;
  });
  return jobs;
}

// First Flex-DPE of the contiguous group that is free earliest (leftmost on a tie), and that cycle.
std::pair<size_t, uint64_t> earliest_group(const std::vector<uint64_t>& free_at, uint64_t size) {
  std::pair<size_t, uint64_t> best{0, ~uint64_t{0}};
  for (size_t first = 0; first + size <= free_at.size(); ++first) {
    const auto begin = free_at.begin() + static_cast<std::ptrdiff_t>(first);
    const uint64_t ready = *std::max_element(begin, begin + static_cast<std::ptrdiff_t>(size));
    if (ready < best.second) best = {first, ready};
  }
  return best;
}

}  // namespace

uint64_t concurrent_makespan(std::span<const Result> results, const Config& config) {
  std::vector<uint64_t> free_at(static_cast<size_t>(config.flex_dpes));
  uint64_t port_free = 0, makespan = 0;
  for (const Job& job : jobs_of(results, config)) {
    const auto [first, ready] = earliest_group(free_at, job.flex_dpes);
    const uint64_t begin = std::max(ready, port_free);
    port_free = begin + job.load;
    const uint64_t end = begin + job.cycles;
    std::fill_n(free_at.begin() + static_cast<std::ptrdiff_t>(first), job.flex_dpes, end);
    makespan = std::max(makespan, end);
  }
  return makespan;
}

}  // namespace nonzero::sigma
