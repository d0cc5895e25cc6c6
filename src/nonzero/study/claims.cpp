#include "nonzero/study/claims.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nonzero/base/embedded.h"
#include "nonzero/base/error.h"
#include "nonzero/base/suggest.h"

namespace nonzero {
namespace {

Claim parse_claim(const YAML::Node& node, const std::string& file) {
  Claim claim;
  const std::map<std::string, std::string*> words = {
      {"id", &claim.id},       {"paper", &claim.paper},     {"figure", &claim.figure},
      {"title", &claim.title}, {"unit", &claim.unit},       {"conditions", &claim.conditions},
      {"note", &claim.note},   {"compare", &claim.compare}, {"kind", &claim.kind}};
  const std::map<std::string, double*> numbers = {{"value", &claim.value}, {"tolerance", &claim.tolerance}};
  bool has_value = false;
  for (const auto& entry : node) {
    const std::string key = entry.first.Scalar();
    const Place place{file, static_cast<uint64_t>(entry.first.Mark().line + 1)};
    if (words.contains(key)) {
      *words.at(key) = entry.second.Scalar();
    } else if (numbers.contains(key)) {
      if (!YAML::convert<double>::decode(entry.second, *numbers.at(key)))
        throw InputError(fmt::format("{} = '{}'", key, entry.second.Scalar()), "allowed: a number", place);
      has_value = has_value || key == "value";
    } else {
      throw InputError(fmt::format("unknown key '{}' in a claim", key), "", place);
    }
  }
  const std::vector<std::string> ways = {"equal", "ratio", "about", "at_most", "at_least"};
  const Place place{file, static_cast<uint64_t>(node.Mark().line + 1)};
  if (claim.id.empty() || !has_value) throw InputError("a claim without id or value", "", place);
  if (std::find(ways.begin(), ways.end(), claim.compare) == ways.end())
    throw InputError(fmt::format("compare = '{}'", claim.compare),
                     fmt::format("allowed: {}", fmt::join(ways, ", ")), place);
  return claim;
}

bool holds(const Claim& claim, double ours) {
  if (claim.compare == "at_most") return ours <= claim.value;
  if (claim.compare == "at_least") return ours >= claim.value;
  return std::fabs(ours - claim.value) <= claim.tolerance * std::fabs(claim.value);
}

// The right side of 1 and within half a decade.
bool right_direction(const Claim& claim, double ours) {
  if (claim.compare != "ratio" && claim.compare != "about") return false;
  if (ours <= 0 || claim.value <= 0) return false;
  const bool same_side = claim.unit != "ratio" || (ours > 1) == (claim.value > 1);
  return same_side && std::fabs(std::log10(ours / claim.value)) <= 0.5;
}

}  // namespace

Verdict judge(const Claim& claim, const Ours& ours) {
  Verdict v{claim, ours, 0, "not run"};
  if (ours.value && claim.value != 0) v.ratio = *ours.value / claim.value;
  if (claim.kind == "quoted" || claim.kind == "calibrated") {
    v.verdict = claim.kind;
  } else if (ours.value) {
    v.verdict = holds(claim, *ours.value)             ? "reproduced"
                : right_direction(claim, *ours.value) ? "direction"
                                                      : "missed";
    if (claim.kind == "substituted") v.verdict = v.verdict == "missed" ? "missed" : "substituted";
  }
  return v;
}

std::vector<Claim> parse_claims(const std::string& yaml, const std::string& file) {
  std::vector<Claim> claims;
  try {
    for (const YAML::Node& node : YAML::Load(yaml)["claims"]) claims.push_back(parse_claim(node, file));
  } catch (const YAML::Exception& error) {
    throw InputError("not valid YAML: " + error.msg, "", {file, static_cast<uint64_t>(error.mark.line + 1)});
  }
  return claims;
}

const std::vector<Claim>& all_claims() {
  static const std::vector<Claim> all = [] {
    std::vector<Claim> claims;
    for (const auto& [path, text] : embedded_files()) {
      if (!path.starts_with("claims/")) continue;
      const std::vector<Claim> some = parse_claims(text, path);
      claims.insert(claims.end(), some.begin(), some.end());
    }
    return claims;
  }();
  return all;
}

}  // namespace nonzero
