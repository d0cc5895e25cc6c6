#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "nonzero/study/claims.h"

namespace nonzero {

// Our side of claims/sigma.yaml. Every value comes from a run of the models or a bottom-up sum.
class SigmaClaims {
 public:
  SigmaClaims();
  ~SigmaClaims();
  SigmaClaims(const SigmaClaims&) = delete;
  SigmaClaims& operator=(const SigmaClaims&) = delete;

  // Nothing where no model stands behind the id.
  [[nodiscard]] Ours ours(const std::string& id);

 private:
  class Runs;
  std::unique_ptr<Runs> runs_;
  std::map<std::string, std::function<Ours()>> by_id_;
};

}  // namespace nonzero
