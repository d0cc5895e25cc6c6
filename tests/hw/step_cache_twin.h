#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "nonzero/hw/memory/step_cache.h"

namespace nonzero::test {

// StepCache request by request and cycle by cycle.
class SlowStepCache {
 public:
  explicit SlowStepCache(const hw::StepCacheConfig& config)
      : config_(config), banks_(config.banks), sets_(config.sets) {}

  struct Request {
    uint64_t line;
    uint32_t stream;
  };

  uint64_t step(const std::vector<Request>& requests) {
    if (config_.merge_equal_lines && distinct(requests).size() < requests.size())
      return step(distinct(requests));
    size_t open = requests.size();
    for (const Request& request : requests) banks_[request.line % config_.banks].queue.push_back(request);
    uint64_t last = 0;
    uint64_t port_free = 0;
    for (uint64_t t = 1; open > 0; ++t)
      for (Bank& bank : banks_) {
        const auto completes_at = [&](uint64_t cycle) {
          last = std::max(last, cycle);
          --open;
        };
        if (bank.replays > 0) {
          --bank.replays;
          completes_at(t);
        } else if (!bank.queue.empty()) {
          const Request request = bank.queue.front();
          bank.queue.pop_front();
          const auto on_the_way = std::find_if(bank.arriving.begin(), bank.arriving.end(),
                                               [&](const Arriving& a) { return a.line == request.line; });
          if (on_the_way != bank.arriving.end()) {
            ++on_the_way->waiting;
          } else if (touch(request.line)) {
            completes_at(t + config_.hit_cycles);
          } else {
            ++misses[request.stream];
            port_free = std::max(port_free, t) + config_.port_cycles;
            bank.arriving.push_back({request.line, port_free + config_.memory_cycles, 0});
          }
        } else if (!bank.arriving.empty() && bank.arriving.front().ready <= t) {
          bank.replays = bank.arriving.front().waiting;
          bank.arriving.pop_front();
          completes_at(t);
        }
      }
    return last;
  }

  std::array<uint64_t, 4> misses{};

 private:
  struct Arriving {
    uint64_t line, ready, waiting;
  };
  struct Bank {
    std::deque<Request> queue;
    std::deque<Arriving> arriving;
    uint64_t replays = 0;
  };

  static std::vector<Request> distinct(const std::vector<Request>& requests) {
    std::vector<Request> kept;
    for (const Request& request : requests)
      if (std::none_of(kept.begin(), kept.end(), [&](const Request& k) { return k.line == request.line; }))
        kept.push_back(request);
    return kept;
  }

  bool touch(uint64_t line) {
    std::vector<uint64_t>& set = sets_[line % config_.sets];
    const auto found = std::find(set.begin(), set.end(), line);
    const bool hit = found != set.end();
    if (hit) set.erase(found);
    set.insert(set.begin(), line);
    if (set.size() > config_.ways) set.pop_back();
    return hit;
  }

  hw::StepCacheConfig config_;
  std::vector<Bank> banks_;
  std::vector<std::vector<uint64_t>> sets_;  // most recent first
};

}  // namespace nonzero::test
