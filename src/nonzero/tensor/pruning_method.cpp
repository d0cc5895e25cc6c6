#include "nonzero/tensor/pruning_method.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/base/suggest.h"

namespace nonzero {

std::vector<std::string> pruning_method_names() {
  return {"dense", "srste", "sdgp", "bponly", "transposable", "bdwp"};
}

std::string name(PruningMethod method) { return pruning_method_names()[static_cast<size_t>(method)]; }

PruningMethod pruning_method(const std::string& name) {
  const std::vector<std::string> names = pruning_method_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw InputError(fmt::format("unknown method '{}'{}", name, did_you_mean(name, names)),
                     fmt::format("allowed: {}", fmt::join(names, ", ")));
  return static_cast<PruningMethod>(found - names.begin());
}

bool prunes_forward(PruningMethod method) {
  return method == PruningMethod::kSrste || method == PruningMethod::kTransposable ||
         method == PruningMethod::kBdwp;
}

bool prunes_backward(PruningMethod method) {
  return method == PruningMethod::kBponly || method == PruningMethod::kTransposable ||
         method == PruningMethod::kBdwp;
}

}  // namespace nonzero
