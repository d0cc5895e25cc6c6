#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nonzero/base/error.h"

namespace nonzero::io {

// Throws InputError with the line where `text` is no JSON; `expected` names what it should have been.
nlohmann::json parse_json(std::string_view text, const std::string& source, const std::string& expected);

// A JSON object's members, read by type. Throws InputError, naming `what`, for a key that nobody may ask
// for, one that is missing and one of another type.
class JsonMembers {
 public:
  JsonMembers(const nlohmann::json& json, std::string what, const std::string& source,
              const std::vector<std::string>& known);

  [[nodiscard]] bool has(const std::string& key) const {
    return json_.contains(key) && !json_[key].is_null();
  }
  [[nodiscard]] const nlohmann::json& required(const std::string& key) const;
  [[nodiscard]] uint64_t size(const std::string& key) const;
  [[nodiscard]] uint64_t size(const std::string& key, uint64_t otherwise) const {
    return has(key) ? size(key) : otherwise;
  }
  [[nodiscard]] std::string text(const std::string& key) const;
  [[nodiscard]] bool flag(const std::string& key) const;
  // From 0 to 1; 1 where the key is absent.
  [[nodiscard]] double share(const std::string& key) const;
  // Nothing where the key is absent.
  [[nodiscard]] std::vector<uint64_t> sizes(const std::string& key) const;
  // The name of a file within the folder.
  [[nodiscard]] std::string file(const std::string& key) const;
  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed) const;

 private:
  const nlohmann::json& json_;
  std::string what_;
  Place place_;
};

}  // namespace nonzero::io
