#include "nonzero/workload/attention_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/io/npy_header.h"
#include "nonzero/io/npz.h"
#include "nonzero/io/safetensors.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::draw_pattern;
using test::same_matrix;
using testing::ElementsAre;
using testing::HasSubstr;

class AttentionFiles : public testing::Test {
 protected:
  AttentionFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "nonzero-attention-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~AttentionFiles() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::string write(const std::string& name, const std::string& bytes) const {
    write_atomically(path(name), bytes);
    return path(name);
  }
  template <class Number>
  std::string npy(const std::string& name, const std::string& type, const std::string& shape,
                  const std::vector<Number>& values, bool fortran = false) const {
    std::string file = io::make_npy_header(type, shape);
    if (fortran) {
      const size_t at = file.find("False");
      file.replace(at, 5, "True ");
    }
    file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number));
    return write(name, file);
  }
  template <class Action>
  static std::string why(const Action& action) {
    try {
      action();
    } catch (const InputError& error) {
      return error.what();
    }
    ADD_FAILURE() << "nothing was refused";
    return "";
  }
  [[nodiscard]] std::string trio_refused(const std::string& shape, const std::vector<float>& values) const {
    const std::string file = npy("x.npy", "<f4", shape, values);
    return why([&] { read_attention_tensors({file, file, file}); });
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(AttentionFiles, what_is_written_is_read_back) {
  const AttentionTensors demo = demo_attention_tensors(2, 12, 8, 3);
  for (const char* name : {"q.npz", "q.safetensors"}) {
    write_attention_tensors(path(name), demo);
    const AttentionTensors read = read_attention_tensors({path(name)});
    EXPECT_EQ(read.heads, 2U);
    EXPECT_EQ(read.tokens, 12U);
    EXPECT_EQ(read.head_dim, 8U);
    EXPECT_EQ(read.q, demo.q);
    EXPECT_EQ(read.k, demo.k);
    EXPECT_EQ(read.v, demo.v);
    EXPECT_EQ(read.source, path(name));
  }
  EXPECT_THAT(why([&] { write_attention_tensors(path("q.npy"), demo); }),
              HasSubstr("allowed: .npz, .safetensors"));
}

TEST_F(AttentionFiles, the_demo_is_seeded_and_attends_to_its_neighbours) {
  const AttentionTensors a = demo_attention_tensors(1, 64, 16, 3), b = demo_attention_tensors(1, 64, 16, 3);
  EXPECT_EQ(a.q, b.q);
  EXPECT_NE(a.q, demo_attention_tensors(1, 64, 16, 4).q);
  const auto score = [&](uint64_t i, uint64_t j) {
    float sum = 0;
    for (uint64_t x = 0; x < 16; ++x) sum += a.q[i * 16 + x] * a.k[j * 16 + x];
    return sum;
  };
  float near = 0, far = 0;
  for (uint64_t i = 0; i + 1 < 64; ++i) {
    near += score(i, i + 1);
    far += score(i, (i + 32) % 64);
  }
  EXPECT_GT(near, far + 63);
}

TEST_F(AttentionFiles, three_npy_files_of_two_dimensions_are_one_head) {
  const std::string q = npy("q.npy", "<f4", "(2, 3)", std::vector<float>{1, 2, 3, 4, 5, 6});
  const std::string k = npy("k.npy", "<f8", "(2, 3)", std::vector<double>{1, 1, 1, 1, 1, 1});
  const std::string v = npy("v.npy", "<f2", "(2, 3)", std::vector<uint16_t>(6, 0x3c00));
  const AttentionTensors t = read_attention_tensors({q, k, v});
  EXPECT_EQ(t.heads, 1U);
  EXPECT_EQ(t.tokens, 2U);
  EXPECT_EQ(t.head_dim, 3U);
  EXPECT_THAT(t.q, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(t.v, ElementsAre(1, 1, 1, 1, 1, 1));
}

TEST_F(AttentionFiles, a_width_is_split_into_heads_that_divide_it) {
  // Tokens 0 and 1, heads 0 and 1 of two dimensions: the digits are token, head, dimension.
  const std::vector<float> values = {0, 1, 10, 11, 100, 101, 110, 111};
  const std::string file = npy("x.npy", "<f4", "(2, 4)", values);
  TensorSelection selection;
  selection.heads = 2;
  const AttentionTensors t = read_attention_tensors({file, file, file}, selection);
  EXPECT_EQ(t.heads, 2U);
  EXPECT_EQ(t.head_dim, 2U);
  EXPECT_THAT(t.q, ElementsAre(0, 1, 100, 101, 10, 11, 110, 111));
  selection.heads = 3;
  EXPECT_THAT(why([&] {
                read_attention_tensors({file, file, file}, selection);
              }),
              HasSubstr("3 heads of an array (2, 4); allowed: a number that divides 4"));
}

TEST_F(AttentionFiles, names_and_a_prefix_select_tensors) {
  const std::vector<float> one = {1, 2}, two = {3, 4};
  const std::vector<FloatArray> arrays = {
      {"l0.query", {1, 2}, one}, {"l0.key", {1, 2}, two}, {"l0.value", {1, 2}, one}};
  TensorSelection selection{"query", "key", "value", "l0.", 0};
  EXPECT_THAT(read_attention_tensors({write("m.safetensors", to_safetensors(arrays))}, selection).k,
              ElementsAre(3, 4));
  EXPECT_THAT(read_attention_tensors({write("m.npz", to_npz(arrays))}, selection).k, ElementsAre(3, 4));
  selection.prefix = "l1.";
  EXPECT_THAT(why([&] { read_attention_tensors({path("m.safetensors")}, selection); }),
              HasSubstr("no tensor 'l1.query'"));
  EXPECT_THAT(why([&] { read_attention_tensors({path("m.npz")}, selection); }),
              HasSubstr("no array 'l1.query'"));
}

// Two tokens of three, two heads of one dimension: Q takes the first and the last column of x, K their sum twice.
TEST_F(AttentionFiles, an_input_and_its_weights_give_their_products) {
  const std::vector<float> x = {1, 2, 3, 4, 5, 6}, wq = {1, 0, 0, 0, 0, 1}, wk = {1, 1, 0, 0, 1, 1},
                           wv = {0, 0, 1, -1, 0, 0};
  const auto file = [&](const char* name, const std::vector<uint64_t>& weights, const std::vector<float>& v) {
    const std::vector<FloatArray> arrays = {
        {"l.x", {2, 3}, x}, {"l.wq", weights, wq}, {"l.wk", weights, wk}, {"l.wv", weights, v}};
    return write(name, to_npz(arrays));
  };
  TensorSelection selection;
  selection.prefix = "l.";
  selection.heads = 2;
  const AttentionTensors t = read_attention_tensors({file("flat.npz", {3, 2}, wv)}, selection);
  EXPECT_EQ(t.heads, 2U);
  EXPECT_EQ(t.tokens, 2U);
  EXPECT_EQ(t.head_dim, 1U);
  EXPECT_THAT(t.q, ElementsAre(1, 4, 3, 6));
  EXPECT_THAT(t.k, ElementsAre(4, 10, 4, 10));
  EXPECT_THAT(t.v, ElementsAre(2, 5, -2, -5));
  ASSERT_TRUE(t.projection);
  EXPECT_EQ(t.projection->width, 3U);
  EXPECT_THAT(t.projection->wq, ElementsAre(1, 0, 0, 0, 0, 1));
  EXPECT_FALSE(t.projection->rotary);
  selection.heads = 0;
  EXPECT_THAT(why([&] {
                read_attention_tensors({file("tall.npz", {2, 3}, wv)}, selection);
              }),
              HasSubstr("weights (1, 2, 3) for an input of 3"));
  const std::vector<float> huge(6, 3e38F);
  EXPECT_THAT(why([&] {
                read_attention_tensors({file("huge.npz", {3, 2}, huge)}, selection);
              }),
              HasSubstr("exceed fp32"));
}

// x and the weights may have made another Q.
TEST_F(AttentionFiles, q_beside_an_input_and_its_weights_is_taken_as_it_is) {
  const std::vector<float> one = {1}, two = {2};
  const std::vector<FloatArray> arrays = {{"q", {1, 1}, two}, {"k", {1, 1}, two},  {"v", {1, 1}, two},
                                          {"x", {1, 1}, one}, {"wq", {1, 1}, one}, {"wk", {1, 1}, one},
                                          {"wv", {1, 1}, one}};
  const AttentionTensors t = read_attention_tensors({write("both.npz", to_npz(arrays))});
  EXPECT_THAT(t.q, ElementsAre(2));
  EXPECT_FALSE(t.projection);
}

// 2^20 tokens of one number and weights of 2^20 columns are 16 MB; their products are 12 TB.
TEST_F(AttentionFiles, products_beyond_the_memory_are_refused_before_they_are_made) {
  const uint64_t many = uint64_t{1} << 20U;
  const std::vector<float> zeros(many);
  const std::vector<FloatArray> arrays = {
      {"x", {many, 1}, zeros}, {"wq", {1, many}, zeros}, {"wk", {1, many}, zeros}, {"wv", {1, many}, zeros}};
  const std::string file = write("large.npz", to_npz(arrays));
  EXPECT_THAT(why([&] { read_attention_tensors({file}); }), HasSubstr("this machine has"));
}

TEST_F(AttentionFiles, tensors_that_make_no_attention_are_refused) {
  EXPECT_THAT(trio_refused("(2,)", {1, 2}), HasSubstr("allowed: (heads, tokens, head_dim)"));
  EXPECT_THAT(trio_refused("(1, 1, 1, 2)", {1, 2}), HasSubstr("an array (1, 1, 1, 2)"));
  EXPECT_THAT(trio_refused("(0, 4)", {}), HasSubstr("sides of at least 1"));
  EXPECT_THAT(trio_refused("(4, 0)", {}), HasSubstr("sides of at least 1"));
  EXPECT_THAT(trio_refused("(1, 2)", {1, std::numeric_limits<float>::quiet_NaN()}),
              HasSubstr("element (0, 1) is nan"));
  EXPECT_THAT(trio_refused("(1, 2)", {std::numeric_limits<float>::infinity(), 1}),
              HasSubstr("element (0, 0) is inf"));
  EXPECT_THAT(trio_refused("(2, 2)", {1, 2}), HasSubstr("the header claims"));  // cut off
  const std::string q = npy("q.npy", "<f4", "(2, 2)", std::vector<float>{1, 2, 3, 4});
  const std::string wide = npy("w.npy", "<f4", "(1, 4)", std::vector<float>{1, 2, 3, 4});
  EXPECT_THAT(why([&] {
                read_attention_tensors({q, wide, q});
              }),
              HasSubstr("an array (1, 1, 4) beside (1, 2, 2)"));
  const std::string whole = npy("i.npy", "<i4", "(2, 2)", std::vector<int32_t>{1, 2, 3, 4});
  EXPECT_THAT(why([&] { read_attention_tensors({q, q, whole}); }), HasSubstr("element type '<i4'"));
  const std::string fortran = npy("f.npy", "<f4", "(2, 2)", std::vector<float>{1, 2, 3, 4}, true);
  EXPECT_THAT(why([&] { read_attention_tensors({fortran, q, q}); }), HasSubstr("Fortran order"));
  EXPECT_THAT(why([&] { read_attention_tensors({q}); }), HasSubstr("three .npy"));
  EXPECT_THAT(why([&] { read_attention_tensors({q, q}); }), HasSubstr("in 2 files"));
  EXPECT_THAT(why([&] { read_attention_tensors({"x.txt"}); }),
              HasSubstr("allowed: .npy, .npz, .safetensors"));
}

TEST_F(AttentionFiles, probabilities_are_layers_in_the_order_of_their_numbers) {
  const std::vector<float> p = {1, 0, 0.25F, 0.75F};
  const std::vector<FloatArray> arrays = {{"layer10", {2, 2}, p}, {"layer2", {1, 2, 2}, p}};
  const auto layers = read_attention_probabilities(write("p.npz", to_npz(arrays)));
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].name, "layer2");
  EXPECT_EQ(layers[1].name, "layer10");
  EXPECT_EQ(layers[0].tokens, 2U);
  EXPECT_EQ(layers[0].values, p);
  EXPECT_FALSE(layers[0].logits);
}

