#pragma once

#include "nonzero/study/claim_models.h"

namespace nonzero {

// BitWave's claims (claims/bitwave.yaml).
void add_bitwave_claims(ClaimModels& models);

}  // namespace nonzero
