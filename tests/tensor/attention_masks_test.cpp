#include "nonzero/tensor/attention_masks.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>

#include "nonzero/base/error.h"
#include "nonzero/tensor/generate.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// splitmix64 as published (Vigna, 2015), and its upper 53 bits as a fraction.
class Uniforms {
 public:
  explicit Uniforms(uint64_t state) : state_(state) {}

  double next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }

 private:
  uint64_t state_;
};

using Attends = std::function<bool(int64_t i, int64_t j)>;

Csr by_definition(int64_t n, const Attends& attends) {
  Csr csr{static_cast<uint64_t>(n), static_cast<uint64_t>(n), {0}, {}, {}};
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j)
      if (attends(i, j)) csr.indices.push_back(static_cast<uint32_t>(j));
    csr.offsets.push_back(csr.indices.size());
  }
  return csr;
}

TEST(AttentionMasks, golden_counts) {
  EXPECT_EQ(attention_mask("longformer-block", 512).nnz(), 39424);  // 154 blocks
  EXPECT_EQ(attention_mask("longformer-block:b=16,window_blocks=3,global=0", 512).nnz(), 39424);
  EXPECT_EQ(attention_mask("fixed", 512).nnz(), 90112);  // 352 blocks
  for (const uint64_t n : {512, 1024, 4096}) {
    const double density =
        static_cast<double>(attention_mask("window", n).nnz()) / static_cast<double>(n * n);
    EXPECT_NEAR(density, 0.1211, 5e-5);
  }
}

TEST(AttentionMasks, follow_their_definitions) {
  struct Case {
    const char* description;
    int64_t n;
    Attends attends;
  };
  const auto window = [](int64_t di, int64_t w) { return di >= -(w / 2) && di <= -(w / 2) + w - 1; };
  const std::vector<Case> cases = {
      {"dense", 9, [](int64_t, int64_t) { return true; }},
      {"window", 50, [=](int64_t i, int64_t j) { return window(j - i, 6); }},
      {"window:w=1", 9, [](int64_t i, int64_t j) { return i == j; }},
      {"window:w=4", 9, [=](int64_t i, int64_t j) { return window(j - i, 4); }},
      {"window:w=17", 9, [](int64_t, int64_t) { return true; }},
      {"dilated:w=5,s=3", 40, [](int64_t i, int64_t j) { return (j - i) % 3 == 0 && std::abs(j - i) <= 6; }},
      {"dilated:w=79,s=1", 40, [](int64_t i, int64_t j) { return std::abs(j - i) <= 39; }},
      {"strided:s=7", 40, [](int64_t i, int64_t j) { return std::abs(j - i) < 7 || j % 7 == 6; }},
      {"strided:s=1", 9, [](int64_t, int64_t) { return true; }},
      {"longformer:window=6", 40,
       [](int64_t i, int64_t j) { return std::abs(j - i) <= 3 || i < 1 || j < 1; }},
      {"longformer:window=7,global=4", 40,
       [](int64_t i, int64_t j) { return std::abs(j - i) <= 3 || i < 4 || j < 4; }},
      {"longformer:window=3,global=0", 9, [](int64_t i, int64_t j) { return std::abs(j - i) <= 1; }},
      {"longformer-block:b=4,window_blocks=5,global=9+2", 40,
       [](int64_t i, int64_t j) {
         const auto global = [](int64_t block) { return block == 9 || block == 2; };
         return std::abs(j / 4 - i / 4) <= 2 || global(i / 4) || global(j / 4);
       }},
      {"longformer-block:b=4,window_blocks=0", 40,
       [](int64_t i, int64_t j) { return i / 4 == 0 || j / 4 == 0; }},
      {"fixed:b=2,local=3", 24, [](int64_t i, int64_t j) { return i / 6 == j / 6 || (j / 2) % 3 == 2; }},
      // Seven blocks in groups of three: the short group's last block is global, too.
      {"fixed:b=2,local=3", 14,
       [](int64_t i, int64_t j) { return i / 6 == j / 6 || (j / 2) % 3 == 2 || j / 2 == 6; }},
      {"window:w=9,causal", 40, [](int64_t i, int64_t j) { return i - j <= 4 && j <= i; }},
      {"dense:padding=3", 9, [](int64_t i, int64_t j) { return i < 6 && j < 6; }},
      {"strided:s=4,causal,padding=5", 20,
       [](int64_t i, int64_t j) { return (i - j < 4 || j % 4 == 3) && j <= i && i < 15; }},
  };
  for (const Case& c : cases)
    EXPECT_TRUE(test::same_matrix(attention_mask(c.description, static_cast<uint64_t>(c.n)),
                                  by_definition(c.n, c.attends)))
        << c.description;
}

