#include "nonzero/arch/flexagon/activity.h"

#include <algorithm>

#include "nonzero/base/math.h"

namespace nonzero::flexagon {

Distribution::Distribution(const Sides& sides, const Sides& by_rows, const Config& config, bool multicast)
    : sides_(sides),
      fibers_(*by_rows.streaming),
      tree_(config.dn_topology == DnTopology::kTree),
      multicast_(multicast),
      network_(static_cast<uint32_t>(config.lanes()), static_cast<uint32_t>(config.dn_bandwidth)),
      unicast_(tree_ ? network_.unicast_traversals() : 2 * ceil_log2(config.lanes()) + 1),
      destinations_(ceil_div(config.lanes(), 64)) {}

void Distribution::add(const Tile& tile) {
  delivered_ += tile.size();
  nodes_ += tile.size() * unicast_;
  switch (sides_.method) {
    case Method::kInner:
      add_inner(tile);
      break;
    case Method::kGustavson:
      for (uint64_t e = tile.begin; e < tile.end; ++e) send(sides_.stationary->indices[e], 0, 1);
      break;
    case Method::kOuter: {
      const std::vector<uint64_t>& offsets = sides_.stationary->offsets;
      for (uint64_t k = tile.fiber_begin; k < tile.fiber_end; ++k) {
        const uint64_t first = std::max(tile.begin, offsets[k]), end = std::min(tile.end, offsets[k + 1]);
        if (first < end) send(k, first - tile.begin, end - tile.begin);
      }
      break;
    }
  }
}

// The whole fiber k to neighbouring multipliers.
void Distribution::send(uint64_t k, uint64_t first_lane, uint64_t end_lane) {
  const uint64_t length = fibers_.offsets[k + 1] - fibers_.offsets[k];
  const uint64_t lanes = end_lane - first_lane;
  delivered_ += length * lanes;
  const bool shares = tree_ && multicast_;
  nodes_ += length *
            (shares ? network_.traversals(static_cast<uint32_t>(first_lane), static_cast<uint32_t>(end_lane))
                    : lanes * unicast_);
}

// An element of row k goes to every multiplier that holds one of column k.
void Distribution::add_inner(const Tile& tile) {
  wanted_.clear();
  for (uint64_t e = tile.begin; e < tile.end; ++e)
    wanted_.emplace_back(sides_.stationary->indices[e], static_cast<uint32_t>(e - tile.begin));
  // The elements of one row are sorted by k already.
  if (tile.fiber_end - tile.fiber_begin > 1) std::sort(wanted_.begin(), wanted_.end());
  for (size_t first = 0, end = 0; first < wanted_.size(); first = end) {
    const uint32_t k = wanted_[first].first;
    while (end < wanted_.size() && wanted_[end].first == k) ++end;
    const uint64_t length = fibers_.offsets[k + 1] - fibers_.offsets[k];
    delivered_ += length * (end - first);
    nodes_ += length * (tree_ && end - first > 1 ? multicast_nodes(first, end) : (end - first) * unicast_);
  }
}

// Nodes that an element passes on its way to the lanes of wanted_[first, end).
uint64_t Distribution::multicast_nodes(size_t first, size_t end) {
  for (size_t i = first; i < end; ++i)
    destinations_[wanted_[i].second / 64] |= uint64_t{1} << (wanted_[i].second % 64);
  const uint64_t nodes = network_.traversals(destinations_);
  for (size_t i = first; i < end; ++i) destinations_[wanted_[i].second / 64] = 0;
  return nodes;
}

void count_activity(Result& r, const Schedule& s, const Distribution& distribution, Dataflow dataflow,
                    const Config& config) {
  const auto element = static_cast<uint64_t>(config.element_bytes);
  const auto line = static_cast<uint64_t>(config.str_cache_line_bytes);
  const bool n = n_stationary(dataflow);
  const char* stationary = n ? "b" : "a";
  const char* streaming = n ? "a" : "b";
  const bool paper = config.timing == Timing::kPaper;

  Counts& c = r.counters;
  c.add("flexagon.tiles", s.tiles);
  c.add("flexagon.merge_passes", s.merge_passes);
  c.add("sta_fifo.reads", s.sta_reads);
  c.add("str_cache.reads", s.str_reads);
  c.add("str_cache.misses", paper ? s.l1_misses : s.line_misses);
  c.add("dn.deliveries", distribution.delivered());
  c.add(config.dn_topology == DnTopology::kTree ? "dn.tree_nodes" : "dn.switches_upper_bound",
        distribution.nodes());
  c.add("multiplier.multiplications", s.multiplications);
  c.add("multiplier.forwards", s.psums_read);
  c.add("rn.inputs", s.reduction_inputs);
  // A merging node compares at most once per element it emits, and an element passes at most one node per
  // level; a cluster of c leaves makes nodes emit 2 c + 1 times at most.
  const bool adds = method(dataflow) == Method::kInner;
  const uint64_t merged = adds ? 0 : s.reduction_inputs * ceil_log2(config.lanes());
  c.add("rn.hops_upper_bound", adds ? 3 * s.reduction_inputs : merged);
  c.add("rn.comparisons_upper_bound", merged);
  // Each addition makes one element of two: what is multiplied and does not leave was added.
  c.add("rn.additions", s.multiplications - s.nnz_c);
  c.add("ip.psums_reinjected", s.psums_reinjected);
  c.add("psram.writes", s.psums_from_multipliers);
  c.add("psram.writes_merging", s.psums_from_passes);
  c.add("psram.reads", s.psums_read);
  c.add("psram.spilled_blocks", s.psram_spills);
  c.add("psram.peak_blocks", s.psram_peak_blocks);
  c.add("write_fifo.elements", s.nnz_c);
  c.add("published.l1_accesses", s.l1_accesses);
  c.add("published.l1_misses", s.l1_misses);

  const uint64_t spilled = s.psram_spills * static_cast<uint64_t>(config.psram_block_elements) * element;
  LevelTraffic& dram = r.traffic_bytes["dram"];
  dram.read.add("a", 0);
  dram.read.add("b", 0);
  dram.read.add(stationary, paper ? s.sta_line_misses * line : s.sta_reads * element);
  dram.read.add(streaming, s.line_misses * line);
  dram.read.add("psum", spilled + s.c_line_misses * line);
  dram.write.add("c", s.nnz_c * element);
  dram.write.add("psum", spilled);
  LevelTraffic& fifo = r.traffic_bytes["sta_fifo"];
  fifo.read.add(stationary, s.sta_reads * element);
  fifo.write.add(stationary, s.sta_reads * element);
  LevelTraffic& cache = r.traffic_bytes["str_cache"];
  cache.read.add(streaming, s.str_reads * element);
  cache.write.add(streaming, s.line_misses * line);
  LevelTraffic& psram = r.traffic_bytes["psram"];
  psram.read.add("psum", s.psums_read * element);
  psram.write.add("psum", (s.psums_from_multipliers + s.psums_from_passes) * element);
}

}  // namespace nonzero::flexagon
