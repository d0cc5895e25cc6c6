#include "nonzero/hw/reduction/art.h"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/reduction/steps.h"

namespace nonzero::hw {
namespace {

// A partial sum on its way: `operand` as in ReductionStep, `lanes` how many products it holds.
struct Item {
  int32_t group;
  uint32_t operand;
  uint32_t lanes;
};
using Slot = std::optional<Item>;

// What a node holds. A lone item, or the sum of two, is `left` and `right` empty.
struct Held {
  Slot left, right;

  Slot& rightmost() { return right ? right : left; }
};

class Router {
 public:
  explicit Router(ArtPlan& plan) : plan_(plan) {}

  // One level: items of the level below in, items that go up out.
  std::vector<Slot> level(const std::vector<Slot>& below) {
    const size_t count = below.size() / 2;
    auto& nodes = plan_.levels.emplace_back(count);
    std::vector<Held> held(count);
    for (size_t i = 0; i < count; ++i) {
      if (below[2 * i]) nodes[i].left = below[2 * i]->group;
      if (below[2 * i + 1]) nodes[i].right = below[2 * i + 1]->group;
      held[i] = join(nodes[i], below[2 * i], below[2 * i + 1]);
      drop(held[i], i);
    }
    for (size_t a = 1; a + 1 < count; a += 2)
      exchange(nodes[a], held[a], a, nodes[a + 1], held[a + 1], a + 1);

    std::vector<Slot> up(count);
    for (size_t i = 0; i < count; ++i) {
      if (held[i].left && held[i].right)
        throw std::logic_error(fmt::format("an ART node holds two groups at level {}", plan_.levels.size()));
      up[i] = held[i].left ? held[i].left : held[i].right;
      nodes[i].up = up[i] ? up[i]->group : -1;
      nodes[i].mode = mode(nodes[i]);
    }
    return up;
  }

 private:
  Item add(ArtNode& node, const Item& left, const Item& right) {
    ++node.additions;
    plan_.steps.push_back({left.operand, right.operand});
    return {left.group, plan_.lanes + static_cast<uint32_t>(plan_.steps.size()) - 1,
            left.lanes + right.lanes};
  }

  Held join(ArtNode& node, const Slot& left, const Slot& right) {
    if (left && right && left->group == right->group) return {add(node, *left, *right), std::nullopt};
    if (!left) return {right, std::nullopt};
    return {left, right};
  }

  void exchange(ArtNode& node_a, Held& a, size_t index_a, ArtNode& node_b, Held& b, size_t index_b) {
    Slot& from_a = a.rightmost();
    Slot& from_b = b.left ? b.left : b.right;
    if (!from_a || !from_b || from_a->group != from_b->group) return;
    if (a.left && a.right) {
      from_b = add(node_b, *from_a, *from_b);
      from_a.reset();
      node_a.sends_sideways = node_b.receives_sideways = true;
      drop(b, index_b);
    } else if (b.left && b.right) {
      from_a = add(node_a, *from_a, *from_b);
      from_b.reset();
      node_b.sends_sideways = node_a.receives_sideways = true;
      drop(a, index_a);
    }
  }

  void drop(Held& held, size_t node) {
    for (Slot* slot : {&held.left, &held.right}) {
      if (!*slot) continue;
      const auto group = static_cast<size_t>((*slot)->group);
      if ((*slot)->lanes != plan_.groups[group].lanes.size()) continue;
      plan_.groups[group].latency = static_cast<uint32_t>(plan_.levels.size());
      plan_.groups[group].node = static_cast<uint32_t>(node);
      plan_.sum_of_group[group] = (*slot)->operand;
      slot->reset();
    }
  }

  static ArtNode::Mode mode(const ArtNode& node) {
    using Mode = ArtNode::Mode;
    if (node.additions == 2) return Mode::kAdd3;
    if (node.additions == 1)
      return node.sends_sideways || (node.left >= 0 && node.right >= 0 && node.left != node.right)
                 ? Mode::kAddAndSide
                 : Mode::kAdd;
    if (node.sends_sideways) return Mode::kSide;
    return node.left >= 0 || node.right >= 0 ? Mode::kPass : Mode::kOff;
  }

  ArtPlan& plan_;
};

}  // namespace

Art::Art(uint32_t lanes) : lanes_(lanes) { check_reduction_lanes(lanes, "an ART"); }

uint32_t Art::drain_cycles() const { return ceil_log2(lanes_); }

uint64_t Art::three_input_adders() const {
  uint64_t nodes = 0;
  for (uint64_t width = lanes_ / 2; width >= 2; width /= 2) nodes += width - 2;
  return nodes;
}

uint64_t Art::two_input_adders() const { return lanes_ - 1 - three_input_adders(); }

ArtPlan Art::plan(std::span<const int32_t> vec_id) const {
  if (vec_id.size() != lanes_)
    throw InputError(fmt::format("{} group ids for an ART of {} lanes", vec_id.size(), lanes_));
  ArtPlan plan;
  plan.lanes = lanes_;
  std::vector<Slot> items(lanes_);
  for (const LaneGroup& lanes : contiguous_groups(vec_id, "an ART")) {
    for (uint32_t lane = lanes.first; lane <= lanes.last; ++lane)
      items[lane] = Item{static_cast<int32_t>(plan.groups.size()), lane, 1};
    plan.groups.push_back({lanes, 0, 0});
  }
  plan.sum_of_group.resize(plan.groups.size());
  Router router(plan);
  while (items.size() > 1) items = router.level(items);
  return plan;
}

std::vector<float> Art::reduce(const ArtPlan& plan, std::span<const float> products) {
  return follow_steps(plan.lanes, plan.steps, plan.sum_of_group, products, "an ART");
}

ArtActivity Art::activity(const ArtPlan& plan) {
  ArtActivity activity;
  for (const auto& level : plan.levels) {
    for (const ArtNode& node : level) {
      activity.additions += node.additions;
      activity.three_input_additions += node.additions == 2;
      activity.lateral_links += node.sends_sideways;
    }
  }
  return activity;
}

}  // namespace nonzero::hw
