#include "nonzero/tensor/worker_matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "nonzero/base/error.h"
#include "support/matrices.h"
#include "support/tiles.h"

namespace nonzero {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Tiles of 2 x 2; those of the second column and first row are hot.
struct Example {
  Csr csr = test::draw({"1 2 3",  //
                        ". 4 .",  //
                        "5 . 6"});
  TiledMatrix tiled = tile_matrix(csr, {3, 3, 2, 2});
  std::vector<TileType> of_tile{TileType::cold, TileType::hot, TileType::cold, TileType::cold};

  [[nodiscard]] WorkerMatrix part(TileType type, TileFormat format, TileTraversal order) const {
    return worker_matrix(csr, tiled, of_tile, type, format, order);
  }
};

TEST(WorkerMatrix, untiled_parts_go_row_by_row_over_all_tiles_of_their_type) {
  const Example example;
  const WorkerMatrix coo = example.part(TileType::cold, TileFormat::coo, TileTraversal::untiled);
  EXPECT_THAT(coo.tiles, IsEmpty());
  EXPECT_THAT(coo.rows, ElementsAre(0, 0, 1, 2, 2));
  EXPECT_THAT(coo.columns, ElementsAre(0, 1, 1, 0, 2));
  EXPECT_THAT(coo.values, ElementsAre(1, 2, 4, 5, 6));
  const WorkerMatrix csr = example.part(TileType::hot, TileFormat::csr, TileTraversal::untiled);
  EXPECT_THAT(csr.rows, ElementsAre(1, 0, 0));
  EXPECT_THAT(csr.columns, ElementsAre(2));
}

TEST(WorkerMatrix, tiled_parts_go_tile_by_tile_and_lengths_count_each_row_of_a_tile) {
  const Example example;
  const WorkerMatrix all = worker_matrix(example.csr, example.tiled, TileFormat::coo, TileTraversal::tiled);
  EXPECT_THAT(all.tiles, ElementsAre(WorkerTile{0, 0, 0}, WorkerTile{0, 1, 3}, WorkerTile{1, 0, 4},
                                     WorkerTile{1, 1, 5}));
  EXPECT_THAT(all.rows, ElementsAre(0, 0, 1, 0, 2, 2));
  EXPECT_THAT(all.values, ElementsAre(1, 2, 4, 3, 5, 6));
  const WorkerMatrix cold = example.part(TileType::cold, TileFormat::csr, TileTraversal::tiled);
  EXPECT_THAT(cold.tiles, ElementsAre(WorkerTile{0, 0, 0}, WorkerTile{1, 0, 3}, WorkerTile{1, 1, 4}));
  EXPECT_THAT(cold.rows, ElementsAre(2, 1, 1, 1));  // heights 2, 1, 1
}

RC_GTEST_PROP(WorkerMatrix, both_parts_together_hold_each_element_once_and_read_back, ()) {
  const auto rows = *rc::gen::inRange<uint64_t>(0, 50), columns = *rc::gen::inRange<uint64_t>(0, 50);
  Csr csr =
      test::scattered(rows, columns, *rc::gen::inRange<uint64_t>(0, 300), *rc::gen::arbitrary<uint64_t>());
  if (*rc::gen::arbitrary<bool>()) {
    csr.values.resize(csr.nnz());
    std::iota(csr.values.begin(), csr.values.end(), 1.0F);
  }
  const TiledMatrix tiled = tile_matrix(
      csr, {rows, columns, *rc::gen::inRange<uint64_t>(1, 60), *rc::gen::inRange<uint64_t>(1, 60)});
  std::vector<TileType> of_tile;
  for (size_t t = 0; t < tiled.tiles.size(); ++t)
    of_tile.push_back(*rc::gen::element(TileType::hot, TileType::cold));
  for (const TileFormat format : {TileFormat::coo, TileFormat::csr})
    for (const TileTraversal order : {TileTraversal::tiled, TileTraversal::untiled}) {
      RC_ASSERT(to_csr(worker_matrix(csr, tiled, format, order)) == csr);
      Coo parts{rows, columns, {}, {}, {}};
      uint64_t nnz = 0;
      for (const TileType type : {TileType::hot, TileType::cold}) {
        const WorkerMatrix part = worker_matrix(csr, tiled, of_tile, type, format, order);
        validate(part, "part");
        nnz += part.nnz();
        const Csr back = to_csr(part);
        uint64_t e = 0;
        for (uint64_t row = 0; row < rows; ++row)
          for (const uint32_t column : back.fiber(row)) {
            const auto whole = csr.fiber(row);
            const auto at = std::lower_bound(whole.begin(), whole.end(), column);
            RC_ASSERT(at != whole.end());
            RC_ASSERT(*at == column);
            if (!csr.values.empty())
              RC_ASSERT(back.values[e] == csr.fiber_values(row)[static_cast<size_t>(at - whole.begin())]);
            ++e;
          }
      }
      RC_ASSERT(nnz == csr.nnz());
    }
}

TEST(WorkerMatrix, refuses_tiles_of_another_matrix_and_types_of_other_tiles) {
  const Example example;
  const Csr other = test::draw({"1 2 3", ". 4 .", "5 . ."});
  EXPECT_THROW(worker_matrix(other, example.tiled, TileFormat::coo, TileTraversal::tiled), InputError);
  EXPECT_THROW(worker_matrix(example.csr, example.tiled, std::vector<TileType>(3), TileType::hot,
                             TileFormat::coo, TileTraversal::tiled),
               InputError);
}

}  // namespace
}  // namespace nonzero
