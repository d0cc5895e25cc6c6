#include "nonzero/tensor/attention_masks.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/base/memory.h"
#include "nonzero/base/progress.h"
#include "nonzero/base/suggest.h"
#include "nonzero/tensor/attention_mask_rows.h"
#include "nonzero/tensor/description_values.h"
#include "nonzero/tensor/diagonal.h"

namespace nonzero {
namespace {

using Values = DescriptionValues;

struct Kind {
  const char* name;
  std::vector<std::string> keys;
  MaskRows (*rows)(uint64_t n, const Values& values);
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"dense", {}, [](uint64_t n, const Values&) { return dense_rows(n); }},
      {"window",
       {"w"},
       [](uint64_t n, const Values& v) { return window_rows(n, v.whole("w", default_window(n))); }},
      {"dilated",
       {"w", "s"},
       [](uint64_t n, const Values& v) { return dilated_rows(n, v.whole("w"), v.whole("s")); }},
      {"strided", {"s"}, [](uint64_t n, const Values& v) { return strided_rows(n, v.whole("s")); }},
      {"longformer",
       {"window", "global"},
       [](uint64_t n, const Values& v) {
         return longformer_rows(n, v.whole("window"), v.whole("global", 1));
       }},
      {"longformer-block",
       {"b", "window_blocks", "global"},
       [](uint64_t n, const Values& v) {
         return longformer_block_rows(n, v.whole("b", 16), v.whole("window_blocks", 3),
                                      v.wholes("global", {0}));
       }},
      {"bigbird",
       {"b", "random", "window_blocks", "global", "seed"},
       [](uint64_t n, const Values& v) {
         return bigbird_rows(n, {v.whole("b", 16), v.whole("random", 1), v.whole("window_blocks", 3),
                                 v.whole("global", 1), v.whole("seed", 1)});
       }},
      {"fixed",
       {"b", "local"},
       [](uint64_t n, const Values& v) { return fixed_rows(n, v.whole("b", 16), v.whole("local", 4)); }},
      {"diagloc",
       {"rho", "phi", "w", "seed"},
       [](uint64_t n, const Values& v) {
         return diagloc_rows(
             n, {v.fraction("rho"), v.fraction("phi"), v.whole("w", default_window(n)), v.whole("seed", 1)});
       }},
  };
  return all;
}

std::vector<std::string> with_modifiers(std::vector<std::string> keys) {
  keys.insert(keys.end(), {"causal", "padding"});
  return keys;
}

const Kind& find_kind(const std::string& name) {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  throw InputError(fmt::format("unknown mask '{}'{}", name, did_you_mean(name, names)),
                   fmt::format("allowed: {}", fmt::join(names, ", ")), {"mask", 0});
}

void require_padding(uint64_t padding, uint64_t tokens) {
  if (padding > tokens)
    throw InputError(fmt::format("padding of {} of {} tokens", padding, tokens),
                     fmt::format("allowed: 0 to {}", tokens), {"mask", 0});
}

// The rows' runs in order, cut by the modifiers, each column once.
class Rows {
 public:
  Rows(const MaskRows& rows, uint64_t n, bool causal, uint64_t padding)
      : rows_(rows), real_(n - padding), causal_(causal) {}

  template <class Visit>  // visit(begin, end)
  void visit(uint64_t row, const Visit& visit) {
    if (row >= real_) return;
    runs_.clear();
    rows_.row(row, runs_);
    const auto before = [](const ColumnRun& a, const ColumnRun& b) { return a.begin < b.begin; };
    if (!std::is_sorted(runs_.begin(), runs_.end(), before)) std::sort(runs_.begin(), runs_.end(), before);
    const uint64_t limit = causal_ ? row + 1 : real_;
    uint64_t done = 0;
    for (const ColumnRun& run : runs_) {
      const uint64_t begin = std::max(run.begin, done), end = std::min(run.end, limit);
      if (begin >= end) continue;
      visit(begin, end);
      done = end;
    }
  }

 private:
  const MaskRows& rows_;
  ColumnRuns runs_;
  const uint64_t real_;
  const bool causal_;
};

