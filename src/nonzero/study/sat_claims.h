#pragma once

#include "nonzero/study/claim_models.h"

namespace nonzero {

// Our side of claims/sat.yaml.
void add_sat_claims(ClaimModels& models);

}  // namespace nonzero
