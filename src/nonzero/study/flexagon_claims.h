#pragma once

#include "nonzero/study/claim_models.h"

namespace nonzero {

// Our side of claims/flexagon.yaml. The layers run on the authors' machine (timing mode `paper`).
void add_flexagon_claims(ClaimModels& models);

}  // namespace nonzero
