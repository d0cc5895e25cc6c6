#include "nonzero/tech/yaml_mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "nonzero/base/suggest.h"

namespace nonzero {

YamlMapping::YamlMapping(const YAML::Node& node, std::string what, std::string file)
    : node_(node), what_(std::move(what)), file_(std::move(file)) {
  if (!node_.IsMap()) throw InputError(what_ + " is not a mapping", "allowed: 'key: value' lines", place());
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar())
      throw InputError(what_ + " has a key that is not a word", "", place_of(entry.first));
    const std::string& key = entry.first.Scalar();
    if (has(key))
      throw InputError(fmt::format("{}: key '{}' stands twice", what_, key), "", place_of(entry.first));
    keys_.push_back(key);
    key_nodes_.push_back(entry.first);
    values_.push_back(entry.second);
  }
}

Place YamlMapping::place_of(const YAML::Node& node) const {
  return {file_, static_cast<uint64_t>(std::max(0, node.Mark().line) + 1)};
}

bool YamlMapping::has(const std::string& key) const {
  return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
}

const YAML::Node& YamlMapping::find(const std::string& key) {
  asked_.insert(key);
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found == keys_.end()) {
    // A slip of the pen in the key is the likelier reason than its absence.
    for (size_t i = 0; i < keys_.size(); ++i)
      if (!asked_.contains(keys_[i]) && nearest(keys_[i], std::vector<std::string>{key}) == key)
        throw InputError(fmt::format("{}: unknown key '{}' (did you mean '{}'?)", what_, keys_[i], key), "",
                         place_of(key_nodes_[i]));
    throw InputError(fmt::format("{}: key '{}' is missing", what_, key), "", place());
  }
  return values_[static_cast<size_t>(found - keys_.begin())];
}

double YamlMapping::number(const std::string& key, double low, double high) {
  const YAML::Node& value = find(key);
  const std::string allowed = fmt::format("allowed: a number from {} to {}", low, high);
  if (!value.IsScalar())
    throw InputError(fmt::format("{}: {} is not one value", what_, key), allowed, place_of(value));
  const std::string& text = value.Scalar();
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || !std::isfinite(number) || number < low || number > high)
    throw InputError(fmt::format("{}: {} = '{}'", what_, key, text), allowed, place_of(value));
  return number;
}

double YamlMapping::number_or(const std::string& key, double low, double high, double otherwise) {
  asked_.insert(key);
  return has(key) ? number(key, low, high) : otherwise;
}

std::string YamlMapping::text(const std::string& key) {
  const YAML::Node& value = find(key);
  if (!value.IsScalar() || value.Scalar().empty())
    throw InputError(fmt::format("{}: {} is no text", what_, key), "allowed: a text that is not empty",
                     place_of(value));
  return value.Scalar();
}

YAML::Node YamlMapping::node(const std::string& key) { return find(key); }

YamlMapping YamlMapping::mapping(const std::string& key) { return {find(key), what_ + "." + key, file_}; }

std::vector<YamlMapping> YamlMapping::list(const std::string& key) {
  const YAML::Node& value = find(key);
  if (!value.IsSequence())
    throw InputError(fmt::format("{}: {} is not a list", what_, key), "allowed: '- ' items", place_of(value));
  std::vector<YamlMapping> items;
  for (const YAML::Node& item : value) items.emplace_back(item, what_ + "." + key, file_);
  return items;
}

void YamlMapping::close() const {
  const std::vector<std::string> known(asked_.begin(), asked_.end());
  for (size_t i = 0; i < keys_.size(); ++i)
    if (!asked_.contains(keys_[i]))
      throw InputError(fmt::format("{}: unknown key '{}'{}", what_, keys_[i], did_you_mean(keys_[i], known)),
                       fmt::format("allowed: {}", fmt::join(known, ", ")), place_of(key_nodes_[i]));
}

}  // namespace nonzero
