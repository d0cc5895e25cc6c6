#include "nonzero/study/claim_models.h"

#include "nonzero/study/asadi_claims.h"
#include "nonzero/study/bitwave_claims.h"
#include "nonzero/study/flexagon_claims.h"
#include "nonzero/study/hottiles_claims.h"
#include "nonzero/study/sat_claims.h"
#include "nonzero/study/sigma_claims.h"

namespace nonzero {

ClaimModels ClaimModels::all() {
  ClaimModels models;
  add_sigma_claims(models);
  add_flexagon_claims(models);
  add_sat_claims(models);
  add_bitwave_claims(models);
  add_asadi_claims(models);
  add_hottiles_claims(models);
  return models;
}

Ours ClaimModels::ours(const std::string& id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return {std::nullopt, "no model stands behind this claim"};
  return found->second();
}

}  // namespace nonzero
