#include "nonzero/hw/distribution/benes_search.h"

#include <limits>

namespace nonzero::hw {
namespace {

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
constexpr int kTriesPerSplit = 6;
constexpr int kTriesAtTop = 12;

}  // namespace

BenesSearch::BenesSearch(uint32_t lanes)
    : lanes_(lanes),
      random_(lanes),
      word_(lanes),
      middle_(lanes),
      scratch_(lanes),
      parent_(lanes),
      parity_(lanes),
      colour_(lanes),
      first_path_of_word_(lanes),
      words_in_(lanes),
      paths_out_(lanes) {
  order_.reserve(lanes);
  wishes_.reserve(size_t{4} * lanes);
}

std::optional<std::vector<uint32_t>> BenesSearch::run(std::span<const int32_t> source_of_lane) {
  random_ = Random(lanes_);
  order_.clear();
  for (uint32_t lane = 0; lane < lanes_; ++lane) {
    if (source_of_lane[lane] < 0) continue;
    word_[lane] = static_cast<uint32_t>(source_of_lane[lane]);
    order_.push_back(lane);
  }
  splits_ = 0;
  for (int attempt = 0; attempt < kTriesAtTop; ++attempt) {
    split_limit_ = splits_ + uint64_t{16} * lanes_;
    if (solve(0, static_cast<uint32_t>(order_.size()), lanes_)) return middle_;
  }
  return std::nullopt;
}

bool BenesSearch::solve(uint32_t begin, uint32_t end, uint32_t switches) {
  if (switches == 1 || begin == end) return true;
  const uint32_t half = switches / 2;
  for (int attempt = 0; attempt < kTriesPerSplit; ++attempt) {
    if (++splits_ > split_limit_ || !colour(begin, end, switches)) return false;
    uint32_t middle = begin, rest = 0;
    for (uint32_t i = begin; i < end; ++i) {
      const uint32_t path = order_[i];
      const bool lower = colour_[path] != 0;
      middle_[path] = lower ? middle_[path] | half : middle_[path] & ~half;
      if (lower)
        scratch_[rest++] = path;
      else
        order_[middle++] = path;
    }
    for (uint32_t i = 0; i < rest; ++i) order_[middle + i] = scratch_[i];
    if (solve(begin, middle, half) && solve(middle, end, half)) return true;
  }
  return false;
}

bool BenesSearch::colour(uint32_t begin, uint32_t end, uint32_t switches) {
  if (!add_needs(begin, end, switches)) return false;
  // Halves of one switch route anything their two links bring.
  if (switches > 2) add_wishes(begin, end, switches);
  const uint64_t salt = random_.bits();
  for (uint32_t i = begin; i < end; ++i) {
    const auto [root, differs] = find(order_[i]);
    colour_[order_[i]] = static_cast<uint8_t>((salt >> (root % 61) & 1) ^ (differs ? 1 : 0));
  }
  return true;
}

bool BenesSearch::add_needs(uint32_t begin, uint32_t end, uint32_t switches) {
  const uint32_t mask = switches - 1, half = switches / 2;
  for (uint32_t i = begin; i < end; ++i) {
    const uint32_t path = order_[i], in = word_[path] & mask, out = path & mask;
    parent_[path] = path;
    parity_[path] = 0;
    first_path_of_word_[word_[path]] = kNone;
    words_in_[in] = words_in_[in ^ half] = {kNone, kNone};
    paths_out_[out] = paths_out_[out ^ half] = {kNone, kNone};
  }
  for (uint32_t i = begin; i < end; ++i) {
    const uint32_t path = order_[i], word = word_[path];
    if (first_path_of_word_[word] == kNone) {
      first_path_of_word_[word] = path;
      auto& words = words_in_[word & mask];
      words[words[0] == kNone ? 0 : 1] = word;
    }
    auto& paths = paths_out_[path & mask];
    const uint32_t slot = paths[0] == kNone || word_[paths[0]] == word ? 0 : 1;
    if (paths[slot] == kNone) {
      paths[slot] = path;
    } else if (!unite(path, paths[slot], false)) {
      return false;
    }
  }
  for (uint32_t i = begin; i < end; ++i) {
    const uint32_t path = order_[i], word = word_[path], first = first_path_of_word_[word];
    const auto& paths = paths_out_[path & mask];
    if (paths[0] == path && paths[1] != kNone && !unite(path, paths[1], true)) return false;
    const auto& words = words_in_[word & mask];
    if (words[1] == kNone) continue;
    if (path != first) {
      if (!unite(path, first, false)) return false;
    } else if (words[0] == word && !unite(path, first_path_of_word_[words[1]], true)) {
      return false;
    }
  }
  return true;
}

void BenesSearch::add_wishes(uint32_t begin, uint32_t end, uint32_t switches) {
  const uint32_t mask = switches - 1, half = switches / 2;
  wishes_.clear();
  for (uint32_t i = begin; i < end; ++i) {
    const uint32_t path = order_[i], word = word_[path], first = first_path_of_word_[word];
    const auto& words = words_in_[word & mask];
    const auto& words_beside = words_in_[(word ^ half) & mask];
    if (words[1] == kNone && words_beside[0] != kNone) {
      if (path != first) {
        wishes_.push_back({path, first, false});
      } else if ((word & half) == 0 && words_beside[1] == kNone) {
        wishes_.push_back({path, first_path_of_word_[words_beside[0]], true});
      }
    }
    if ((path & half) != 0) continue;
    const auto& paths = paths_out_[path & mask];
    if (paths[0] != path && paths[1] != path) continue;
    const auto& paths_beside = paths_out_[(path ^ half) & mask];
    for (const uint32_t beside : paths_beside) {
      if (beside == kNone) continue;
      if (word_[beside] == word) {
        wishes_.push_back({path, beside, false});
      } else if (paths[1] == kNone && paths_beside[1] == kNone) {
        wishes_.push_back({path, beside, true});
      }
    }
  }
  for (uint32_t left = static_cast<uint32_t>(wishes_.size()); left > 0; --left) {
    Wish& drawn = wishes_[random_.below(left)];
    unite(drawn.a, drawn.b, drawn.differ);
    drawn = wishes_[left - 1];
  }
}

std::pair<uint32_t, bool> BenesSearch::find(uint32_t path) {
  bool differs = false;
  while (parent_[path] != path) {
    const uint32_t up = parent_[path];
    parity_[path] = static_cast<uint8_t>(parity_[path] ^ (parent_[up] != up ? parity_[up] : 0));
    parent_[path] = parent_[up];
    differs ^= parity_[path] != 0;
    path = parent_[path];
  }
  return {path, differs};
}

bool BenesSearch::unite(uint32_t a, uint32_t b, bool differ) {
  const auto [root_a, parity_a] = find(a);
  const auto [root_b, parity_b] = find(b);
  const bool flip = parity_a != parity_b;
  if (root_a == root_b) return flip == differ;
  parent_[root_a] = root_b;
  parity_[root_a] = static_cast<uint8_t>(flip != differ);
  return true;
}

}  // namespace nonzero::hw
