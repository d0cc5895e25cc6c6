#pragma once

#include <functional>
#include <map>
#include <string>

#include "nonzero/study/claims.h"

namespace nonzero {

// Our side of the claims, by their ids; nothing is run before it is asked for.
class ClaimModels {
 public:
  // The models of every paper in the house.
  static ClaimModels all();

  std::function<Ours()>& operator[](const std::string& id) { return by_id_[id]; }
  [[nodiscard]] bool contains(const std::string& id) const { return by_id_.contains(id); }
  // No value where no model stands behind the id.
  [[nodiscard]] Ours ours(const std::string& id) const;

 private:
  std::map<std::string, std::function<Ours()>> by_id_;
};

}  // namespace nonzero