void require_mask_memory(uint64_t n, double elements) {
  require_memory(8 * static_cast<double>(n) + 4 * elements, fmt::format("a mask of {} tokens", n));
}

// Stops at the first row beyond the machine's memory, or soon after it.
double count_elements(Rows& rows, uint64_t n) {
  double elements = 0, next_check = 0;
  for (uint64_t row = 0; row < n; ++row) {
    Progress::throw_if_stopped();
    rows.visit(row, [&](uint64_t begin, uint64_t end) { elements += static_cast<double>(end - begin); });
    if (elements < next_check) continue;
    require_mask_memory(n, elements);
    next_check = 2 * elements;
  }
  return elements;
}

Csr emit(const MaskRows& mask, uint64_t n, bool causal, uint64_t padding) {
  Rows rows(mask, n, causal, padding);
  const double elements = mask.elements > 0 ? mask.elements : count_elements(rows, n);
  require_mask_memory(n, elements);
  Csr csr{n, n, {0}, {}, {}};
  csr.offsets.reserve(n + 1);
  csr.indices.reserve(static_cast<size_t>(elements));
  for (uint64_t row = 0; row < n; ++row) {
    Progress::throw_if_stopped();
    rows.visit(row, [&](uint64_t begin, uint64_t end) {
      for (uint64_t column = begin; column < end; ++column)
        csr.indices.push_back(static_cast<uint32_t>(column));
    });
    csr.offsets.push_back(csr.indices.size());
  }
  return csr;
}

// The elements (row, column) that `keep` wants.
template <class Keep>
Csr filter(const Csr& csr, const Keep& keep) {
  Csr kept{csr.rows, csr.columns, {0}, {}, {}};
  kept.offsets.reserve(csr.rows + 1);
  for (uint64_t row = 0; row < csr.rows; ++row) {
    for (uint64_t e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e) {
      if (!keep(row, csr.indices[e])) continue;
      kept.indices.push_back(csr.indices[e]);
      if (!csr.values.empty()) kept.values.push_back(csr.values[e]);
    }
    kept.offsets.push_back(kept.indices.size());
  }
  return kept;
}

}  // namespace

Csr attention_mask(const std::string& description, uint64_t tokens) {
  if (tokens == 0 || tokens > uint64_t{1} << 31U)
    throw InputError(fmt::format("a mask of {} tokens", tokens), "allowed: 1 to 2^31", {"mask", 0});
  const size_t colon = std::min(description.find(':'), description.size());
  const Kind& kind = find_kind(description.substr(0, colon));
  Values values(kind.name, with_modifiers(kind.keys), "mask", {"causal"});
  if (colon < description.size()) values.read(std::string_view(description).substr(colon + 1));
  const uint64_t padding = values.whole("padding", 0);
  require_padding(padding, tokens);
  return emit(kind.rows(tokens, values), tokens, values.has("causal"), padding);
}

std::string with_mask_seed(const std::string& description, uint64_t seed) {
  const size_t colon = std::min(description.find(':'), description.size());
  const std::vector<std::string>& keys = find_kind(description.substr(0, colon)).keys;
  const std::string values = description.substr(std::min(colon + 1, description.size()));
  if (std::find(keys.begin(), keys.end(), "seed") == keys.end() ||
      ("," + values).find(",seed=") < values.size())
    return description;
  return fmt::format("{}{}seed={}", description,
                     values.empty() ? (colon < description.size() ? "" : ":") : ",", seed);
}

std::vector<MaskKind> attention_mask_kinds() {
  std::vector<MaskKind> all;
  for (const Kind& kind : kinds()) all.push_back({kind.name, with_modifiers(kind.keys)});
  return all;
}

Csr causal_mask(const Csr& mask) {
  return filter(mask, [](uint64_t row, uint64_t column) { return column <= row; });
}

Csr padded_mask(const Csr& mask, uint64_t padding) {
  require_padding(padding, mask.rows);
  const uint64_t tokens = mask.rows - padding;
  return filter(mask, [tokens](uint64_t row, uint64_t column) { return row < tokens && column < tokens; });
}

}  // namespace nonzero
