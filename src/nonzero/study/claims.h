#pragma once

#include <optional>
#include <string>
#include <vector>

namespace nonzero {

// A published figure (claims/*.yaml).
struct Claim {
  std::string id, paper, figure, title, conditions, unit, note;
  double value = 0;
  std::string compare;  // equal, ratio, about, at_most, at_least
  double tolerance = 0.1;
  std::string kind;  // quoted, calibrated, substituted or ""
};

// What our models give for a claim; no value where nothing could be run.
struct Ours {
  std::optional<double> value;
  std::string detail;  // other readings of the figure, stand-ins, the reason of a miss
  std::vector<std::vector<std::string>> table = {};  // what the figure sums up, its head first
};

// A claim judged by common.md's rules ("Claims").
struct Verdict {
  Claim claim;
  Ours ours;
  double ratio = 0;     // ours / published, where both are
  std::string verdict;  // reproduced, direction, missed, calibrated, substituted, not run, quoted
};

Verdict judge(const Claim& claim, const Ours& ours);

// Throws InputError with file and line for a missing or unknown key.
std::vector<Claim> parse_claims(const std::string& yaml, const std::string& file);

// Every claim the binary carries.
const std::vector<Claim>& all_claims();

}  // namespace nonzero
