#pragma once

#include "nonzero/study/claim_models.h"

namespace nonzero {

// Our side of claims/sigma.yaml. Every value comes from a run of the models or a bottom-up sum.
void add_sigma_claims(ClaimModels& models);

}  // namespace nonzero
