#include "nonzero/workload/attention_workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/io/safetensors.h"
#include "nonzero/tensor/attention_masks.h"
#include "nonzero/workload/attention_models.h"
#include "support/data.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::same_matrix;
using testing::HasSubstr;

std::string why(const AttentionOptions& options) {
  try {
    attention_workload(options);
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

AttentionOptions masked(const std::string& mask) {
  AttentionOptions options;
  options.mask = mask;
  return options;
}

TEST(AttentionModels, have_the_layers_of_the_table) {
  EXPECT_EQ(attention_model_operations(find_attention_model("bert-base"), 32, "window:w=4").size(), 12U);
  EXPECT_EQ(attention_model_operations(find_attention_model("gpt2"), 32, "window:w=4").size(), 12U);
  EXPECT_EQ(attention_model_operations(find_attention_model("vil"), 1024, "window:w=4").size(), 12U);
  const auto bart = attention_model_operations(find_attention_model("bart"), 32, "window:w=4");
  ASSERT_EQ(bart.size(), 18U);  // the decoder's self and cross attention both count
  EXPECT_EQ(bart[0].name, "encoder.0");
  EXPECT_EQ(bart[6].name, "decoder.0.self");
  EXPECT_EQ(bart[17].name, "decoder.5.cross");
  for (const Operation& operation : bart) {
    EXPECT_EQ(operation.kind, "attention");
    EXPECT_EQ(operation.network, "bart");
    EXPECT_EQ(operation.attention()->heads, 12U);
    EXPECT_EQ(operation.attention()->head_dim, 64U);
  }
}

TEST(AttentionModels, attend_causally_in_decoders_and_share_masks_among_identical_layers) {
  const auto bart = attention_model_operations(find_attention_model("bart"), 32, "window:w=5");
  const Csr mask = attention_mask("window:w=5", 32);
  EXPECT_TRUE(same_matrix(bart[0].attention()->mask(0), mask));
  EXPECT_TRUE(same_matrix(bart[6].attention()->mask(11), causal_mask(mask)));
  EXPECT_TRUE(same_matrix(bart[12].attention()->mask(0), mask));
  EXPECT_EQ(bart[0].attention()->masks[0], bart[5].attention()->masks[0]);
  const auto gpt2 = attention_model_operations(find_attention_model("gpt2"), 16, "dense");
  EXPECT_EQ(gpt2[0].attention()->mask(0).nnz(), 16U * 17 / 2);
}

TEST(AttentionModels, vil_knows_one_length_and_no_model_an_unknown_name) {
  AttentionOptions options;
  options.model = "vil";
  options.tokens = 512;
  EXPECT_THAT(why(options), HasSubstr("vil on 512 tokens; allowed: 1024"));
  options.model = "bert-bass";
  EXPECT_THAT(why(options), HasSubstr("did you mean 'bert-base'?"));
  options.model = "gpt2";
  options.heads = 16;
  EXPECT_THAT(why(options), HasSubstr("16 heads; gpt2 holds 12"));
}

TEST(AttentionWorkload, a_mask_alone_is_twelve_heads_of_64) {
  AttentionOptions options = masked("longformer:window=8");
  options.tokens = 64;
  options.sanger.causal = true;
  options.sanger.padding = 4;
  const Workload workload = attention_workload(options);
  ASSERT_EQ(workload.operations.size(), 1U);
  const Operation& operation = workload.operations[0];
  EXPECT_EQ(operation.name, "longformer:window=8");
  EXPECT_EQ(operation.m(), 64U);
  EXPECT_EQ(operation.k(), 64U);
  EXPECT_EQ(operation.attention()->heads, 12U);
  EXPECT_TRUE(same_matrix(operation.attention()->mask(3),
                          padded_mask(causal_mask(attention_mask("longformer:window=8", 64)), 4)));
}

TEST(AttentionWorkload, tensors_are_pruned_by_their_own_scores_unless_a_mask_is_given) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / "nonzero-attention-workload.npz";
  const AttentionTensors tensors = demo_attention_tensors(2, 24, 8, 1);
  write_attention_tensors(file.string(), tensors);
  AttentionOptions options;
  options.qkv = {file.string()};
  options.sanger.tau = 0.05;
  const Workload pruned = attention_workload(options);
  const Attention& attention = *pruned.operations.at(0).attention();
  EXPECT_EQ(attention.tensors->q, tensors.q);
  ASSERT_EQ(attention.masks.size(), 2U);
  EXPECT_TRUE(same_matrix(attention.mask(1), *sanger_masks(tensors, options.sanger).masks[1]));
  EXPECT_EQ(attention.mask_source, "sanger: 4 bit, p > 0.05");
  options.mask = "window:w=3";
  EXPECT_TRUE(same_matrix(attention_workload(options).operations.at(0).attention()->mask(1),
                          attention_mask("window:w=3", 24)));
  options.tokens = 25;
  EXPECT_THAT(why(options), HasSubstr("25 tokens; " + file.string() + " holds 24"));
  std::filesystem::remove(file);
}

TEST(AttentionWorkload, a_random_mask_is_drawn_from_the_seed_unless_it_names_its_own) {
  const auto made = [](const std::string& mask, uint64_t seed) {
    AttentionOptions options = masked(mask);
    options.tokens = 128;
    options.seed = seed;
    return attention_workload(options).operations.at(0);
  };
  const Operation drawn = made("bigbird", 5);
  EXPECT_EQ(drawn.attention()->mask_source, "bigbird:seed=5");
  EXPECT_TRUE(same_matrix(drawn.attention()->mask(0), attention_mask("bigbird:seed=5", 128)));
  EXPECT_FALSE(same_matrix(drawn.attention()->mask(0), made("bigbird", 1).attention()->mask(0)));
  EXPECT_TRUE(same_matrix(made("bigbird", 1).attention()->mask(0), attention_mask("bigbird", 128)));
  EXPECT_EQ(made("diagloc:rho=0.1,phi=0.5", 3).attention()->mask_source, "diagloc:rho=0.1,phi=0.5,seed=3");
  EXPECT_EQ(made("bigbird:seed=7,b=8", 3).attention()->mask_source, "bigbird:seed=7,b=8");
  EXPECT_EQ(made("window:w=4", 3).attention()->mask_source, "window:w=4");
}

TEST(AttentionWorkload, says_how_it_read_scores) {
  const std::string file =
      (std::filesystem::temp_directory_path() / "nonzero-attention-scores.safetensors").string();
  const std::vector<float> scores = {0, 9, 0, 0};
  write_atomically(file, to_safetensors(std::vector<FloatArray>{{"layer0", {2, 2}, scores}}));
  AttentionOptions options;
  options.scores = file;
  options.sanger.causal = true;
  const Workload read = attention_workload(options);
  EXPECT_EQ(read.operations.at(0).attention()->mask_source, file + ": logits, p > 0.002, causal");
  EXPECT_TRUE(same_matrix(read.operations[0].attention()->mask(0), test::draw_pattern({"x .", "x x"})));
  EXPECT_THAT(read.warnings.at(0), HasSubstr("layer0 holds logits"));
  options.scores_are = ScoresAre::kWeights;
  const Workload weights = attention_workload(options);
  EXPECT_EQ(weights.operations.at(0).attention()->mask_source, file + ": weights, p > 0.002, causal");
  EXPECT_TRUE(weights.warnings.empty());
  options.scores.clear();
  options.mask = "dense";
  EXPECT_THAT(why(options), HasSubstr("--scores-are without --scores"));
  std::filesystem::remove(file);
}

TEST(AttentionWorkload, needs_one_source_and_sizes_that_fit) {
  AttentionOptions options;
  EXPECT_THAT(why(options), HasSubstr("--mask KIND|FILE"));
  options.model = "gpt2";
  options.scores = "p.npz";
  EXPECT_THAT(why(options), HasSubstr("more than one of"));
  options.model.clear();
  options.mask = "dense";
  EXPECT_THAT(why(options), HasSubstr("--mask beside --scores"));
  AttentionOptions none = masked("dense");
  none.heads = 0;
  EXPECT_THAT(why(none), HasSubstr("0 heads"));
  AttentionOptions block = masked("bigbird");
  block.tokens = 100;
  EXPECT_THAT(why(block), HasSubstr("100"));
}

TEST(AttentionWorkload, stories260k_is_computed_from_its_weights) {
  NONZERO_NEEDS_SHARED_DATA(data);
  setenv("NONZERO_DATA", data.c_str(), 1);  // the library looks beside the working folder only
  AttentionOptions options;
  options.model = kStories;
  options.tokens = 64;
  const Workload workload = attention_workload(options);
  ASSERT_EQ(workload.operations.size(), 5U);
  const Attention& attention = *workload.operations[2].attention();
  EXPECT_EQ(attention.heads, 8U);
  EXPECT_EQ(attention.head_dim, 8U);
  EXPECT_TRUE(same_matrix(attention.mask(0), causal_mask(attention.mask(0))));
}

}  // namespace
}  // namespace nonzero
