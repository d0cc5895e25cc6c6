#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "nonzero/base/error.h"

namespace nonzero {

// One YAML mapping. Every error names file and line.
class YamlMapping {
 public:
  // `what` names the mapping in messages; `known` are the keys it may have, or nothing where any will do.
  // Throws InputError where `node` is no mapping, repeats a key or has one that is not known.
  YamlMapping(const YAML::Node& node, std::string what, std::string file,
              const std::vector<std::string>& known);

  [[nodiscard]] Place place() const { return place_of(node_); }
  [[nodiscard]] bool has(const std::string& key) const;
  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }  // in the file's order

  // Missing keys, values that are no number and numbers outside [low, high] throw.
  [[nodiscard]] double number(const std::string& key, double low, double high) const;
  [[nodiscard]] double number_or(const std::string& key, double low, double high, double otherwise) const;
  [[nodiscard]] std::string text(const std::string& key) const;  // never empty
  [[nodiscard]] YamlMapping mapping(const std::string& key, const std::vector<std::string>& known) const;
  [[nodiscard]] std::vector<YamlMapping> list(const std::string& key,
                                              const std::vector<std::string>& known) const;

 private:
  [[nodiscard]] const YAML::Node& find(const std::string& key) const;
  [[nodiscard]] Place place_of(const YAML::Node& node) const;

  YAML::Node node_;
  std::string what_, file_;
  std::vector<std::string> keys_;
  std::vector<YAML::Node> values_;
};

}  // namespace nonzero
