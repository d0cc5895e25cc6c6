#include "nonzero/arch/systolic/product.h"

#include <algorithm>

#include "nonzero/base/progress.h"
#include "nonzero/tensor/row_accumulator.h"

namespace nonzero::systolic {
namespace {

template <class Sum>
Product follow(const Csr& streaming, const Csr& stationary, const std::vector<Tile>& k_tiles) {
  Product product{streaming.rows, stationary.columns, {0}, {}, {}};
  product.offsets.reserve(streaming.rows + 1);
  RowAccumulator<Sum> row(stationary.columns);
  for (uint64_t step = 0; step < streaming.rows; ++step) {
    Progress::throw_if_stopped();
    uint64_t e = streaming.offsets[step];
    const uint64_t end = streaming.offsets[step + 1];
    // Only tiles that hold an element of this row: the others add zeros.
    for (auto tile = k_tiles.begin(); e < end && tile != k_tiles.end();) {
      tile = std::partition_point(tile, k_tiles.end(),
                                  [&](const Tile& t) { return t.end <= streaming.indices[e]; });
      if (tile == k_tiles.end()) break;
      for (; e < end && streaming.indices[e] < tile->begin; ++e) {
      }
      for (; e < end && streaming.indices[e] < tile->end; ++e) {
        const Sum word = static_cast<Sum>(streaming.values[e]);
        const uint32_t k = streaming.indices[e];
        for (uint64_t f = stationary.offsets[k]; f < stationary.offsets[k + 1]; ++f)
          row.add(stationary.indices[f], word * static_cast<Sum>(stationary.values[f]));
      }
      ++tile;
    }
    row.flush(product.indices, product.values);
    product.offsets.push_back(product.indices.size());
  }
  return product;
}

}  // namespace

std::vector<Tile> tiles(uint64_t extent, uint64_t side) {
  std::vector<Tile> all;
  for (uint64_t begin = 0; begin < extent; begin += side)
    all.push_back({begin, std::min(extent, begin + side)});
  return all;
}

Product follow_folds(const Csr& streaming, const Csr& stationary, const std::vector<Tile>& k_tiles,
                     bool integer) {
  return integer ? follow<double>(streaming, stationary, k_tiles)
                 : follow<float>(streaming, stationary, k_tiles);
}

}  // namespace nonzero::systolic
