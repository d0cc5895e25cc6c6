#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdlib>

#include "nonzero/base/error.h"
#include "nonzero/io/smtx.h"
#include "nonzero/tensor/hash_mask.h"
#include "nonzero/workload/flexagon_layers.h"
#include "nonzero/workload/flexagon_networks.h"
#include "nonzero/workload/real_networks.h"
#include "support/data.h"
#include "support/matrices.h"

namespace nonzero::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// NONZERO_DATA set to a folder for the life of this.
class DataFolder {
 public:
  explicit DataFolder(const std::filesystem::path& folder) {
    if (const char* old = std::getenv("NONZERO_DATA")) old_ = old;
    setenv("NONZERO_DATA", folder.c_str(), 1);
  }
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;
  ~DataFolder() { old_.empty() ? unsetenv("NONZERO_DATA") : setenv("NONZERO_DATA", old_.c_str(), 1); }

 private:
  std::string old_;
};

// An empty folder that is gone after the test.
class EmptyFolder : public testing::Test {
 protected:
  EmptyFolder()
      : path_(std::filesystem::temp_directory_path() / ("nonzero-suite-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~EmptyFolder() override { std::filesystem::remove_all(path_); }
  std::filesystem::path path_;
};

const NetworkStatistics& network(const std::string& name) {
  for (const NetworkStatistics& one : flexagon_networks())
    if (one.name == name) return one;
  throw std::logic_error("no network " + name);
}

std::string complaint(const NetworkStatistics& statistics) {
  try {
    (void)synthetic_layers(statistics);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::vector<uint64_t> sides(const GemmShape& shape) { return {shape.m, shape.n, shape.k}; }

// --- masks -------------------------------------------------------------------------------------

// Sebastiano Vigna's splitmix64.c, first outputs for state 0 and 1234567.
TEST(SplitMix, is_the_published_generator) {
  EXPECT_EQ(split_mix_step(0), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(split_mix_step(1234567), 6457827717110365317ULL);
}

RC_GTEST_PROP(HashMask, holds_the_elements_whose_hash_is_no_less_than_the_sparsity, ()) {
  const auto rows = *rc::gen::inRange<uint64_t>(0, 9), columns = *rc::gen::inRange<uint64_t>(0, 150);
  const double sparsity = *rc::gen::inRange(0, 101) / 100.0;
  const uint64_t base = hash_mask_base(*rc::gen::arbitrary<uint64_t>(), *rc::gen::inRange<uint64_t>(0, 2));
  const Csr mask = generate_hash_mask(rows, columns, sparsity, base);
  validate(mask, "mask");
  RC_ASSERT(mask.rows == rows && mask.columns == columns);
  const Bitmap bits = to_bitmap(mask);
  for (uint64_t i = 0; i < rows; ++i)
    for (uint64_t j = 0; j < columns; ++j) {
      const double hash = static_cast<double>(split_mix_step(base + i * columns + j) >> 11U) * 0x1p-53;
      RC_ASSERT(bits.test(i, j) == (hash >= sparsity));
    }
}

// Flexagon's acceptance example 3: nnz(A), nnz(B), multiplications with seed 1.
TEST(FlexagonLayers, have_the_non_zeros_that_seed_1_gives) {
  const std::vector<std::tuple<std::string, uint64_t, uint64_t, uint64_t>> golden = {
      {"SQ5", 324, 41566, 841790},
      {"SQ11", 1197, 21008, 786036},
      {"R6", 4077, 788279, 5579544},
      {"MB215", 32877, 4096, 263016}};
  const std::vector<Operation> layers = suite("flexagon-layers-synthetic", nullptr, 1);
  for (const auto& [name, nnz_a, nnz_b, products] : golden) {
    SCOPED_TRACE(name);
    for (const Operation& layer : layers) {
      if (layer.name != name) continue;
      const auto a = layer.gemm().a.matrix(), b = layer.gemm().b.matrix();
      EXPECT_EQ(nnz(*a), nnz_a);
      EXPECT_EQ(nnz(*b), nnz_b);
      EXPECT_EQ(effectual_multiplications(*a, *b), products);
    }
  }
}

// --- the nine layers ---------------------------------------------------------------------------

TEST_F(EmptyFolder, without_real_layers_gives_nine_synthetic_ones_and_says_so) {
  const DataFolder here(path_);
  const std::vector<Operation> layers = suite("flexagon-layers", nullptr, 1);
  ASSERT_EQ(layers.size(), 9U);
  for (const Operation& layer : layers)
    EXPECT_THAT(layer.gemm().a.source(), HasSubstr("hash mask")) << layer.name;
}

TEST(FlexagonLayers, correct_the_table_where_it_contradicts_itself) {
  for (const FlexagonLayer& layer : flexagon_layers()) {
    if (layer.shape.name == "V0") {
      EXPECT_EQ(sides(layer.shape), (std::vector<uint64_t>{64, 49284, 27}));
    }
    if (layer.shape.name == "V7") {
      EXPECT_EQ(layer.sparsity_b, 81.7);
    }
  }
}

TEST(FlexagonLayers, use_the_real_pattern_where_it_is_at_hand) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const DataFolder here(data);
  size_t real = 0;
  for (const Operation& layer : suite("flexagon-layers", nullptr, 1)) {
    if (!layer.gemm().a.at_hand()) continue;
    ++real;
    EXPECT_THAT(layer.gemm().a.source(), HasSubstr("_a.smtx.gz"));
    EXPECT_THAT(layer.gemm().b.source(), HasSubstr("_b.smtx.gz"));
    if (layer.name == "SQ5") {
      EXPECT_EQ(layer.gemm().a.expected_nnz(), 319U);
    }
  }
  EXPECT_EQ(real, 4U);
  const Densities half{0.5, 0.5};
  for (const Operation& layer : suite("flexagon-layers", &half, 1)) EXPECT_FALSE(layer.gemm().a.at_hand());
}

TEST(FlexagonPublished, holds_the_44_layers_with_their_real_patterns) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const DataFolder here(data);
  const std::vector<Operation> layers = suite("flexagon-published", nullptr, 1);
  ASSERT_EQ(layers.size(), 44U);
  EXPECT_EQ(layers[0].name, "alexnet_3");
  EXPECT_EQ(layers[0].gemm().a.expected_nnz(), 265421U);
  EXPECT_EQ(layers[0].gemm().b.expected_nnz(), 83603U);
  const Densities half{0.5, 0.5};
  EXPECT_THROW((void)suite("flexagon-published", &half, 1), InputError);
}

TEST_F(EmptyFolder, is_named_where_real_layers_are_wanted_and_missing) {
  const DataFolder here(path_);
  for (const char* name : {"flexagon-published", "squeezenet-pruned", "dlmc"}) {
    try {
      (void)suite(name, nullptr, 1);
      FAIL() << name << " found layers in an empty folder";
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path_.string())) << name;
    }
  }
}

TEST_F(EmptyFolder, that_does_not_exist_is_refused_by_its_name) {
  const DataFolder here(path_ / "elsewhere");
  try {
    (void)suite("flexagon-layers", nullptr, 1);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("NONZERO_DATA"), HasSubstr("elsewhere")));
  }
}