TEST_F(AttentionFiles, scores_stay_as_they_are_and_are_told_from_weights) {
  const std::vector<float> values = {0, 0, 3, -std::numeric_limits<float>::infinity()};
  for (const std::string& file :
       {npy("scores.npy", "<f4", "(2, 2)", values),
        write("s.safetensors", to_safetensors(std::vector<FloatArray>{{"scores", {2, 2}, values}}))}) {
    const auto layers = read_attention_probabilities(file);
    EXPECT_TRUE(layers.at(0).logits);
    EXPECT_EQ(layers[0].values, values);
    EXPECT_THAT(why([&] { read_attention_probabilities(file, ScoresAre::kWeights); }), HasSubstr("-inf"));
  }
  EXPECT_THAT(trio_refused("(2, 2)", values), HasSubstr("is -inf"));
}

// Scores of zero throughout are as good a softmax as any; as weights they are padding.
TEST_F(AttentionFiles, rows_of_zeros_are_read_as_asked_for) {
  const std::string file = npy("z.npy", "<f4", "(2, 2)", std::vector<float>{0, 0, 0, 0});
  EXPECT_FALSE(read_attention_probabilities(file).at(0).logits);
  EXPECT_EQ(read_attention_probabilities(file).at(0).zero_rows, 2U);
  EXPECT_TRUE(read_attention_probabilities(file, parse_scores_are("logits")).at(0).logits);
  const std::string below = npy("b.npy", "<f4", "(1, 1)", std::vector<float>{-1});
  EXPECT_THAT(why([&] { read_attention_probabilities(below, parse_scores_are("weights")); }),
              HasSubstr("an attention weight of -1"));
  EXPECT_THAT(why([] { parse_scores_are("scores"); }), HasSubstr("allowed: auto, weights, logits"));
}

