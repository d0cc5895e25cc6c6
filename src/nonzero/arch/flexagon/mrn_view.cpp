#include "nonzero/arch/flexagon/mrn_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <stdexcept>

#include "nonzero/arch/flexagon/dispatch.h"
#include "nonzero/base/error.h"
#include "nonzero/hw/reduction/mrn.h"

namespace nonzero::flexagon {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostFibersDrawn = 8;
constexpr uint32_t kMostStepsDrawn = 48;

struct Token {
  uint32_t coordinate = 0;
  double value = 0;
  bool end = false;
};

// A stream of one row's elements: what a leaf reads, or the register between a node and its parent.
struct Stream {
  uint32_t cluster = 0;
  std::optional<Token> token;
};

struct Node {
  std::vector<Stream*> inputs;                   // none: OFF; one: PASS; two: CMP of one row, SPLIT of two
  Stream out;                                    // goes up
  bool drops_left = false, drops_right = false;  // SPLIT: that row leaves here
  bool done_left = false, done_right = false;    // end of fiber has left, by stream
  bool complete = false;                         // what comes out has nowhere higher to go
  const char* did = "";

  [[nodiscard]] bool split() const { return inputs.size() == 2 && inputs[0]->cluster != inputs[1]->cluster; }
  [[nodiscard]] const char* mode() const {
    if (inputs.empty()) return "OFF";
    if (inputs.size() == 1) return "PASS";
    return split() ? "SPLIT" : "CMP";
  }
};

// Nodes as hw::MergeCounts describes them, each with one register; where a row leaves is the router's say.
class Walk {
 public:
  Walk(const std::vector<MrnFiber>& fibers, uint32_t leaves) : fibers_(fibers), leaves_(leaves) {
    std::vector<uint32_t> sizes;
    for (size_t i = 0; i < fibers.size(); ++i) {
      if (i == 0 || fibers[i].row != fibers[i - 1].row) {
        for (const uint64_t row : rows_)
          if (row == fibers[i].row)
            throw InputError(fmt::format("fibers of row {} stand apart at the leaves", row),
                             "side by side, so that one part of the tree merges them");
        rows_.push_back(fibers[i].row);
        sizes.push_back(0);
      }
      ++sizes.back();
    }
    route_ = hw::Mrn(leaves, leaves).route(sizes);
    build();
  }

  [[nodiscard]] bool finished() const { return ended_ == rows_.size(); }
  [[nodiscard]] const std::vector<size_t>& read() const { return read_; }

  Json step(uint32_t cycle) {
    emitted_ = Json::array();
    for (size_t leaf = 0; leaf < fibers_.size(); ++leaf) deliver(leaf);
    // The root first: a register that its parent empties is filled again in the same cycle.
    for (size_t level = tree_.size(); level-- > 0;)
      for (Node& node : tree_[level]) fire(node);
    return {{"cycle", cycle}, {"read", taken()}, {"nodes", nodes()}, {"emitted", emitted_}};
  }

 private:
  void build() {
    uint32_t cluster = 0;
    ports_.resize(leaves_);
    read_.resize(fibers_.size());
    for (size_t i = 0; i < fibers_.size(); ++i) {
      if (i > 0 && fibers_[i].row != fibers_[i - 1].row) ++cluster;
      ports_[i].cluster = cluster;
    }
    std::vector<Stream*> below(leaves_, nullptr);
    for (size_t i = 0; i < fibers_.size(); ++i) below[i] = &ports_[i];
    for (uint32_t level = 1; below.size() > 1; ++level) {
      std::deque<Node>& nodes = tree_.emplace_back(below.size() / 2);
      std::vector<Stream*> above(nodes.size(), nullptr);
      for (size_t n = 0; n < nodes.size(); ++n) {
        for (Stream* input : {below[2 * n], below[2 * n + 1]})
          if (input != nullptr) nodes[n].inputs.push_back(input);
        above[n] = connect(nodes[n], level);
      }
      below = std::move(above);
    }
  }

  [[nodiscard]] bool leaves_at(uint32_t cluster, uint32_t level) const {
    return route_.clusters[cluster].level == level;
  }

  // What the node sends up, if anything.
  Stream* connect(Node& node, uint32_t level) {
    if (node.inputs.empty()) return nullptr;
    if (!node.split()) {
      node.out.cluster = node.inputs[0]->cluster;
      node.complete = leaves_at(node.out.cluster, level);
      return node.complete ? nullptr : &node.out;
    }
    node.drops_left = leaves_at(node.inputs[0]->cluster, level);
    node.drops_right = leaves_at(node.inputs[1]->cluster, level);
    if (!node.drops_left && !node.drops_right)
      throw std::logic_error(fmt::format("MRN: two rows go up from one node of level {}", level));
    if (node.drops_left && node.drops_right) return nullptr;
    node.out.cluster = node.inputs[node.drops_left ? 1 : 0]->cluster;
    return &node.out;
  }

