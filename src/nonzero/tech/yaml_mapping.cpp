#include "nonzero/tech/yaml_mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "nonzero/base/suggest.h"

namespace nonzero {

YamlMapping::YamlMapping(const YAML::Node& node, std::string what, std::string file,
                         const std::vector<std::string>& known)
    : node_(node), what_(std::move(what)), file_(std::move(file)) {
  if (!node_.IsMap()) throw InputError(what_ + " is not a mapping", "allowed: 'key: value' lines", place());
  for (const auto& entry : node_) {
    const Place here = place_of(entry.first);
    if (!entry.first.IsScalar()) throw InputError(what_ + " has a key that is not a word", "", here);
    const std::string& key = entry.first.Scalar();
    if (has(key)) throw InputError(fmt::format("{}: key '{}' stands twice", what_, key), "", here);
    if (!known.empty() && std::find(known.begin(), known.end(), key) == known.end()) {
      throw InputError(fmt::format("{}: unknown key '{}'{}", what_, key, did_you_mean(key, known)),
                       fmt::format("allowed: {}", fmt::join(known, ", ")), here);
    }
    keys_.push_back(key);
    values_.push_back(entry.second);
  }
}

Place YamlMapping::place_of(const YAML::Node& node) const {
  return {file_, static_cast<uint64_t>(std::max(0, node.Mark().line) + 1)};
}

bool YamlMapping::has(const std::string& key) const {
  return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
}

const YAML::Node& YamlMapping::find(const std::string& key) const {
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found == keys_.end()) throw InputError(fmt::format("{}: key '{}' is missing", what_, key), "", place());
  return values_[static_cast<size_t>(found - keys_.begin())];
}

double YamlMapping::number(const std::string& key, double low, double high) const {
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

double YamlMapping::number_or(const std::string& key, double low, double high, double otherwise) const {
  return has(key) ? number(key, low, high) : otherwise;
}

std::string YamlMapping::text(const std::string& key) const {
  const YAML::Node& value = find(key);
  if (!value.IsScalar() || value.Scalar().empty()) {
    throw InputError(fmt::format("{}: {} is no text", what_, key), "allowed: a text that is not empty",
                     place_of(value));
  }
  return value.Scalar();
}

YamlMapping YamlMapping::mapping(const std::string& key, const std::vector<std::string>& known) const {
  return {find(key), what_ + "." + key, file_, known};
}

std::vector<YamlMapping> YamlMapping::list(const std::string& key,
                                           const std::vector<std::string>& known) const {
  const YAML::Node& value = find(key);
  if (!value.IsSequence())
    throw InputError(fmt::format("{}: {} is not a list", what_, key), "allowed: '- ' items", place_of(value));
  std::vector<YamlMapping> items;
  for (const YAML::Node& item : value) items.emplace_back(item, what_ + "." + key, file_, known);
  return items;
}

}  // namespace nonzero
