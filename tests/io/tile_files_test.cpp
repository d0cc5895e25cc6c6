#include "nonzero/io/tile_files.h"

#include <cstring>
#include <filesystem>
#include <limits>

#include "messages.h"
#include "nonzero/io/file.h"
#include "nonzero/io/mtx.h"
#include "support/data.h"
#include "support/matrices.h"
#include "support/tiles.h"

namespace nonzero {
namespace {

using ::testing::HasSubstr;

constexpr size_t kHeader = 16 + 8 * 8;

Csr example() {
  return test::draw({"1 2 . .",  //
                     ". . 3 .",  //
                     ". . . .",  //
                     ". . . 4"});
}

WorkerMatrix tiled_example(TileFormat format = TileFormat::coo) {
  const Csr csr = example();
  return worker_matrix(csr, tile_matrix(csr, {4, 4, 2, 2}), format, TileTraversal::tiled);
}

std::string refused(const std::string& bytes) {
  return test::refusal([&] { (void)parse_tile_file(bytes, "m.tiles"); });
}

// The file with the 4 bytes of word `word` behind its header replaced.
template <class Word>
std::string with_word(std::string bytes, size_t word, Word value) {
  static_assert(sizeof(Word) == 4);
  std::memcpy(bytes.data() + kHeader + 4 * word, &value, 4);
  return bytes;
}

std::string with_header(std::string bytes, size_t word, uint64_t value) {
  std::memcpy(bytes.data() + 16 + 8 * word, &value, 8);
  return bytes;
}

TEST(TileFiles, read_back_as_written_in_all_four_formats) {
  EXPECT_TRUE(rc::check([] {
    Csr csr = *test::gen_csr();
    const TiledMatrix tiled = tile_matrix(csr, {csr.rows, csr.columns, *rc::gen::inRange<uint64_t>(1, 9), 3});
    for (const TileFormat format : {TileFormat::coo, TileFormat::csr})
      for (const TileTraversal order : {TileTraversal::tiled, TileTraversal::untiled}) {
        const WorkerMatrix matrix = worker_matrix(csr, tiled, format, order);
        const WorkerMatrix back = parse_tile_file(to_tile_file(matrix), "m.tiles");
        RC_ASSERT(back == matrix);
        RC_ASSERT(to_csr(back) == csr);
      }
  }));
}

TEST(TileFiles, hold_the_words_the_model_counts) {
  const WorkerMatrix coo = tiled_example(), csr = tiled_example(TileFormat::csr);
  EXPECT_EQ(to_tile_file(coo).size(), kHeader + 3 * 16 + 4 * (3 * 4));
  EXPECT_EQ(to_tile_file(csr).size(), kHeader + 3 * 16 + 4 * (3 * 2 + 2 * 4));  // height + 2 nnz per tile
}

TEST(TileFiles, are_written_whole_and_read_from_disk) {
  const std::string path =
      (std::filesystem::temp_directory_path() / "nonzero_tile_files_test.tiles").string();
  write_tile_file(path, tiled_example());
  EXPECT_EQ(read_tile_file(path), tiled_example());
  std::filesystem::remove(path);
}

TEST(TileFiles, refuse_other_files_and_lengths_that_do_not_fit) {
  const std::string good = to_tile_file(tiled_example());
  EXPECT_THAT(refused(""), HasSubstr("m.tiles: no tile file"));
  EXPECT_THAT(refused("%%MatrixMarket matrix"), HasSubstr("no tile file"));
  EXPECT_THAT(refused(good.substr(0, 50)), HasSubstr("a file of 50 bytes"));
  EXPECT_THAT(refused(good.substr(0, good.size() - 1)), HasSubstr("4 elements, 3 tiles and 4 words"));
  EXPECT_THAT(refused(good + "x"), HasSubstr("bytes behind the header"));
  for (const uint64_t claim : {uint64_t{1} << 62U, ~uint64_t{0}, uint64_t{5}})
    for (const size_t word : {4, 5, 6})
      EXPECT_THAT(refused(with_header(good, word, claim)), HasSubstr("expected: as many"));
  EXPECT_THAT(refused(with_header(good, 7, 8)), HasSubstr("bits 0x8"));
  EXPECT_THAT(refused(with_header(good, 0, uint64_t{1} << 31U)), HasSubstr("2147483647"));
  EXPECT_THAT(refused(with_header(good, 2, 0)), HasSubstr("m.tiles: tiles of 0 x 2"));
}

// Words behind the header: 3 tiles of 4 words, 4 rows, 4 columns, 4 values.
TEST(TileFiles, refuse_elements_and_tiles_out_of_place_or_order) {
  const std::string good = to_tile_file(tiled_example());
  EXPECT_THAT(refused(with_word(good, 0, 2U)), HasSubstr("tile 0 is (2, 0)"));
  EXPECT_THAT(refused(with_word(good, 5, 0U)), HasSubstr("tile 1 begins at element 2 out of order"));
  EXPECT_THAT(refused(with_word(good, 2, 1U)), HasSubstr("tile 0 begins at element 1 out of order"));
  EXPECT_THAT(refused(with_word(good, 10, 9U)), HasSubstr("tile 2 begins at element 9"));
  EXPECT_THAT(refused(with_word(good, 12, 2U)), HasSubstr("element 0 is at (2, 0)"));
  EXPECT_THAT(refused(with_word(good, 12, 1U)), HasSubstr("element 1 is in row 0"));
  EXPECT_THAT(refused(with_word(good, 16, 1U)), HasSubstr("element 1 is in column 1"));
  EXPECT_THAT(refused(with_word(good, 18, 0U)), HasSubstr("element 2 is at (1, 0)"));
  EXPECT_THAT(refused(with_word(good, 20, std::numeric_limits<float>::quiet_NaN())),
              HasSubstr("element 0 is nan"));
}

// Words behind the header: 3 tiles of 4 words, 6 lengths (2 0, 0 1, 0 1), 4 columns, 4 values.
TEST(TileFiles, refuse_row_lengths_that_do_not_fill_their_tiles) {
  const std::string good = to_tile_file(tiled_example(TileFormat::csr));
  EXPECT_THAT(refused(with_word(good, 12, 3U)), HasSubstr("rows of 5 elements together"));
  EXPECT_THAT(refused(with_word(with_word(good, 12, 3U), 15, 0U)), HasSubstr("a row ends beyond element 2"));
  EXPECT_THAT(refused(with_word(with_word(good, 12, 1U), 17, 2U)),
              HasSubstr("element 1 beyond its tile's rows"));
  EXPECT_THAT(refused(with_header(good, 6, 5)), HasSubstr("expected: as many"));
}

TEST(TileFiles, of_a_real_symmetric_matrix_reload_to_the_same_matrix) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const LoadedMatrix loaded = read_mtx((data / "matrices/fem/bcsstk13.mtx").string());
  EXPECT_EQ(loaded.matrix.nnz(), 83883U);  // off-diagonal entries of the lower triangle twice
  const TiledMatrix tiled = tile_matrix(loaded.matrix, {2003, 2003, 64, 64});
  std::vector<TileType> of_tile;
  for (const Tile& tile : tiled.tiles) of_tile.push_back(tile.nnz > 100 ? TileType::hot : TileType::cold);
  uint64_t nnz = 0;
  for (const TileType type : {TileType::hot, TileType::cold}) {
    const WorkerMatrix part =
        worker_matrix(loaded.matrix, tiled, of_tile, type, TileFormat::coo, TileTraversal::tiled);
    EXPECT_EQ(parse_tile_file(to_tile_file(part), "part"), part);
    nnz += part.nnz();
  }
  EXPECT_EQ(nnz, loaded.matrix.nnz());
  const WorkerMatrix all = worker_matrix(loaded.matrix, tiled, TileFormat::csr, TileTraversal::tiled);
  EXPECT_EQ(to_csr(parse_tile_file(to_tile_file(all), "all")), loaded.matrix);
}

}  // namespace
}  // namespace nonzero
