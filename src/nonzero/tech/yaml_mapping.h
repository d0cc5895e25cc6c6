#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nonzero/base/error.h"

namespace nonzero {

// One YAML mapping, read key by key; whoever reads it calls close(), which refuses the keys nobody
// asked for. Every error names file and line.
class YamlMapping {
 public:
  // `what` names the mapping in messages. Throws InputError where `node` is none or repeats a key.
  YamlMapping(const YAML::Node& node, std::string what, std::string file);

  [[nodiscard]] Place place() const { return place_of(node_); }
  [[nodiscard]] Place place_of(const YAML::Node& node) const;

  [[nodiscard]] bool has(const std::string& key) const;
  // Missing keys, values that are no number and numbers outside [low, high] throw.
  double number(const std::string& key, double low, double high);
  double number_or(const std::string& key, double low, double high, double otherwise);
  std::string text(const std::string& key);  // never empty
  YAML::Node node(const std::string& key);
  YamlMapping mapping(const std::string& key);
  std::vector<YamlMapping> list(const std::string& key);
  // The keys in the order of the file.
  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }

  void close() const;

 private:
  const YAML::Node& find(const std::string& key);

  YAML::Node node_;
  std::string what_, file_;
  std::vector<std::string> keys_;
  std::vector<YAML::Node> key_nodes_, values_;
  std::set<std::string> asked_;
};

}  // namespace nonzero
