#include "nonzero/workload/stories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/workload/attention_files.h"
#include "nonzero/workload/rotary.h"
#include "nonzero/workload/sanger.h"
#include "support/data.h"

namespace nonzero {
namespace {

// max |softmax(Q K^T / sqrt d) - stored| over all heads and rows of a layer, j <= i.
double largest_difference(const AttentionTensors& t, const AttentionProbabilities& stored) {
  double worst = 0;
  std::vector<double> row(t.tokens);
  for (uint64_t h = 0; h < t.heads; ++h) {
    for (uint64_t i = 0; i < t.tokens; ++i) {
      for (uint64_t j = 0; j <= i; ++j) {
        double sum = 0;
        for (uint64_t a = 0; a < t.head_dim; ++a)
          sum += static_cast<double>(t.q[h * t.head_elements() + i * t.head_dim + a]) *
                 static_cast<double>(t.k[h * t.head_elements() + j * t.head_dim + a]);
        row[j] = sum / std::sqrt(static_cast<double>(t.head_dim));
      }
      softmax(std::span<double>(row).first(i + 1));
      for (uint64_t j = 0; j <= i; ++j) {
        const auto p = static_cast<double>(stored.values[(h * t.tokens + i) * t.tokens + j]);
        worst = std::max(worst, std::fabs(row[j] - p));
      }
    }
  }
  return worst;
}

TEST(Stories260K, from_its_weights_attends_as_was_stored) {
  NONZERO_NEEDS_SHARED_DATA(data);
  for (const char* name : {"stories260K_story_T256.npz", "stories260K_shakespeare_T128.npz"}) {
    const std::filesystem::path file = data / "attention" / name;
    const auto layers = stories_attention(data / "float/stories260K", read_tokens(file));
    const std::vector<AttentionProbabilities> stored = read_attention_probabilities(file.string());
    ASSERT_EQ(layers.size(), 5U);
    ASSERT_EQ(stored.size(), 5U);
    for (size_t l = 0; l < layers.size(); ++l) {
      EXPECT_EQ(layers[l].heads, 8U);
      EXPECT_EQ(layers[l].head_dim, 8U);
      EXPECT_FALSE(stored[l].logits);
      EXPECT_LE(largest_difference(layers[l], stored[l]), 2e-3) << name << " layer " << l;
    }
  }
}

// The same Q, K and V from the layer's input and its weights, head by head, turned by position.
TEST(Stories260K, brings_the_layer_that_makes_q_k_and_v) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const std::vector<int64_t> tokens = {1, 403, 407, 261, 378};
  for (const AttentionTensors& t : stories_attention(data / "float/stories260K", tokens)) {
    ASSERT_TRUE(t.projection);
    const AttentionProjection& from = *t.projection;
    EXPECT_EQ(from.width, 64U);
    for (uint64_t h = 0; h < t.heads; ++h) {
      std::vector<float> q(t.head_elements());
      std::vector<float> k = q, v = q;
      for (uint64_t i = 0; i < q.size(); ++i)
        for (uint64_t r = 0; r < from.width; ++r) {
          const float x = from.x[i / t.head_dim * from.width + r];
          const uint64_t w = (h * from.width + r) * t.head_dim + i % t.head_dim;
          q[i] += x * from.wq[w];
          k[i] += x * from.wk[w];
          v[i] += x * from.wv[w];
        }
      rotate_by_position(std::span<float>(q), t.head_dim, t.head_dim);
      rotate_by_position(std::span<float>(k), t.head_dim, t.head_dim);
      for (uint64_t i = 0; i < q.size(); ++i) {
        ASSERT_NEAR(q[i], t.q[h * q.size() + i], 1e-4);
        ASSERT_NEAR(k[i], t.k[h * q.size() + i], 1e-4);
        ASSERT_NEAR(v[i], t.v[h * q.size() + i], 1e-4);
      }
    }
  }
}

TEST(Stories260K, knows_only_its_own_tokens_and_heads_that_divide) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const std::vector<int64_t> fine = {1, 403}, unknown = {1, 512};
  const auto why = [&](const std::vector<int64_t>& tokens, uint64_t heads) {
    try {
      stories_attention(data / "float/stories260K", tokens, heads);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_THAT(why(unknown, 8), testing::HasSubstr("token 512; allowed: 0 to 511"));
  EXPECT_THAT(why(fine, 3), testing::HasSubstr("3 heads of a width of 64"));
}

}  // namespace
}  // namespace nonzero
