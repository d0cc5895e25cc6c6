#include "nonzero/study/findings.h"

#include <fmt/format.h>

#include "nonzero/base/error.h"
#include "nonzero/base/suggest.h"
#include "nonzero/study/flexagon_port.h"

namespace nonzero {

std::vector<std::string> study_ids() { return {kFlexagonPort}; }

Findings run_named_study(const std::string& id) {
  if (id == kFlexagonPort) return flexagon_port();
  throw InputError(fmt::format("unknown study '{}'{}", id, did_you_mean(id, study_ids())),
                   fmt::format("allowed: {}", fmt::join(study_ids(), ", ")));
}

}  // namespace nonzero
