#include "nonzero/arch/asadi/pipeline.h"

#include <algorithm>
#include <vector>

namespace nonzero::asadi {

Pipeline pipeline_of(std::span<const Encoder> encoders, uint64_t pes, const hw::Link& link) {
  Pipeline pipeline;
  std::vector<uint64_t> load(pes);
  uint64_t incoming = 0;
  for (const Encoder& encoder : encoders) {
    const uint64_t transfer = link.cycles(encoder.output_bytes);
    for (uint64_t i = 0; i < encoder.repeat; ++i) {
      if (pipeline.layers > 0) {
        ++pipeline.transfers;
        pipeline.transfer_cycles += incoming;
      }
      load[pipeline.layers % pes] += encoder.cycles;
      ++pipeline.layers;
      pipeline.latency += encoder.cycles;
      incoming = transfer;
    }
  }
  pipeline.latency += pipeline.transfer_cycles;
  pipeline.interval = *std::max_element(load.begin(), load.end());
  return pipeline;
}

}  // namespace nonzero::asadi
