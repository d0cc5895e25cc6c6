#pragma once

// SIGMA's sparsity controller as its section IV-E tells it, one element and one step at a time.

#include <map>
#include <set>
#include <tuple>

#include "nonzero/arch/sigma/mapping.h"

namespace nonzero::test {

// stationary: rows x K; streaming: K x steps.
inline sigma::Mapping slow_mapping(const Csr& stationary, const Csr& streaming, const sigma::Config& config) {
  const Dense stat = to_dense(stationary), str = to_dense(streaming);
  const uint64_t p = config.multipliers(), lanes = static_cast<uint64_t>(config.multipliers_per_dpe);
  const bool limited = config.limits_streaming();
  const uint64_t words = limited ? static_cast<uint64_t>(config.stream_words) : 0;
  const bool slabs = limited && config.packing == sigma::Packing::kSlab;
  const uint64_t width = slabs ? std::min(words, stat.columns) : stat.columns;

  std::vector<bool> regor(stat.columns);
  for (uint64_t k = 0; k < stat.columns; ++k)
    for (uint64_t n = 0; n < str.columns; ++n) regor[k] = regor[k] || str.at(k, n) != 0;

  sigma::Mapping mapping;
  mapping.multipliers = p;
  mapping.lanes_per_dpe = lanes;
  mapping.steps = str.columns;
  std::set<uint64_t> rows_mapped;
  for (uint64_t begin = 0; begin < stat.columns; begin += width) {
    std::vector<std::pair<uint64_t, uint64_t>> elements;  // (row, k) in load order
    for (uint64_t m = 0; m < stat.rows; ++m)
      for (uint64_t k = begin; k < std::min(stat.columns, begin + width); ++k)
        if (stat.at(m, k) != 0 && regor[k]) elements.emplace_back(m, k);
    mapping.slab_ones.push_back(elements.size());
    mapping.ones += elements.size();
    for (uint64_t first = 0; first < elements.size(); first += p) {
      const uint64_t last = std::min<uint64_t>(elements.size(), first + p);
      std::set<std::pair<uint64_t, uint64_t>> groups;  // (Flex-DPE, row)
      for (uint64_t e = first; e < last; ++e) {
        groups.insert({(e - first) / lanes, elements[e].first});
        rows_mapped.insert(elements[e].first);
      }
      mapping.segments += groups.size();
      for (uint64_t n = 0; n < str.columns; ++n) {
        std::set<uint64_t> distinct;
        for (uint64_t e = first; e < last; ++e) {
          if (str.at(elements[e].second, n) == 0) continue;
          ++mapping.useful;
          distinct.insert(elements[e].second);
        }
        mapping.streamed_words += distinct.size();
        if (limited && !slabs && distinct.size() > words)
          mapping.stall_steps += (distinct.size() + words - 1) / words - 1;
      }
    }
  }
  mapping.rows_mapped = rows_mapped.size();
  return mapping;
}

}  // namespace nonzero::test
