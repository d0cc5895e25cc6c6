#include "nonzero/arch/gemm_memory.h"

#include <algorithm>

#include "nonzero/hw/memory/buffer.h"
#include "nonzero/hw/memory/dram.h"

namespace nonzero {

uint64_t move_gemm_operands(Result& result, const GemmTraffic& traffic, const GemmMemory& memory) {
  const hw::OperandBuffer buffer(static_cast<uint64_t>(memory.operand_buffer_mib * 1024 * 1024));
  const char* stationary = traffic.a_stationary ? "a" : "b";
  const char* streaming = traffic.a_stationary ? "b" : "a";

  LevelTraffic& dram = result.traffic_bytes["dram"];
  dram.read.add("a", 0);
  dram.read.add("b", 0);
  dram.read.add(stationary, traffic.stationary_bytes);
  dram.read.add(streaming, buffer.fits(traffic.streaming_bytes)
                               ? traffic.streaming_bytes
                               : std::max(traffic.streaming_bytes, traffic.refetched_bytes));
  dram.read.add("metadata", traffic.metadata_bytes);
  const uint64_t psum_bytes = traffic.spilled_psums * traffic.output_bytes;
  const bool psums_stay = buffer.fits(traffic.outputs * traffic.output_bytes);
  dram.read.add("psum", psums_stay ? 0 : psum_bytes);
  dram.write.add("c", traffic.outputs * traffic.output_bytes);
  dram.write.add("psum", psums_stay ? 0 : psum_bytes);

  LevelTraffic& level = result.traffic_bytes["buffer"];
  level.read.add("operands", traffic.streamed_bytes);
  level.read.add("psum", psum_bytes);
  level.write.add("operands", dram.read.get("a") + dram.read.get("b"));
  level.write.add("psum", psum_bytes);

  return hw::dram_cycles(hw::dram_preset(memory.dram, result.clock_hz, memory.word_bytes),
                         dram.read.sum() + dram.write.sum());
}

}  // namespace nonzero
