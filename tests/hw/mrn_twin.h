#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <vector>

namespace nonzero::hw::twin {

// The adder mode of the merger-reduction network, one set of values climbing a level per cycle. A node sees
// its children's outputs and its neighbour's head and knows of every item whose cluster it is and how many
// leaves are in it. Complete sums queue for the way out, `bandwidth` per cycle.
class Mrn {
 public:
  struct Item {
    uint32_t cluster;
    double value;
    std::vector<uint32_t> leaves;
  };
  struct Sum {
    Item item;
    uint32_t level = 0, node = 0;
  };

  std::map<uint32_t, Sum> sums;  // by cluster
  uint64_t cycles = 0, additions = 0;
  uint64_t items_kept_too_many = 0;

  void run(uint32_t leaves, const std::vector<uint32_t>& sizes, const std::vector<double>& values,
           uint32_t bandwidth) {
    sizes_ = sizes;
    std::vector<std::optional<Item>> below(leaves);
    uint32_t leaf = 0;
    for (uint32_t c = 0; c < sizes.size(); ++c)
      for (uint32_t i = 0; i < sizes[c]; ++i, ++leaf) below[leaf] = Item{c, values[leaf], {leaf}};
    uint64_t waiting = 0, cycle = 0;
    for (uint32_t level = 1; below.size() > 1 || waiting > 0; ++level) {
      ++cycle;
      if (below.size() > 1) {
        const size_t before = sums.size();
        below = climb(below, level);
        waiting += sums.size() - before;
      }
      if (waiting > 0) cycles = cycle;
      waiting -= std::min<uint64_t>(waiting, bandwidth);
    }
  }

 private:
  using Node = std::vector<Item>;

  std::vector<std::optional<Item>> climb(const std::vector<std::optional<Item>>& below, uint32_t level) {
    const auto width = static_cast<uint32_t>(below.size() / 2);
    std::vector<Node> nodes(width);
    for (uint32_t n = 0; n < width; ++n) {
      for (const auto& child : {below[2 * n], below[2 * n + 1]})
        if (child) nodes[n].push_back(*child);
      if (nodes[n].size() == 2 && nodes[n][0].cluster == nodes[n][1].cluster) {
        nodes[n][0] = add(nodes[n][0], nodes[n][1]);
        nodes[n].pop_back();
      }
      leave(nodes[n], level, n);
    }
    for (uint32_t n = 0; n + 1 < width; ++n) {
      if (n / 2 == (n + 1) / 2) continue;  // one parent: no lateral link
      Node &a = nodes[n], &b = nodes[n + 1];
      if (a.empty() || b.empty() || a.back().cluster != b.front().cluster) continue;
      if (a.size() == 2) {
        b.front() = add(b.front(), a.back());
        a.pop_back();
      } else if (b.size() == 2) {
        a.back() = add(a.back(), b.front());
        b.erase(b.begin());
      }
      leave(a, level, n);
      leave(b, level, n + 1);
    }
    std::vector<std::optional<Item>> up(width);
    for (uint32_t n = 0; n < width; ++n) {
      if (nodes[n].size() > 1) ++items_kept_too_many;
      if (!nodes[n].empty()) up[n] = nodes[n].front();
    }
    return up;
  }

  Item add(const Item& a, const Item& b) {
    ++additions;
    Item sum{a.cluster, a.value + b.value, a.leaves};
    sum.leaves.insert(sum.leaves.end(), b.leaves.begin(), b.leaves.end());
    return sum;
  }

  void leave(Node& node, uint32_t level, uint32_t n) {
    for (size_t i = node.size(); i-- > 0;) {
      if (node[i].leaves.size() < sizes_[node[i].cluster]) continue;
      sums[node[i].cluster] = {node[i], level, n};
      node.erase(node.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  std::vector<uint32_t> sizes_;
};

}  // namespace nonzero::hw::twin
