#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <vector>

namespace nonzero::hw::twin {

// A value on a wire: the float, and which lanes' products are in it.
struct Token {
  int32_t group;
  float value;
  std::vector<uint32_t> lanes;
};

inline Token add(const Token& left, const Token& right) {
  Token sum{left.group, left.value + right.value, left.lanes};
  sum.lanes.insert(sum.lanes.end(), right.lanes.begin(), right.lanes.end());
  return sum;
}

struct Emission {
  uint32_t cycle, place;
  Token token;
};

using Emissions = std::map<int32_t, Emission>;  // by group id

inline std::map<int32_t, std::vector<uint32_t>> lanes_by_group(const std::vector<int32_t>& vec) {
  std::map<int32_t, std::vector<uint32_t>> lanes;
  for (uint32_t i = 0; i < vec.size(); ++i)
    if (vec[i] >= 0) lanes[vec[i]].push_back(i);
  return lanes;
}

inline void emit(Emissions& emissions, uint32_t cycle, uint32_t place, const Token& token) {
  if (!emissions.insert({token.group, {cycle, place, token}}).second)
    throw std::logic_error("a group left twice");
}

// FAN, one level per cycle, an adder choosing among its links by comparing lanes' ids only. A sum leaves
// when it holds its whole group.
class Fan {
 public:
  uint64_t additions = 0, forwarded = 0, bypassed = 0;

  static uint32_t level(uint32_t adder) {
    uint32_t ones = 0;
    for (; (adder & 1) != 0; adder >>= 1) ++ones;
    return ones;
  }

  Emissions run(const std::vector<int32_t>& vec, const std::vector<float>& products) {
    const auto lanes = static_cast<uint32_t>(vec.size());
    const auto groups = lanes_by_group(vec);
    Emissions emissions;
    std::vector<std::optional<Token>> output(lanes - 1);
    uint32_t levels = 0;
    for (uint32_t width = lanes; width > 1; width /= 2) ++levels;

    for (uint32_t cycle = 1; cycle <= levels; ++cycle) {
      for (uint32_t i = 0; i < lanes; ++i) {
        const bool last_lane = i == lanes - 1;
        if ((last_lane ? levels - 1 : level(i)) != cycle - 1) continue;
        const auto lane = [&](uint32_t j) { return Token{vec[j], products[j], {j}}; };
        if (vec[i] >= 0 && groups.at(vec[i]).size() == 1) {
          emit(emissions, cycle, i, lane(i));
          ++bypassed;
        }
        if (last_lane || vec[i] < 0 || vec[i] != vec[i + 1]) continue;

        std::optional<Token> left, right;
        for (uint32_t k = level(i); k >= 1 && !left; --k) {
          const uint32_t neighbour = i - (1U << (k - 1));
          if (vec[neighbour] != vec[i]) continue;
          left = output[neighbour];
          if (k < level(i)) ++forwarded;
        }
        for (uint32_t k = level(i); k >= 1 && !right; --k) {
          const uint32_t neighbour = i + (1U << (k - 1));
          if (vec[neighbour + 1] != vec[i + 1]) continue;
          right = output[neighbour];
          if (k < level(i)) ++forwarded;
        }
        for (auto [operand, own] : {std::pair{&left, i}, std::pair{&right, i + 1}}) {
          if (*operand) continue;
          *operand = lane(own);
          if (level(i) > 0) ++bypassed;
          if (level(i) > 1) ++forwarded;
        }
        output[i] = add(*left, *right);
        ++additions;
        if (output[i]->lanes == groups.at(vec[i])) emit(emissions, cycle, i, *output[i]);
      }
    }
    return emissions;
  }
};

// ART, one level per cycle. A node's inputs are what three links bring; a link holds one token.
class Art {
 public:
  uint64_t additions = 0, sideways = 0;

  Emissions run(const std::vector<int32_t>& vec, const std::vector<float>& products) {
    const auto groups = lanes_by_group(vec);
    Emissions emissions;
    std::vector<std::vector<Token>> up(vec.size());  // per link: no token or one
    for (uint32_t i = 0; i < vec.size(); ++i)
      if (vec[i] >= 0) up[i].push_back({vec[i], products[i], {i}});

    for (uint32_t cycle = 1; up.size() > 1; ++cycle) {
      std::vector<std::vector<Token>> nodes(up.size() / 2);
      const auto settle = [&](uint32_t i) {
        auto& node = nodes[i];
        if (node.size() == 2 && node[0].group == node[1].group) {
          node = {add(node[0], node[1])};
          ++additions;
        }
        for (size_t t = node.size(); t-- > 0;) {
          if (node[t].lanes != groups.at(node[t].group)) continue;
          emit(emissions, cycle, i, node[t]);
          node.erase(node.begin() + static_cast<std::ptrdiff_t>(t));
        }
      };
      for (uint32_t i = 0; i < nodes.size(); ++i) {
        for (const uint32_t child : {2 * i, 2 * i + 1})
          nodes[i].insert(nodes[i].end(), up[child].begin(), up[child].end());
        settle(i);
      }
      for (uint32_t a = 1; a + 1 < nodes.size(); a += 2) {
        auto &left = nodes[a], &right = nodes[a + 1];
        if (left.empty() || right.empty() || left.back().group != right.front().group) continue;
        if (left.size() == 2) {
          right.front() = add(left.back(), right.front());
          left.pop_back();
        } else if (right.size() == 2) {
          left.back() = add(left.back(), right.front());
          right.erase(right.begin());
        } else {
          continue;
        }
        ++additions;
        ++sideways;
        settle(a);
        settle(a + 1);
      }
      for (const auto& node : nodes)
        if (node.size() > 1) throw std::logic_error("two tokens on one link");
      up = std::move(nodes);
    }
    if (!up[0].empty()) throw std::logic_error("a token is left at the root");
    return emissions;
  }
};

// The chain: in cycle t lane t-1 takes what its predecessor passed on in the cycle before.
class Linear {
 public:
  static Emissions run(const std::vector<int32_t>& vec, const std::vector<float>& products) {
    const auto groups = lanes_by_group(vec);
    Emissions emissions;
    std::optional<Token> passed;
    for (uint32_t cycle = 1; cycle <= vec.size(); ++cycle) {
      const uint32_t lane = cycle - 1;
      std::optional<Token> out;
      if (vec[lane] >= 0) {
        const Token own{vec[lane], products[lane], {lane}};
        out = passed && passed->group == own.group ? add(*passed, own) : own;
        if (out->lanes == groups.at(vec[lane])) emit(emissions, cycle, lane, *out);
      }
      passed = out;
    }
    return emissions;
  }
};

}  // namespace nonzero::hw::twin
