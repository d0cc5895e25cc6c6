#include "nonzero/arch/staged.h"

#include <utility>

namespace nonzero {

void add_stage(Result& result, Stage stage) {
  stage.cycles = stage.phases.sum();
  result.cycles += stage.cycles;
  result.phases.add(stage.phases);
  for (const auto& [level, bytes] : stage.traffic_bytes) {
    result.traffic_bytes[level].read.add(bytes.read);
    result.traffic_bytes[level].write.add(bytes.write);
  }
  result.stages.push_back(std::move(stage));
}

void fill_phase_timeline(Result& result,
                         const std::function<const char*(const std::string& phase)>& component) {
  uint64_t at = 0;
  for (const auto& [phase, cycles] : result.phases) {
    if (cycles > 0) result.timeline.push_back({component(phase), phase, at, at + cycles, 0});
    at += cycles;
  }
}

void fill_staged_timeline(Result& result, uint64_t tile) {
  uint64_t at = 0;
  for (const Stage& stage : result.stages)
    for (const auto& [phase, cycles] : stage.phases) {
      if (cycles > 0) result.timeline.push_back({stage.name, phase, at, at + cycles, tile});
      at += cycles;
    }
}

}  // namespace nonzero
