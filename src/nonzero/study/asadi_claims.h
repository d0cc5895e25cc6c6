#pragma once

#include "nonzero/study/claim_models.h"

namespace nonzero {

// ASADI's claims (claims/asadi.yaml).
void add_asadi_claims(ClaimModels& models);

}  // namespace nonzero
