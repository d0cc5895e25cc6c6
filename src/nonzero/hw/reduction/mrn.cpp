#include "nonzero/hw/reduction/mrn.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::hw {
namespace {

struct Item {
  uint32_t cluster = 0, held = 0;  // leaves summed in it
  uint32_t operand = 0;
};

// At most the items of both children; what a node keeps must be one.
struct Node {
  std::array<Item, 2> items{};
  uint32_t count = 0;
  bool joined = false;  // both children were of one cluster

  [[nodiscard]] Item& leftmost() { return items[0]; }
  [[nodiscard]] Item& rightmost() { return items[count - 1]; }
  void push(const Item& item) { items[count++] = item; }
  void remove(uint32_t index) {
    if (index == 0) items[0] = items[1];
    --count;
  }
};

class Router {
 public:
  Router(MrnRoute& route, std::vector<Node> leaves) : route_(route), below_(std::move(leaves)) {}

  void climb() {
    level_ = &route_.levels.emplace_back();
    nodes_.assign(below_.size() / 2, Node{});
    for (uint32_t n = 0; n < nodes_.size(); ++n) join_children(n);
    for (uint32_t a = 1; a + 1 < nodes_.size(); a += 2) cross(a, a + 1);
    for (uint32_t n = 0; n < nodes_.size(); ++n)
      if (nodes_[n].count > 1)
        throw std::logic_error(
            fmt::format("MRN: node {} of level {} holds two items", n, route_.levels.size()));
    std::swap(below_, nodes_);
  }

 private:
  void add(Item& into, const Item& other) {
    route_.steps.push_back({into.operand, other.operand});
    into.operand = route_.leaves + static_cast<uint32_t>(route_.steps.size() - 1);
    into.held += other.held;
    ++level_->additions;
  }

  void join_children(uint32_t n) {
    Node& node = nodes_[n];
    const Node &left = below_[2 * n], &right = below_[2 * n + 1];
    if (left.count > 0) node.push(left.items[0]);
    if (right.count > 0) node.push(right.items[0]);
    if (node.count == 1) ++level_->pass;
    if (node.count == 2) {
      node.joined = node.items[0].cluster == node.items[1].cluster;
      ++(node.joined ? level_->add : level_->split);
      if (node.joined) {
        add(node.items[0], node.items[1]);
        node.remove(1);
      }
    }
    drop_complete(n);
  }

  void drop_complete(uint32_t n) {
    Node& node = nodes_[n];
    for (uint32_t i = node.count; i-- > 0;) {
      MrnCluster& cluster = route_.clusters[node.items[i].cluster];
      if (node.items[i].held < cluster.size) continue;
      cluster.level = static_cast<uint32_t>(route_.levels.size());
      cluster.node = n;
      route_.sum_of_cluster[node.items[i].cluster] = node.items[i].operand;
      ++level_->sums;
      node.remove(i);
    }
  }

  void cross(uint32_t a, uint32_t b) {
    Node &left = nodes_[a], &right = nodes_[b];
    if (left.count == 0 || right.count == 0 || left.rightmost().cluster != right.leftmost().cluster) return;
    if (left.count == 2) {
      receive(right, right.leftmost(), left.rightmost());
      left.remove(1);
      drop_complete(b);
    } else if (right.count == 2) {
      receive(left, left.rightmost(), right.leftmost());
      right.remove(0);
      drop_complete(a);
    }
  }

  void receive(const Node& node, Item& own, const Item& lateral) {
    add(own, lateral);
    ++level_->lateral;
    if (!node.joined) return;
    --level_->add;
    ++level_->add3;
  }

  MrnRoute& route_;
  MrnLevel* level_ = nullptr;
  std::vector<Node> below_, nodes_;
};

}  // namespace

Mrn::Mrn(uint32_t leaves, uint32_t bandwidth) : leaves_(leaves), bandwidth_(bandwidth) {
  check_reduction_lanes(leaves, "an MRN");
  if (bandwidth == 0) throw InputError("an MRN of bandwidth 0", "at least 1 sum per cycle");
}

uint32_t Mrn::levels() const { return ceil_log2(leaves_); }

MrnRoute Mrn::route(std::span<const uint32_t> cluster_sizes) const {
  MrnRoute route;
  route.leaves = leaves_;
  std::vector<Node> leaves(leaves_);
  uint32_t leaf = 0;
  for (uint32_t c = 0; c < cluster_sizes.size(); ++c) {
    const uint32_t size = cluster_sizes[c];
    if (size == 0 || size > leaves_ - leaf)
      throw InputError(
          fmt::format("cluster {} of size {} at leaf {} of an MRN of {}", c, size, leaf, leaves_),
          "sizes of at least 1 that add up to at most the leaves");
    route.clusters.push_back({leaf, size, 0, 0});
    for (uint32_t i = 0; i < size; ++i, ++leaf) leaves[leaf].push({c, 1, leaf});
  }
  route.sum_of_cluster.resize(cluster_sizes.size());
  route.levels.reserve(levels());
  Router router(route, std::move(leaves));
  for (uint32_t level = 0; level < levels(); ++level) router.climb();
  return route;
}

template <class Value>
void Mrn::reduce(const MrnRoute& route, std::span<const Value> values, std::vector<Value>& scratch,
                 std::span<Value> sums) {
  if (values.size() != route.leaves || sums.size() != route.clusters.size())
    throw InputError(fmt::format("{} values and {} sums for {} leaves in {} clusters", values.size(),
                                 sums.size(), route.leaves, route.clusters.size()));
  scratch.resize(route.leaves + route.steps.size());
  std::copy(values.begin(), values.end(), scratch.begin());
  Value* next = scratch.data() + route.leaves;
  for (const ReductionStep& step : route.steps) *next++ = scratch[step.left] + scratch[step.right];
  for (size_t c = 0; c < sums.size(); ++c) sums[c] = scratch[route.sum_of_cluster[c]];
}

template void Mrn::reduce(const MrnRoute&, std::span<const double>, std::vector<double>&, std::span<double>);
template void Mrn::reduce(const MrnRoute&, std::span<const int64_t>, std::vector<int64_t>&,
                          std::span<int64_t>);

uint64_t Mrn::cycles(const MrnRoute& route) const {
  uint64_t last = 0, waiting = 0;
  for (uint64_t level = route.levels.size(); level > 0; --level) {
    waiting += route.levels[level - 1].sums;
    if (waiting > 0) last = std::max(last, level - 1 + ceil_div(waiting, bandwidth_));
  }
  return last;
}

uint64_t Mrn::output_cycles(uint64_t sums) const { return ceil_div(sums, bandwidth_); }

}  // namespace nonzero::hw
