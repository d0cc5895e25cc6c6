#pragma once

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/arch/flexagon/schedule.h"
#include "nonzero/hw/distribution/tree.h"
#include "nonzero/result/result.h"

namespace nonzero::flexagon {

// What the distribution network does, tile by tile: elements delivered to multipliers, and the nodes of
// the tree (or the switches of the Benes network) that they pass. A multicast passes each node once; of
// the Benes network every destination is billed, an upper bound.
class Distribution {
 public:
  // `by_rows`: see schedule_pipelined. `multicast`: one read of the streaming operand serves all
  // multipliers that want it; IP always multicasts.
  Distribution(const Sides& sides, const Sides& by_rows, const Config& config, bool multicast);

  void add(const Tile& tile);

  [[nodiscard]] uint64_t delivered() const { return delivered_; }
  [[nodiscard]] uint64_t nodes() const { return nodes_; }

 private:
  void send(uint64_t k, uint64_t first_lane, uint64_t end_lane);
  void add_inner(const Tile& tile);
  uint64_t multicast_nodes(size_t first, size_t end);

  const Sides& sides_;
  const Csr& fibers_;
  bool tree_, multicast_;
  hw::MulticastTree network_;
  uint64_t unicast_;  // nodes, or switches
  uint64_t delivered_ = 0, nodes_ = 0;
  std::vector<uint64_t> destinations_;
  std::vector<std::pair<uint32_t, uint32_t>> wanted_;  // (k, lane) of a tile of IP
};

// Counters and traffic of a walk under `dataflow`.
void count_activity(Result& result, const Schedule& schedule, const Distribution& distribution,
                    Dataflow dataflow, const Config& config);

}  // namespace nonzero::flexagon