// --- networks ----------------------------------------------------------------------------------

// The spec's first, middle and last layer of AlexNet.
TEST(SyntheticNetwork, has_the_shapes_that_the_statistics_give) {
  const auto layers = synthetic_layers(network("alexnet"));
  ASSERT_EQ(layers.size(), 7U);
  EXPECT_EQ(sides(layers[0]), (std::vector<uint64_t>{66, 121085, 264}));
  EXPECT_EQ(sides(layers[3]), (std::vector<uint64_t>{356, 882, 1425}));
  EXPECT_EQ(sides(layers[6]), (std::vector<uint64_t>{470, 48, 1879}));
}

TEST(SyntheticNetworks, have_the_tables_layers_and_mean_sizes) {
  const std::vector<std::pair<std::string, size_t>> counts = {
      {"alexnet", 7},     {"squeezenet", 26},    {"vgg16", 8},       {"resnet50", 54},
      {"ssd-resnet", 37}, {"ssd-mobilenet", 29}, {"distilbert", 36}, {"mobilebert", 316}};
  ASSERT_EQ(flexagon_networks().size(), counts.size());
  for (const auto& [name, layers] : counts) {
    SCOPED_TRACE(name);
    const NetworkStatistics& one = network(name);
    const auto shapes = synthetic_layers(one);
    EXPECT_EQ(shapes.size(), layers);
    double a = 0, b = 0;
    for (const GemmShape& shape : shapes) {
      const double mebibyte = 1024 * 1024 / 4.0;
      a += static_cast<double>(shape.m * shape.k) * (1 - one.sparsity_a / 100) / mebibyte;
      b += static_cast<double>(shape.k * shape.n) * (1 - one.sparsity_b / 100) / mebibyte;
    }
    EXPECT_NEAR(a / static_cast<double>(layers) / one.a.average, 1, 0.001);
    EXPECT_NEAR(b / static_cast<double>(layers) / one.b.average, 1, 0.001);
    EXPECT_EQ(suite("flexagon-" + name, nullptr, 1).size(), layers);
  }
}

