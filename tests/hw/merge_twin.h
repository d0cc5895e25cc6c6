#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace nonzero::hw::twin {

// A tree of merging nodes, cycle by cycle: every node has one register for what it emits, and looks at its
// children's registers (level 1: at the leaves) to decide. An end of fiber is a token of its own.
template <class Value>
class MergeTree {
 public:
  struct Token {
    uint32_t coordinate = 0;
    Value value{};
    bool end = false;
  };
  using Fiber = std::vector<std::pair<uint32_t, Value>>;

  uint64_t cycles = 0, comparisons = 0, additions = 0, forwards = 0;
  Fiber merged;

  // `arrives(leaf)`: whether the leaf's next token may be delivered in this cycle.
  void run(const std::vector<Fiber>& fibers, const std::function<bool(size_t)>& arrives) {
    size_t levels = 1;
    while ((size_t{1} << levels) < fibers.size()) ++levels;
    leaves_.assign(size_t{1} << levels, {});
    sent_.assign(fibers.size(), 0);
    fibers_ = &fibers;
    tree_.clear();
    for (size_t level = 1; level <= levels; ++level) tree_.emplace_back(leaves_.size() >> level);
    for (bool done = false; !done;) {
      ++cycles;
      for (size_t leaf = 0; leaf < fibers.size(); ++leaf)
        if (!leaves_[leaf].token && sent_[leaf] <= fibers[leaf].size() && arrives(leaf)) deliver(leaf);
      // The root first: a register that its parent empties is refilled in the same cycle.
      for (size_t level = levels; level-- > 0;)
        for (size_t n = 0; n < tree_[level].size(); ++n) fire(level, n);
      std::optional<Token>& root = tree_.back()[0].token;
      if (!root) continue;
      done = root->end;
      if (!done) merged.push_back({root->coordinate, root->value});
      root.reset();
    }
  }

 private:
  struct Place {
    std::optional<Token> token;
    bool ended = false;  // has emitted its end of fiber
  };

  void deliver(size_t leaf) {
    const Fiber& fiber = (*fibers_)[leaf];
    const size_t i = sent_[leaf]++;
    leaves_[leaf].token =
        i == fiber.size() ? Token{0, Value{}, true} : Token{fiber[i].first, fiber[i].second, false};
  }

  bool enabled(size_t level, size_t n) const { return n << level < fibers_->size(); }

  void fire(size_t level, size_t n) {
    Place& node = tree_[level][n];
    if (!enabled(level + 1, n) || node.ended || node.token) return;
    Place& left = level == 0 ? leaves_[2 * n] : tree_[level - 1][2 * n];
    Place& right = level == 0 ? leaves_[2 * n + 1] : tree_[level - 1][2 * n + 1];
    const bool pass = !enabled(level, 2 * n + 1);
    if (!left.token || (!pass && !right.token)) return;  // waiting
    const bool left_ended = left.token->end, right_ended = pass || right.token->end;
    if (left_ended && right_ended) {
      node.token = Token{0, Value{}, true};
      node.ended = true;
    } else if (left_ended || right_ended) {
      ++forwards;
      take(node, left_ended ? right : left);
    } else {
      ++comparisons;
      const uint32_t l = left.token->coordinate, r = right.token->coordinate;
      if (l == r) {
        ++additions;
        node.token = Token{l, left.token->value + right.token->value, false};
        left.token.reset();
        right.token.reset();
      } else {
        take(node, l < r ? left : right);
      }
    }
  }

  static void take(Place& node, Place& side) {
    node.token = side.token;
    side.token.reset();
  }

  const std::vector<Fiber>* fibers_ = nullptr;
  std::vector<Place> leaves_;
  std::vector<size_t> sent_;
  std::vector<std::vector<Place>> tree_;
};

}  // namespace nonzero::hw::twin
