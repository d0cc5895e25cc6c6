#include "nonzero/study/reproduce.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/embedded.h"
#include "nonzero/base/error.h"
#include "nonzero/base/suggest.h"
#include "nonzero/study/claim_models.h"

namespace nonzero {
namespace {

bool is_part(const std::string& id, const std::string& which) {
  return which.empty() || id == which || id.starts_with(which + "/");
}

std::vector<Claim> chosen(const std::string& which) {
  const auto file = embedded_files().find("claims/" + which + ".yaml");
  if (file != embedded_files().end()) return parse_claims(file->second, file->first);
  std::vector<Claim> claims;
  std::vector<std::string> names;
  for (const Claim& claim : all_claims()) {
    if (is_part(claim.id, which)) claims.push_back(claim);
    names.push_back(claim.id);
    names.push_back(claim.id.substr(0, claim.id.rfind('/')));
  }
  if (!claims.empty()) return claims;
  throw InputError(fmt::format("unknown claim '{}'{}", which, did_you_mean(which, names)),
                   "see: nonzero reproduce --all");
}

}  // namespace

std::vector<Verdict> reproduce(const std::string& which, const Progress& progress) {
  const std::vector<Claim> claims = chosen(which);
  const ClaimModels models = ClaimModels::all();
  std::vector<Verdict> verdicts;
  for (const Claim& claim : claims) {
    progress.step(claim.id, verdicts.size(), claims.size());
    verdicts.push_back(judge(claim, models.ours(claim.id)));
  }
  progress.step("", claims.size(), claims.size());
  return verdicts;
}

}  // namespace nonzero
