#include "nonzero/arch/asadi/views.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/arch/asadi/head.h"
#include "nonzero/base/math.h"
#include "nonzero/tensor/diagonal.h"
#include "nonzero/tensor/diagonal_picture.h"

namespace nonzero::asadi {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kMostBars = 256;

// Diagonals in bars of `step`; elements of a diagonal DI: n - |DI|.
Json density(const std::string& title, const Attention& attention, uint64_t window) {
  const uint64_t n = attention.tokens, diagonals = 2 * n - 1;
  const uint64_t step = ceil_div(diagonals, kMostBars);
  std::vector<double> filled(ceil_div(diagonals, step)), places(filled.size());
  uint64_t nnz = 0, within = 0;
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
  return {{"title", title},
          {"tokens", n},
          {"window", window},
          {"window_share", share},
          {"first", -static_cast<int64_t>(n - 1)},
          {"step", step},
          {"density", bars}};
}

Json grid_json(const DiagonalGrid& grid) {
  return {{"rows", grid.rows},         {"columns", grid.columns},
          {"row_step", grid.row_step}, {"column_step", grid.column_step},
          {"home", grid.home},         {"away", grid.away}};
}

}  // namespace

Json diagonals_view(const std::string& title, const Attention& attention, const Config& config,
                    uint64_t head) {
  const Csr& mask = attention.mask(head);
  const uint64_t window = window_of(mask, config);
  const DiagonalMatrix stored = to_diagonal(mask, diagonal_options(window, config));
  Json view = density(title, attention, window);
  view["head"] = head;
  view["nnz"] = mask.nnz();
  view["before"] = grid_json(grid_of_matrix(mask, window));
  view["after"] = grid_json(grid_of_diagonals(stored));
  view["diagonals"] = stored.diagonals.size();
  view["overflow"] = stored.overflow();
  view["moved"] = stored.grey();
  return Json::array({view});
}

}  // namespace nonzero::asadi