// Every element present with p_in inside the window and p_out outside, drawn row by row.
TEST(AttentionMasks, diagloc_draws_one_number_per_element) {
  for (const int64_t w : {1, 8, 30}) {
    const int64_t n = 64;
    double area = 0;
    for (int64_t di = -(w / 2); di <= -(w / 2) + w - 1; ++di) area += static_cast<double>(n - std::abs(di));
    const double all = 64.0 * 64.0, inside = std::min(1.0, 0.6 * 0.2 * all / area);
    const double outside = 0.4 * 0.2 * all / (all - area);
    Uniforms uniforms(11);
    const Csr expected = by_definition(n, [&](int64_t i, int64_t j) {
      const bool in_window = j - i >= -(w / 2) && j - i <= -(w / 2) + w - 1;
      return uniforms.next() < (in_window ? inside : outside);
    });
    EXPECT_TRUE(test::same_matrix(attention_mask(fmt::format("diagloc:rho=0.2,phi=0.6,w={},seed=11", w), 64),
                                  expected));
  }
}

TEST(AttentionMasks, diagloc_at_its_ends) {
  EXPECT_EQ(attention_mask("diagloc:rho=0,phi=0.5", 32).nnz(), 0);
  EXPECT_EQ(attention_mask("diagloc:rho=1,phi=1,w=63", 32).nnz(), 32 * 32);
  EXPECT_EQ(attention_mask("diagloc:rho=1,phi=1,w=4", 32), attention_mask("window:w=4", 32));
}

// The blocks of one block row, by the definition: global, window, then the shuffle's first picks.
std::set<uint64_t> bigbird_row(uint64_t row, uint64_t blocks, uint64_t random, uint64_t window,
                               uint64_t global, Uniforms& uniforms) {
  std::set<uint64_t> chosen;
  for (uint64_t column = 0; column < blocks; ++column) {
    const uint64_t apart = std::max(row, column) - std::min(row, column);
    if (row < global || column < global || apart <= (window - 1) / 2) chosen.insert(column);
  }
  if (row < global) return chosen;
  std::vector<uint64_t> others;
  for (uint64_t column = 0; column < blocks; ++column)
    if (chosen.count(column) == 0) others.push_back(column);
  for (uint64_t k = 0; k < random; ++k) {
    const auto pick = static_cast<uint64_t>(uniforms.next() * static_cast<double>(others.size() - k));
    std::swap(others[k], others[k + pick]);
    chosen.insert(others[k]);
  }
  return chosen;
}

TEST(AttentionMasks, bigbird_of_both_variants) {
  struct Case {
    const char* description;
    uint64_t block, random, window, global, seed;
  };
  for (const Case& c : {Case{"bigbird", 16, 1, 3, 1, 1}, Case{"bigbird:seed=9", 16, 1, 3, 1, 9},
                        Case{"bigbird:b=32,random=3,window_blocks=3,global=2", 32, 3, 3, 2, 1}}) {
    Uniforms uniforms(c.seed);
    std::vector<std::set<uint64_t>> blocks;
    for (uint64_t row = 0; row < 512 / c.block; ++row)
      blocks.push_back(bigbird_row(row, 512 / c.block, c.random, c.window, c.global, uniforms));
    const Csr expected = by_definition(512, [&](int64_t i, int64_t j) {
      const auto block = static_cast<int64_t>(c.block);
      return blocks[static_cast<size_t>(i / block)].count(static_cast<uint64_t>(j / block)) > 0;
    });
    EXPECT_TRUE(test::same_matrix(attention_mask(c.description, 512), expected)) << c.description;
  }
  // 32 global, 4 in the first and last row of windows, 5 in the others.
  EXPECT_EQ(attention_mask("bigbird", 512).nnz(), (32 + 4 + 29 * 5 + 4) * 256);
}

TEST(AttentionMasks, bigbird_draws_otherwise_than_the_generator_of_that_name) {
  EXPECT_EQ(attention_mask("bigbird", 512).nnz(), generate_bigbird(512, {}, 1).nnz());
  EXPECT_NE(attention_mask("bigbird", 512).indices, generate_bigbird(512, {}, 1).indices);
  EXPECT_EQ(attention_mask("window:w=9", 100).indices, generate_sliding_window(100, 9, 1).indices);
}

