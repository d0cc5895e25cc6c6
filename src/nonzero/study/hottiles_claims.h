#pragma once

#include "nonzero/study/claim_models.h"

namespace nonzero {

// Our side of claims/hottiles.yaml.
void add_hottiles_claims(ClaimModels& models);

}  // namespace nonzero
