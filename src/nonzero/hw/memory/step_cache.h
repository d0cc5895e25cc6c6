#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/hw/memory/lru_cache.h"

namespace nonzero::hw {

struct StepCacheConfig {
  uint64_t sets = 512;  // a multiple of banks; both powers of two
  uint64_t ways = 16;
  uint64_t banks = 32;
  uint64_t hit_cycles = 2;         // from the cycle a bank takes a hit to its completion
  uint64_t port_cycles = 2;        // the one memory port is busy for each miss
  uint64_t memory_cycles = 84;     // from the port to the line's arrival
  bool merge_equal_lines = false;  // multicast: requests of a step for one line are one request
};

// Requests of a step for one line, one after another; `stream` (0..3) says under which name their miss is
// counted.
struct LineRun {
  uint64_t line = 0;
  uint32_t requests = 0;
  uint32_t stream = 0;
};

struct StepCost {
  uint64_t cycles = 0;
  uint64_t misses = 0;
};

// LINE-SERIAL BANKED CACHE with miss registers, driven in steps: a step's requests are issued together, and
// the next step begins when all have completed. The L1 of Flexagon's authors' simulator.
//
//   ports       step (runs of requests) -> cycles until the last completion
//   addresses   bank = line mod banks, set = line mod sets
//   per bank and cycle t = 1, 2, ..., the first that applies:
//     1. a replayed request completes at t
//     2. the next queued request is taken: its line is on the way -> it waits for it;
//        held -> it completes at t + hit_cycles; absent -> free = max(free, t) + port_cycles,
//        the line arrives at free + memory_cycles
//     3. a line that has arrived fills: the request that missed completes at t, those waiting are replayed
//   The line is allocated, and the least recent one evicted, when the miss is taken. Waiting and replays
//   do not touch the order. Banks take their misses to the port in order of their number. free = 0 at the
//   start of every step.
//
// While requests are queued a bank takes one per cycle and nothing fills: a request's cycle is its place in
// the queue, and the fills follow line by line. The cost is counted from the places, not cycle by cycle.
class StepCache {
 public:
  // Throws InputError where a size is not a power of two or sets is not a multiple of banks.
  explicit StepCache(const StepCacheConfig& config);

  // No requests cost nothing. Repeating a step without a miss costs the same again and changes no state.
  StepCost step(std::span<const LineRun> runs);

  [[nodiscard]] const StepCacheConfig& config() const { return config_; }
  [[nodiscard]] const std::array<uint64_t, 4>& misses() const { return misses_; }  // by stream

 private:
  struct Miss {
    uint64_t taken;  // cycle
    uint64_t line;
    uint64_t waiting;
  };

  // Among the first misses of the step.
  [[nodiscard]] Miss* outstanding(size_t first, uint64_t line);
  [[nodiscard]] bool seen(std::span<const LineRun> earlier, uint64_t line) const;
  uint64_t fill_cycles();

  StepCacheConfig config_;
  uint64_t bank_mask_;
  LruCache directory_;
  std::vector<uint64_t> taken_;  // requests by bank, zero between steps
  std::vector<Miss> pending_;    // of the step at hand
  std::array<uint64_t, 4> misses_{};
};

// Fiber i of a lock-step stream: elements [begin, end), each asked for `readers` times.
struct StreamedFiber {
  uint64_t begin = 0, end = 0;
  uint32_t readers = 1;
};

// Step s = 0, 1, ... asks for element s of every fiber that still has one, in the fibers' order. Between two
// steps at which some fiber enters a new line or ends, all steps are alike: they are counted, not walked.
class LockStepStream {
 public:
  explicit LockStepStream(uint64_t line_elements) : line_elements_(line_elements) {}

  // Cycles of all steps together.
  uint64_t run(StepCache& cache, std::span<const StreamedFiber> fibers, uint32_t stream);

 private:
  struct Live {
    uint64_t begin, end;  // elements
    uint64_t next;        // the step at which it enters a line or ends
  };

  [[nodiscard]] uint64_t next_change(const Live& fiber, uint64_t step) const;

  uint64_t line_elements_;
  std::vector<Live> live_;
  std::vector<LineRun> runs_;  // beside live_
};

}  // namespace nonzero::hw
