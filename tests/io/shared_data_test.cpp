#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "messages.h"
#include "nonzero/io/csv.h"
#include "nonzero/io/file.h"
#include "nonzero/io/layers.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/io/mtx.h"
#include "nonzero/io/npy.h"
#include "nonzero/io/npz.h"
#include "support/data.h"
#include "support/matrices.h"

// The readers on the collection of real matrices and tables, against its manifest.

namespace nonzero {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

struct Listed {
  std::string file, dims, nnz, field, symmetry, explicit_zeros, empty_rows, row_max;
};

std::vector<Listed> manifest(const fs::path& folder, const std::string& category) {
  const auto records = io::parse_csv(read_file((folder / "manifest.csv").string()), "manifest.csv");
  std::map<std::string, size_t> column;
  for (size_t c = 0; c < records[0].fields.size(); ++c) column[records[0].fields[c]] = c;
  std::vector<Listed> listed;
  for (const auto& record : records) {
    const auto& f = record.fields;
    if (f[column["category"]] != category) continue;
    listed.push_back({f[column["file"]], f[column["dims"]], f[column["nnz"]], f[column["field"]],
                      f[column["symmetry"]], f[column["explicit_zeros"]], f[column["empty_rows"]],
                      f[column["row_max"]]});
  }
  return listed;
}

void expect_as_listed(const fs::path& folder, const Listed& listed) {
  SCOPED_TRACE(listed.file);
  const LoadedMatrix loaded = read_matrix((folder / listed.file).string());
  const Csr& matrix = loaded.matrix;
  EXPECT_NO_THROW(validate(matrix, listed.file));
  EXPECT_EQ(fmt::format("{}x{}", matrix.rows, matrix.columns), listed.dims);
  EXPECT_EQ(fmt::format("{}", matrix.nnz()), listed.nnz);
  EXPECT_EQ(loaded.field, listed.field);
  EXPECT_EQ(loaded.symmetry, listed.symmetry);
  // The manifest counts in double; what only a float cannot tell from zero is counted apart.
  EXPECT_EQ(fmt::format("{}", loaded.stored_zeros - loaded.underflows), listed.explicit_zeros);
  uint64_t empty = 0;
  uint64_t longest = 0;
  for (uint64_t r = 0; r < matrix.rows; ++r) {
    empty += matrix.fiber(r).empty();
    longest = std::max<uint64_t>(longest, matrix.fiber(r).size());
  }
  EXPECT_EQ(fmt::format("{}", empty), listed.empty_rows);
  EXPECT_EQ(fmt::format("{}", longest), listed.row_max);
}

TEST(SharedData, every_mtx_loads_with_the_manifests_size_non_zeros_and_stored_zeros) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const auto listed = manifest(folder, "matrices");
  EXPECT_EQ(listed.size(), 51U);
  for (const Listed& each : listed) expect_as_listed(folder, each);
}

TEST(SharedData, every_smtx_loads_with_the_manifests_size_and_non_zeros) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  size_t read = 0;
  for (const std::string category : {"dlmc", "train"})
    for (const Listed& each : manifest(folder, category)) {
      if (!each.file.ends_with(".smtx")) continue;
      expect_as_listed(folder, each);
      ++read;
    }
  EXPECT_EQ(read, 26U);
}

TEST(SharedData, every_packed_smtx_loads) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  size_t read = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.path().string().ends_with(".smtx.gz")) continue;
    EXPECT_NO_THROW(validate(read_matrix(entry.path().string()).matrix, entry.path().string()))
        << entry.path();
    ++read;
  }
  EXPECT_GT(read, 0U);
}

// Values read back: the count of non-zeros of every float tensor is the manifest's.
TEST(SharedData, every_npy_loads_and_float_weights_have_the_manifests_non_zeros) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  size_t counted = 0;
  for (const std::string category : {"float", "int8", "activations"})
    for (const Listed& each : manifest(folder, category)) {
      if (!each.file.ends_with(".npy")) continue;
      SCOPED_TRACE(each.file);
      const NpyArray array = read_npy((folder / each.file).string());
      EXPECT_EQ(fmt::format("{}", fmt::join(array.shape, "x")), each.dims);
      const std::vector<float> values = to_floats(array, each.file);
      if (category != "float" || each.nnz.empty()) continue;
      EXPECT_EQ(fmt::format("{}", values.size() -
                                      static_cast<size_t>(std::count(values.begin(), values.end(), 0.0F))),
                each.nnz);
      ++counted;
    }
  EXPECT_GT(counted, 100U);
}

TEST(SharedData, every_npz_loads) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  size_t arrays = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".npz") continue;
    for (const auto& [name, array] : read_npz(entry.path().string())) {
      EXPECT_EQ(to_floats(array, name).size(), array.size());
      ++arrays;
    }
  }
  EXPECT_GT(arrays, 0U);
}

TEST(SharedData, every_layer_table_loads_whole) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const std::map<std::string, size_t> expected = {{"deepbench.csv", 497},
                                                  {"maestro_models.csv", 265},
                                                  {"scalesim_topologies.csv", 407},
                                                  {"timeloop_cnn_gpt2.csv", 391}};
  for (const auto& [file, layers] : expected)
    EXPECT_EQ(read_layers((folder / "shapes" / file).string()).size(), layers) << file;
}

struct Malformed {
  const char* file;
  const char* message;  // the reason, from the format's definition
};

const std::vector<Malformed>& malformed() {
  static const std::vector<Malformed> all = {
      {"bio-dmela_one_percent_banner.mtx.bad",
       ":1: the file begins with '%MatrixMarket'; expected: '%%MatrixMarket'"},
      // "mangled" is no object
      {"mangled1.mtx.bad", ":1: object 'mangled'; allowed: matrix"},
      // three entries claimed, two present
      {"mangled10.mtx.bad", ":7: the file ends after 2 entries; it claims 3"},
      // a real entry without its value
      {"mangled12.mtx.bad", ":5: a value is missing"},
      {"mangled13.mtx.bad", ":7: the column is '9999'; allowed: a whole number from 0 to 4"},
      // banner says real: the second number of a line is one too many, whatever %%GraphBLAS says
      {"mangled15.mtx.bad", ":5: more on the line than expected: '.959'"},
      {"mangled16.mtx.bad", ":5: more on the line than expected: '.959'"},
      {"mangled3.mtx.bad", ":1: field 'mangled'; allowed: real, integer, pattern"},
      {"mangled4.mtx.bad", ":1: symmetry 'mangled'; allowed: general, symmetric, skew-symmetric"},
      {"mangled6.mtx.bad", ":1: symmetry 'hermitian' is not supported"},
      // not for its comment "%%GraphBLAS type gunk", but for real entries without values
      {"mangled7.mtx.bad", ":5: a value is missing"},
      {"mangled9.mtx.bad", ":4: a symmetric matrix of 3 x 4"},
      {"mangled_format.mtx.bad", ":1: 'array pattern'"}};
  return all;
}

TEST(SharedData, every_malformed_file_is_refused_for_the_reason_the_format_gives) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const auto files = std::distance(fs::directory_iterator(folder / "malformed"), fs::directory_iterator());
  EXPECT_EQ(static_cast<size_t>(files), malformed().size()) << "a file without a stated reason";
  for (const Malformed& each : malformed()) {
    const std::string path = (folder / "malformed" / each.file).string();
    const std::string message = test::refusal([&] { parse_mtx(read_file(path), path); });
    EXPECT_THAT(message, HasSubstr(each.message)) << each.file;
    EXPECT_THAT(message, HasSubstr(each.file));
  }
}

}  // namespace
}  // namespace nonzero
