#include "nonzero/arch/asadi/views.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/arch/asadi/head.h"
#include "nonzero/base/math.h"
#include "nonzero/tensor/diagonal.h"

namespace nonzero::asadi {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kMostBars = 256;

// Diagonals in bars of `step`; elements of a diagonal DI: n - |DI|.
Json density(const Result& result, const Attention& attention, const Config& config) {
  const uint64_t n = attention.tokens, diagonals = 2 * n - 1;
  const uint64_t step = ceil_div(diagonals, kMostBars);
  std::vector<double> filled(ceil_div(diagonals, step)), places(filled.size());
  uint64_t nnz = 0, within = 0;
  const uint64_t window = std::min(window_of(attention.mask(0), config), diagonals);
  for (const auto& mask : attention.masks) {
    const std::vector<uint64_t> profile = diagonal_profile(*mask);
    nnz += mask->nnz();
    within += elements_within(profile, window);
    for (uint64_t d = 0; d < diagonals; ++d) {
      filled[d / step] += static_cast<double>(profile[d]);
      places[d / step] += static_cast<double>(std::min(d + 1, diagonals - d));
    }
  }
  Json bars = Json::array();
  for (size_t i = 0; i < filled.size(); ++i) bars.push_back(filled[i] / places[i]);
  const double share = nnz > 0 ? static_cast<double>(within) / static_cast<double>(nnz) : 0;
  return {{"title", fmt::format("Density by diagonal, {}", result.operation)},
          {"tokens", n},
          {"window", window},
          {"window_share", share},
          {"first", -static_cast<int64_t>(n - 1)},
          {"step", step},
          {"density", bars}};
}

}  // namespace

void add_density_view(Result& result, const Attention& attention, const Config& config) {
  result.views.emplace_back("diagonal_density", density(result, attention, config));
}

}  // namespace nonzero::asadi