  void deliver(size_t leaf) {
    Stream& port = ports_[leaf];
    const MrnFiber& fiber = fibers_[leaf];
    if (port.token || read_[leaf] > fiber.coordinates.size()) return;
    const size_t i = read_[leaf]++;
    if (i == fiber.coordinates.size())
      port.token = Token{0, 0, true};
    else
      port.token = Token{fiber.coordinates[i], fiber.values.empty() ? 0 : fiber.values[i], false};
  }

  // Elements of each fiber that its leaf's node has taken.
  [[nodiscard]] Json taken() const {
    Json all = Json::array();
    for (size_t leaf = 0; leaf < fibers_.size(); ++leaf) {
      const size_t waiting = ports_[leaf].token ? 1 : 0;
      all.push_back(std::min(read_[leaf] - waiting, fibers_[leaf].coordinates.size()));
    }
    return all;
  }

  void fire(Node& node) {
    node.did = "";
    if (node.inputs.empty()) return;
    if (node.split()) return divide(node);
    if (node.done_left || node.out.token) {
      if (!node.done_left) node.did = "wait";
      return;
    }
    Stream& left = *node.inputs.front();
    Stream& right = *node.inputs.back();
    if (!left.token || !right.token) {
      node.did = "wait";
      return;
    }
    node.out.token = merge(node, left, right);
    node.done_left = node.out.token->end;
    if (node.complete) emit(node.out);
  }

  static Token merge(Node& node, Stream& left, Stream& right) {
    const bool alone = &left == &right;
    const Token l = *left.token, r = *right.token;
    if (l.end && r.end) {
      node.did = "end";
      return l;
    }
    if (alone || l.end || r.end) {
      node.did = "forward";
      return take(l.end ? right : left);
    }
    if (l.coordinate != r.coordinate) {
      node.did = "smaller";
      return take(l.coordinate < r.coordinate ? left : right);
    }
    node.did = "sum";
    left.token.reset();
    right.token.reset();
    return {l.coordinate, l.value + r.value, false};
  }

  static Token take(Stream& from) {
    const Token token = *from.token;
    from.token.reset();
    return token;
  }

  // Two rows: one leaves here, the other goes up; neither waits for the other.
  void divide(Node& node) {
    const auto pass = [&](Stream& input, bool drops, bool& done) {
      if (done || !input.token || (!drops && node.out.token)) return;
      done = input.token->end;
      if (!done || *node.did == '\0') node.did = done ? "end" : "forward";
      if (drops) {
        emit(input);
      } else {
        node.out.token = take(input);
      }
    };
    pass(*node.inputs[0], node.drops_left, node.done_left);
    pass(*node.inputs[1], node.drops_right, node.done_right);
    if (*node.did == '\0' && !(node.done_left && node.done_right)) node.did = "wait";
  }

  void emit(Stream& from) {
    const Token token = take(from);
    if (token.end) {
      ++ended_;
      return;
    }
    const hw::MrnCluster& place = route_.clusters[from.cluster];
    Json element = {{"row", rows_[from.cluster]},
                    {"level", place.level},
                    {"index", place.node},
                    {"coordinate", token.coordinate}};
    if (has_values()) element["value"] = token.value;
    emitted_.push_back(std::move(element));
  }

  [[nodiscard]] bool has_values() const {
    return std::all_of(fibers_.begin(), fibers_.end(),
                       [](const MrnFiber& fiber) { return fiber.values.size() == fiber.coordinates.size(); });
  }

  [[nodiscard]] Json nodes() const {
    Json all = Json::array();
    for (size_t level = 0; level < tree_.size(); ++level) {
      for (size_t n = 0; n < tree_[level].size(); ++n) {
        const Node& node = tree_[level][n];
        Json one = {{"level", level + 1},
                    {"index", n},
                    {"mode", node.mode()},
                    {"did", node.did},
                    {"held", node.out.token.has_value()}};
        if (node.out.token && !node.out.token->end) {
          one["row"] = rows_[node.out.cluster];
          one["coordinate"] = node.out.token->coordinate;
          if (has_values()) one["value"] = node.out.token->value;
        }
        all.push_back(std::move(one));
      }
    }
    return all;
  }