TEST_F(AttentionFiles, attention_that_is_no_number_or_not_square_is_refused) {
  EXPECT_THAT(
      why([&] { read_attention_probabilities(npy("n.npy", "<f4", "(1, 1)", std::vector<float>{NAN})); }),
      HasSubstr("is nan"));
  EXPECT_THAT(why([&] {
                read_attention_probabilities(npy("n.npy", "<f4", "(1, 2)", std::vector<float>{1, 0}));
              }),
              HasSubstr("allowed: (heads, tokens, tokens)"));
}

TEST_F(AttentionFiles, masks_are_zeros_and_ones_one_for_all_heads_or_one_per_head) {
  const std::vector<uint8_t> ones = {1, 0, 1, 1, 0, 1, 0, 0};
  const auto masks = read_attention_masks(npy("m.npy", "|u1", "(2, 2, 2)", ones));
  ASSERT_EQ(masks.size(), 2U);
  EXPECT_TRUE(same_matrix(*masks[0], draw_pattern({"x .", "x x"})));
  EXPECT_TRUE(same_matrix(*masks[1], draw_pattern({". x", ". ."})));
  EXPECT_EQ(read_attention_masks(npy("b.npy", "|b1", "(2, 2)", std::vector<uint8_t>{1, 0, 0, 1})).size(), 1U);
  const auto mtx = read_attention_masks(
      write("m.mtx", "%%MatrixMarket matrix coordinate pattern general\n2 2 3\n1 1\n2 1\n2 2\n"));
  EXPECT_TRUE(same_matrix(*mtx.at(0), draw_pattern({"x .", "x x"})));
}