TEST(NetworkStatistics, as_the_paper_prints_them_are_refused_with_the_reason) {
  NetworkStatistics printed = network("vgg16");
  std::swap(printed.a.most, printed.b.most);
  EXPECT_THAT(complaint(printed), AllOf(HasSubstr("vgg16"), HasSubstr("exchanged")));
  printed = network("ssd-resnet");
  std::swap(printed.a.most, printed.b.most);
  EXPECT_THAT(complaint(printed), HasSubstr("exchanged"));
  printed = network("mobilebert");
  printed.b.most = 0.01;
  EXPECT_THAT(complaint(printed), AllOf(HasSubstr("of B"), HasSubstr("0.01"), HasSubstr("misprint")));
}

TEST(NetworkStatistics, outside_their_range_are_refused) {
  NetworkStatistics one = network("alexnet");
  one.sparsity_b = 101;
  EXPECT_THAT(complaint(one), HasSubstr("sparsity 101"));
  one = network("alexnet");
  one.sparsity_a = -1;
  EXPECT_THAT(complaint(one), HasSubstr("sparsity -1"));
  one = network("alexnet");
  one.a.least = 0.6;  // above the average
  EXPECT_THAT(complaint(one), HasSubstr("minimum <= average"));
  one = network("alexnet");
  one.layers = 1;
  EXPECT_THAT(complaint(one), HasSubstr("1 layers"));
}

// --- real networks -----------------------------------------------------------------------------

// One channel, 2x2 kernel over a 3x3 image:   1 2 .
//                                             . 3 .    a column per output pixel, a row per weight.
//                                             4 . 5
TEST(Im2col, lays_a_column_of_inputs_under_each_output_pixel) {
  ConvBounds conv;
  conv.height = conv.width = 3;
  conv.kernel_h = conv.kernel_w = 2;
  const Csr b = im2col({1, 2, 0, 0, 3, 0, 4, 0, 5}, conv);
  EXPECT_EQ(b, draw({"1 2 . 3", "2 . 3 .", ". 3 4 .", "3 . . 5"}));
}

TEST(Im2col, leaves_out_the_padding_and_strides) {
  ConvBounds conv;
  conv.height = conv.width = 2;
  conv.kernel_h = conv.kernel_w = 3;
  conv.pad_h = conv.pad_w = 1;
  conv.stride_h = conv.stride_w = 2;
  const Csr b = im2col({1, 2, 3, 4}, conv);  // one output pixel
  ASSERT_EQ(b.rows, 9U);
  ASSERT_EQ(b.columns, 1U);
  EXPECT_EQ(b.values, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(b.offsets, (std::vector<uint64_t>{0, 0, 0, 0, 0, 1, 2, 2, 3, 4}));
}

TEST(Im2col, refuses_activations_of_another_size) {
  ConvBounds conv;
  conv.height = conv.width = 2;
  EXPECT_THROW((void)im2col({1, 2, 3}, conv), InputError);
}

// Densities as the data's own tables of layers state them.
TEST(PrunedSqueezenet, multiplies_its_weights_with_the_activations_of_a_photograph) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const DataFolder here(data);
  const std::vector<Operation> layers = suite("squeezenet-pruned", nullptr, 1);
  ASSERT_EQ(layers.size(), 26U);
  EXPECT_EQ(layers[1].name, "fire2_squeeze1x1");
  EXPECT_EQ(layers[1].gemm().a.expected_nnz(), 1528U);
  EXPECT_EQ(layers[1].n(), 55U * 55);
  EXPECT_NEAR(layers[1].gemm().b.density(), 0.89623, 1e-5);
  EXPECT_EQ(layers[3].k(), 16U * 9);  // fire2_expand3x3
  EXPECT_EQ(layers[25].m(), 1000U);
  EXPECT_EQ(layers[25].gemm().a.expected_nnz(), 102323U);
}

TEST(Dlmc, multiplies_each_pattern_with_dense_or_sparse_activations) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const DataFolder here(data);
  const std::vector<Operation> dense = suite("dlmc", nullptr, 1);
  ASSERT_FALSE(dense.empty());
  EXPECT_EQ(dense[0].kind, "spmm");
  const Densities half{1, 0.5};
  EXPECT_EQ(suite("dlmc", &half, 1)[0].kind, "spgemm");
  const Densities no_meaning{0.5, 0.5};
  EXPECT_THROW((void)suite("dlmc", &no_meaning, 1), InputError);
}

}  // namespace
}  // namespace nonzero::test
