#include "nonzero/study/findings.h"

#include <fmt/format.h>

#include "nonzero/base/error.h"
#include "nonzero/base/suggest.h"
#include "nonzero/study/bitwave_ablation.h"
#include "nonzero/study/flexagon_port.h"
#include "nonzero/study/hottiles_iso.h"
#include "nonzero/study/sat_ablation.h"

namespace nonzero {

std::vector<std::string> study_ids() { return {kFlexagonPort, kSatAblation, kBitwaveAblation, kHottilesIso}; }

Findings run_named_study(const std::string& id) {
  if (id == kFlexagonPort) return flexagon_port();
  if (id == kSatAblation) return sat_ablation();
  if (id == kBitwaveAblation) return bitwave_ablation();
  if (id == kHottilesIso) return hottiles_iso();
  throw InputError(fmt::format("unknown study '{}'{}", id, did_you_mean(id, study_ids())),
                   fmt::format("allowed: {}", fmt::join(study_ids(), ", ")));
}

}  // namespace nonzero
