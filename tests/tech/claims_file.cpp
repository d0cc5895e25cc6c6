#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <set>
#include <string>

#include "nonzero/base/embedded.h"

namespace nonzero {
namespace {

YAML::Node sigma_claims() { return YAML::Load(embedded_files().at("claims/sigma.yaml"))["claims"]; }

TEST(SigmaClaims, are_complete_and_distinct) {
  const std::set<std::string> comparisons = {"equal", "ratio", "about", "at_most", "at_least"};
  const std::set<std::string> kinds = {"quoted", "calibrated", "substituted"};
  std::set<std::string> ids;
  for (const YAML::Node& claim : sigma_claims()) {
    const auto id = claim["id"].as<std::string>();
    SCOPED_TRACE(id);
    EXPECT_TRUE(ids.insert(id).second);
    for (const char* key : {"paper", "figure", "title", "conditions", "unit"})
      EXPECT_FALSE(claim[key].as<std::string>().empty()) << key;
    EXPECT_TRUE(comparisons.contains(claim["compare"].as<std::string>()));
    EXPECT_GT(claim["value"].as<double>(), 0);
    EXPECT_GE(claim["tolerance"].as<double>(), 0);
    if (claim["kind"]) {
      EXPECT_TRUE(kinds.contains(claim["kind"].as<std::string>()));
    }
  }
  EXPECT_GE(ids.size(), 40U);
}

TEST(SigmaClaims, hold_figures_within_ten_percent_unless_exact_rounded_or_a_bound) {
  const std::map<std::string, std::set<double>> tolerances = {
      {"equal", {0, 0.1}}, {"ratio", {0.1}}, {"about", {0.25}}, {"at_most", {0}}, {"at_least", {0}}};
  for (const YAML::Node& claim : sigma_claims())
    EXPECT_TRUE(tolerances.at(claim["compare"].as<std::string>()).contains(claim["tolerance"].as<double>()))
        << claim["id"].as<std::string>();
}

TEST(SigmaClaims, hold_the_twelve_exact_cycle_counts) {
  size_t exact = 0;
  for (const YAML::Node& claim : sigma_claims()) {
    if (claim["unit"].as<std::string>() != "cycles") continue;
    EXPECT_EQ(claim["compare"].as<std::string>(), "equal");
    EXPECT_EQ(claim["tolerance"].as<double>(), 0);
    ++exact;
  }
  EXPECT_EQ(exact, 12U);
}

}  // namespace
}  // namespace nonzero
