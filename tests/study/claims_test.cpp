#include "nonzero/study/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "nonzero/base/error.h"
#include "nonzero/study/claim_models.h"
#include "nonzero/study/reproduce.h"

namespace nonzero {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Claim published(double value, const std::string& compare, double tolerance = 0.1,
                const std::string& unit = "ratio") {
  Claim claim;
  claim.id = "paper/figure";
  claim.value = value;
  claim.compare = compare;
  claim.tolerance = tolerance;
  claim.unit = unit;
  return claim;
}

std::string verdict(const Claim& claim, std::optional<double> ours) {
  return judge(claim, {ours, ""}).verdict;
}

// common.md, "Claims".
TEST(Verdict, is_reproduced_within_the_tolerance) {
  EXPECT_EQ(verdict(published(2, "ratio"), 2.19), "reproduced");
  EXPECT_EQ(verdict(published(2, "ratio"), 1.81), "reproduced");
  EXPECT_NE(verdict(published(2, "ratio"), 2.21), "reproduced");
  EXPECT_EQ(verdict(published(2, "about", 0.25), 2.49), "reproduced");
  EXPECT_NE(verdict(published(2, "about", 0.25), 2.51), "reproduced");
}

TEST(Verdict, of_an_exact_count_bears_no_cycle_more_or_less) {
  EXPECT_EQ(verdict(published(66454, "equal", 0), 66454), "reproduced");
  EXPECT_EQ(verdict(published(66454, "equal", 0), 66455), "missed");
  EXPECT_EQ(verdict(published(66454, "equal", 0), 66453), "missed");
}

TEST(Verdict, of_a_bound_is_reproduced_where_it_holds_and_missed_where_not) {
  EXPECT_EQ(verdict(published(0.1, "at_most"), 0.1), "reproduced");
  EXPECT_EQ(verdict(published(0.1, "at_most"), 0.001), "reproduced");
  EXPECT_EQ(verdict(published(0.1, "at_most"), 0.101), "missed");
  EXPECT_EQ(verdict(published(3, "at_least"), 30), "reproduced");
  EXPECT_EQ(verdict(published(3, "at_least"), 2.99), "missed");
}

TEST(Verdict, is_direction_on_the_same_side_of_one_and_within_half_a_decade) {
  EXPECT_EQ(verdict(published(2, "ratio"), 1.2), "direction");
  EXPECT_EQ(verdict(published(2, "ratio"), 6.3), "direction");
  EXPECT_EQ(verdict(published(2, "ratio"), 6.4), "missed");
  EXPECT_EQ(verdict(published(2, "ratio"), 0.9), "missed");
  EXPECT_EQ(verdict(published(0.55, "ratio"), 0.9), "direction");
  EXPECT_EQ(verdict(published(0.55, "ratio"), 1.1), "missed");
}

TEST(Verdict, never_says_better_of_a_kind_than_the_kind_allows) {
  Claim claim = published(2, "ratio");
  claim.kind = "quoted";
  EXPECT_EQ(verdict(claim, 2), "quoted");
  claim.kind = "calibrated";
  EXPECT_EQ(verdict(claim, 2), "calibrated");
  claim.kind = "substituted";
  EXPECT_EQ(verdict(claim, 2), "substituted");
  EXPECT_EQ(verdict(claim, 0.5), "missed");
}

TEST(Verdict, is_not_run_where_nothing_is_ours) {
  const Verdict v = judge(published(2, "ratio"), {std::nullopt, "no matrix"});
  EXPECT_EQ(v.verdict, "not run");
  EXPECT_EQ(v.ratio, 0);
}

TEST(Verdict, gives_ours_over_the_published_value) {
  EXPECT_DOUBLE_EQ(judge(published(2, "ratio"), {3, ""}).ratio, 1.5);
}

std::string complaint(const std::string& yaml) {
  try {
    (void)parse_claims(yaml, "c.yaml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

const std::string kClaim = "claims:\n  - id: a/b\n    value: 1\n    compare: equal\n";

TEST(ClaimsFile, is_read_key_by_key) {
  const std::vector<Claim> claims = parse_claims(kClaim + "    tolerance: 0.25\n    note: why\n", "c.yaml");
  ASSERT_EQ(claims.size(), 1U);
  EXPECT_EQ(claims[0].id, "a/b");
  EXPECT_EQ(claims[0].tolerance, 0.25);
  EXPECT_EQ(claims[0].note, "why");
}

TEST(ClaimsFile, that_is_wrong_is_refused_with_its_line) {
  EXPECT_THAT(complaint(kClaim + "    vale: 1\n"), AllOf(HasSubstr("c.yaml:5"), HasSubstr("'vale'")));
  EXPECT_THAT(complaint(kClaim + "    tolerance: some\n"), AllOf(HasSubstr("c.yaml:5"), HasSubstr("number")));
  EXPECT_THAT(complaint("claims:\n  - id: a/b\n    compare: equal\n"),
              AllOf(HasSubstr("c.yaml:2"), HasSubstr("value")));
  EXPECT_THAT(complaint("claims:\n  - value: 1\n    compare: equal\n"),
              AllOf(HasSubstr("c.yaml:2"), HasSubstr("id")));
  EXPECT_THAT(complaint("claims:\n  - id: a/b\n    value: 1\n    compare: like\n"),
              AllOf(HasSubstr("c.yaml:2"), HasSubstr("at_most")));
  EXPECT_THAT(complaint("claims: [\n"), HasSubstr("c.yaml:"));
}

TEST(Claims, have_a_model_behind_each_id) {
  const ClaimModels models = ClaimModels::all();
  EXPECT_FALSE(models.contains("sigma/no-such-claim"));
  for (const Claim& claim : all_claims()) EXPECT_TRUE(models.contains(claim.id)) << claim.id;
}

TEST(Claims, say_what_is_missing_where_nothing_is_ours) {
  for (const Verdict& v : reproduce("sigma", Progress())) {
    if (v.ours.value) continue;
    EXPECT_NE(v.ours.detail, "") << v.claim.id;
  }
}

TEST(Claims, stand_once_each) {
  std::set<std::string> ids;
  for (const Claim& claim : all_claims()) EXPECT_TRUE(ids.insert(claim.id).second) << claim.id;
}

// The twelve published counts, to the cycle.
TEST(Reproduce, gives_the_twelve_exact_cycle_counts) {
  size_t exact = 0;
  for (const std::string which : {"sigma/cycles", "tpu/cycles"}) {
    for (const Verdict& v : reproduce(which, Progress())) {
      EXPECT_EQ(v.ours.value, v.claim.value) << v.claim.id;
      EXPECT_EQ(v.claim.tolerance, 0) << v.claim.id;
      ++exact;
    }
  }
  EXPECT_EQ(exact, 12U);
}

TEST(Reproduce, suggests_the_nearest_claim) {
  try {
    (void)reproduce("sigma/peek", Progress());
    FAIL() << "an unknown claim was run";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'sigma/peak'"));
  }
}

}  // namespace
}  // namespace nonzero