TEST(AttentionMasks, one_token) {
  for (const char* mask :
       {"dense", "window", "dilated:w=1,s=1", "strided:s=1", "longformer:window=1",
        "longformer-block:b=1,window_blocks=1", "fixed:b=1,local=1", "bigbird:b=1,random=0,window_blocks=1"})
    EXPECT_EQ(attention_mask(mask, 1).nnz(), 1) << mask;
}

TEST(AttentionMasks, modifiers_of_other_masks_keep_their_values) {
  const Csr mask = test::draw({"1 2 3",  //
                               "4 5 6",  //
                               "7 8 9"});
  EXPECT_TRUE(test::same_matrix(causal_mask(mask), test::draw({"1 . .",  //
                                                               "4 5 .",  //
                                                               "7 8 9"})));
  EXPECT_TRUE(test::same_matrix(padded_mask(mask, 1), test::draw({"1 2 .",  //
                                                                  "4 5 .",  //
                                                                  ". . ."})));
}

TEST(AttentionMasks, kinds_are_listed_with_their_keys) {
  std::vector<std::string> names;
  for (const MaskKind& kind : attention_mask_kinds()) names.push_back(kind.name);
  EXPECT_THAT(names, ElementsAre("dense", "window", "dilated", "strided", "longformer", "longformer-block",
                                 "bigbird", "fixed", "diagloc"));
  EXPECT_THAT(attention_mask_kinds()[1].keys, ElementsAre("w", "causal", "padding"));
}

TEST(AttentionMasksBadInput, says_what_is_wrong_and_what_is_allowed) {
  struct Case {
    const char* description;
    uint64_t tokens;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"longformr:window=3", 64, "unknown mask 'longformr' (did you mean 'longformer'?); allowed: dense"},
      {"longformer", 64, "'longformer' without 'window'"},
      {"longformer:windw=3", 64, "unknown key 'windw' of 'longformer' (did you mean 'window'?)"},
      {"longformer:window=3,", 64, "''; allowed: key=value"},
      {"longformer:window=3,window=4", 64, "'window' stands twice"},
      {"longformer:window=3,global=65", 64, "65 global tokens of 64; allowed: 0 to 64"},
      {"window:w=0", 64, "a window of 0 of 64 tokens; allowed: 1 to 127"},
      {"window:w=128", 64, "allowed: 1 to 127"},
      {"window:w=-1", 64, "w = '-1'; allowed: a whole number >= 0"},
      {"window:causal=1", 64, "'causal=1'; allowed: causal"},
      {"window:padding=65", 64, "padding of 65 of 64 tokens"},
      {"window", 0, "a mask of 0 tokens"},
      {"dilated:w=3,s=0", 64, "s = 0 of 64 tokens; allowed: 1 to 64"},
      {"strided:s=65", 64, "s = 65 of 64 tokens"},
      {"longformer-block", 500, "500 tokens in blocks of 16; allowed: a multiple of the block"},
      {"longformer-block:b=0", 64, "in blocks of 0"},
      {"longformer-block:window_blocks=5", 64, "5 window blocks of 4; allowed: 0 to 4"},
      {"longformer-block:global=1+4", 64, "global block 4 of 4; allowed: 0 to 3"},
      {"longformer-block:global=1+", 64, "global = '1+'; allowed: whole numbers >= 0 joined by '+'"},
      {"bigbird:random=5", 64, "5 random blocks of 4"},
      {"bigbird:random=2", 64, "2 random blocks where 1 are neither global nor in the window"},
      {"bigbird:window_blocks=5", 64, "5 window blocks of 4"},
      {"bigbird:global=5", 64, "5 global blocks of 4"},
      {"fixed:local=0", 64, "groups of 0 blocks of 4; allowed: 1 to 4"},
      {"fixed:local=5", 64, "groups of 5 blocks of 4"},
      {"diagloc:rho=0.1", 64, "'diagloc' without 'phi'"},
      {"diagloc:rho=1.5,phi=0.5", 64, "rho = '1.5'; allowed: a number from 0 to 1"},
      {"diagloc:rho=nan,phi=0.5", 64, "rho = 'nan'"},
      {"diagloc:rho=0.1,phi=0.5,w=200", 64, "a window of 200 of 64 tokens"},
      {"dense", uint64_t{1} << 31U, "of memory"},
      {"dense", uint64_t{1} << 32U, "allowed: 1 to 2^31"},
  };
  for (const Case& c : cases) {
    std::string message = "nothing was refused";
    try {
      attention_mask(c.description, c.tokens);
    } catch (const InputError& error) {
      message = error.what();
    }
    EXPECT_THAT(message, HasSubstr(c.message)) << c.description;
  }
}

}  // namespace
}  // namespace nonzero