  const std::vector<MrnFiber>& fibers_;
  uint32_t leaves_;
  std::vector<uint64_t> rows_;  // by cluster
  hw::MrnRoute route_;
  std::vector<Stream> ports_;
  std::vector<size_t> read_;  // tokens delivered, the end of fiber included
  std::deque<std::deque<Node>> tree_;
  Json emitted_;
  size_t ended_ = 0;
};

Json fiber_json(const MrnFiber& fiber, size_t shown) {
  const size_t count = std::min(shown, fiber.coordinates.size());
  const auto end = static_cast<std::ptrdiff_t>(count);
  Json j = {{"row", fiber.row}, {"k", fiber.k}, {"length", fiber.coordinates.size()}};
  j["coordinates"] = std::vector<uint32_t>(fiber.coordinates.begin(), fiber.coordinates.begin() + end);
  if (!fiber.values.empty() || fiber.coordinates.empty())
    j["values"] =
        std::vector<double>(fiber.values.begin(), fiber.values.begin() + (fiber.values.empty() ? 0 : end));
  return j;
}

// Products of one stationary element with the row of the streaming operand that it meets.
MrnFiber partial_fiber(const Sides& by_rows, uint64_t row, size_t element) {
  const Csr &sta = *by_rows.stationary, &str = *by_rows.streaming;
  MrnFiber fiber;
  fiber.row = row;
  fiber.k = sta.indices[element];
  const auto met = str.fiber(fiber.k);
  fiber.coordinates.assign(met.begin(), met.end());
  if (sta.values.empty() || str.values.empty()) return fiber;
  for (const float value : str.fiber_values(fiber.k))
    fiber.values.push_back(static_cast<double>(sta.values[element]) * static_cast<double>(value));
  return fiber;
}

}  // namespace

nlohmann::ordered_json mrn_walk(const std::string& title, const std::string& note, const char* outermost,
                                const std::vector<MrnFiber>& fibers, uint32_t most_steps) {
  if (fibers.empty() || fibers.size() > 64)
    throw InputError(fmt::format("{} fibers for a picture of the network", fibers.size()), "1 to 64");
  const uint32_t leaves = std::max(2u, std::bit_ceil(static_cast<uint32_t>(fibers.size())));
  Walk walk(fibers, leaves);
  Json steps = Json::array();
  uint32_t cycle = 0;
  while (!walk.finished() && cycle < most_steps) steps.push_back(walk.step(++cycle));
  Json view = {{"title", title},
               {"note", note},
               {"outermost", outermost},
               {"leaves", leaves},
               {"levels", std::bit_width(leaves) - 1},
               {"finished", walk.finished()}};
  view["fibers"] = Json::array();
  for (size_t i = 0; i < fibers.size(); ++i)
    view["fibers"].push_back(fiber_json(fibers[i], walk.read()[i] + 2));
  view["steps"] = std::move(steps);
  return view;
}

std::optional<nlohmann::ordered_json> mrn_view(OperandPair& operands, Dataflow dataflow,
                                               const Config& config) {
  if (method(dataflow) == Method::kInner || config.rn_type == RnType::kFan) return std::nullopt;
  const Sides by_rows = sides_by_rows(operands, dataflow);
  const Csr &sta = *by_rows.stationary, &str = *by_rows.streaming;
  const size_t most = std::min<size_t>(kMostFibersDrawn, config.lanes());
  for (uint64_t row = 0; row < sta.rows; ++row) {
    std::vector<size_t> elements;
    for (size_t e = sta.offsets[row]; e < sta.offsets[row + 1] && elements.size() <= most; ++e)
      if (!str.fiber(sta.indices[e]).empty()) elements.push_back(e);
    if (elements.size() < 2) continue;
    if (elements.size() > most) return std::nullopt;
    std::vector<MrnFiber> fibers;
    fibers.reserve(elements.size());
    for (const size_t e : elements) fibers.push_back(partial_fiber(by_rows, row, e));
    const char* outermost = n_stationary(dataflow) ? "column" : "row";
    return mrn_walk(
        fmt::format("{} {} of C, {}", n_stationary(dataflow) ? "Column" : "Row", row, title(dataflow)),
        fmt::format("The first {} that this dataflow merges.", outermost), outermost, fibers,
        kMostStepsDrawn);
  }
  return std::nullopt;
}

const nlohmann::ordered_json& mrn_walk_through() {
  // A(0,1) = 2, A(1,0) = 3, A(1,2) = 5, A(1,3) = 7; B all ones with rows {1,2}, {0,2}, {0}, {0,1,2}.
  static const Json both = [] {
    const MrnFiber k0{1, 0, {1, 2}, {3, 3}}, k1{0, 1, {0, 2}, {2, 2}}, k2{1, 2, {0}, {5}},
        k3{1, 3, {0, 1, 2}, {7, 7, 7}};
    Json walks = Json::array();
    walks.push_back(
        mrn_walk("Row 1, outer product",
                 "The paper's walk-through matrices: after all tiles, row 1 is merged out of the PSRAM.",
                 "row", {k0, k2, k3}, kMostStepsDrawn));
    walks.push_back(
        mrn_walk("Both rows, Gustavson",
                 "The paper's walk-through matrices: the multipliers' products are merged as they "
                 "come, each row of A in its own part of the tree.",
                 "row", {k1, k0, k2, k3}, kMostStepsDrawn));
    return walks;
  }();
  return both;
}

void add_mrn_views(Result& result, OperandPair& operands, Dataflow dataflow, const Config& config) {
  if (config.rn_type == RnType::kFan) return;
  if (auto view = mrn_view(operands, dataflow, config)) result.views.emplace_back("mrn", *std::move(view));
  result.views.emplace_back("mrn_example", mrn_walk_through());
}

}  // namespace nonzero::flexagon