TEST_F(AttentionFiles, masks_that_are_not_square_or_not_zeros_and_ones_are_refused) {
  EXPECT_THAT(why([&] {
                read_attention_masks(npy("m.npy", "|u1", "(1, 2)", std::vector<uint8_t>{1, 0}));
              }),
              HasSubstr("a mask (1, 2)"));
  EXPECT_THAT(why([&] { read_attention_masks(npy("m.npy", "|u1", "(1, 1)", std::vector<uint8_t>{2})); }),
              HasSubstr("element 0 of the mask is 2; allowed: 0 and 1"));
  EXPECT_THAT(why([&] { read_attention_masks(npy("m.npy", "<f4", "(1, 1)", std::vector<float>{1})); }),
              HasSubstr("element type '<f4'"));
  const std::string head = "%%MatrixMarket matrix coordinate ";
  EXPECT_THAT(why([&] { read_attention_masks(write("m.mtx", head + "pattern general\n2 3 1\n1 1\n")); }),
              HasSubstr("a mask of 2 x 3"));
  EXPECT_THAT(why([&] { read_attention_masks(write("m.mtx", head + "real general\n2 2 1\n1 1 0.5\n")); }),
              HasSubstr("a mask with the value 0.5"));
  EXPECT_THAT(why([&] { read_attention_masks("mask.csv"); }), HasSubstr("allowed: .npy, .mtx"));
}

}  // namespace
}  // namespace nonzero
