#include "nonzero/base/config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "nonzero/base/suggest.h"

namespace nonzero {
namespace {

[[noreturn]] void refuse(const ConfigField& field, const std::string& text, const std::string& allowed,
                         const Place& place, const std::string& hint = "") {
  throw InputError(fmt::format("{} = '{}'{}", field.name, text, hint), "allowed: " + allowed, place);
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

YAML::Node load_mapping(const std::string& yaml, const std::string& file) {
  YAML::Node root;
  try {
    root = YAML::Load(yaml);
  } catch (const YAML::Exception& error) {
    throw InputError("not valid YAML: " + error.msg, "", {file, static_cast<uint64_t>(error.mark.line + 1)});
  }
  if (root.IsNull()) return YAML::Node(YAML::NodeType::Map);
  if (!root.IsMap()) throw InputError("not a mapping", "a configuration is 'key: value' lines", {file, 1});
  return root;
}

std::vector<std::string> names_of(std::span<const ConfigField> fields) {
  std::vector<std::string> names;
  for (const ConfigField& field : fields) names.push_back(field.name);
  return names;
}

}  // namespace

std::string describe_range(int64_t low, int64_t high, bool may_be_unlimited) {
  std::string text = high == kUnlimited ? fmt::format("a whole number >= {}", low)
                                        : fmt::format("a whole number from {} to {}", low, high);
  return may_be_unlimited ? text + ", or unlimited" : text;
}

std::string describe_range(double low, double high) {
  return fmt::format("a number from {} to {}", low, high);
}

int64_t parse_whole(const ConfigField& field, const std::string& text, int64_t low, int64_t high,
                    bool may_be_unlimited, const Place& place) {
  if (may_be_unlimited && text == "unlimited") return kUnlimited;
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < low || value > high)
    refuse(field, text, field.allowed, place);
  return value;
}

double parse_real(const ConfigField& field, const std::string& text, double low, double high,
                  const Place& place) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value) || value < low || value > high)
    refuse(field, text, field.allowed, place);
  return value;
}

bool parse_flag(const ConfigField& field, const std::string& text, const Place& place) {
  if (text == "true") return true;
  if (text != "false") refuse(field, text, field.allowed, place);
  return false;
}

size_t parse_choice(const ConfigField& field, const std::string& text, const Place& place) {
  const auto found = std::find(field.choices.begin(), field.choices.end(), text);
  if (found == field.choices.end())
    refuse(field, text, joined(field.choices), place, did_you_mean(text, field.choices));
  return static_cast<size_t>(found - field.choices.begin());
}

const ConfigField& find_field(std::span<const ConfigField> fields, const std::string& name,
                              const Place& place) {
  for (const ConfigField& field : fields)
    if (field.name == name) return field;
  const std::vector<std::string> names = names_of(fields);
  throw InputError(fmt::format("unknown key '{}'{}", name, did_you_mean(name, names)),
                   "allowed: " + joined(names), place);
}

void set_field(std::span<const ConfigField> fields, void* owner, const std::string& assignment) {
  const size_t equals = assignment.find('=');
  const Place place{"--set", 0};
  if (equals == std::string::npos)
    throw InputError(fmt::format("'{}'", assignment), "allowed: key=value", place);
  find_field(fields, assignment.substr(0, equals), place).set(owner, assignment.substr(equals + 1), place);
}

std::string accelerator_of_config(const std::string& yaml, const std::string& file) {
  const YAML::Node node = load_mapping(yaml, file)["accelerator"];
  if (!node) return "";
  if (!node.IsScalar())
    throw InputError("accelerator is not a name", "", {file, static_cast<uint64_t>(node.Mark().line + 1)});
  return node.Scalar();
}

void read_config(std::span<const ConfigField> fields, void* owner, const std::string& yaml,
                 const std::string& file, const std::string& accelerator) {
  std::set<std::string> seen;
  for (const auto& entry : load_mapping(yaml, file)) {
    const Place place{file, static_cast<uint64_t>(entry.first.Mark().line + 1)};
    if (!entry.first.IsScalar()) throw InputError("a key that is not a word", "", place);
    const std::string key = entry.first.Scalar();
    if (!entry.second.IsScalar())
      throw InputError(fmt::format("'{}' holds a list or a mapping", key), "allowed: one value", place);
    const std::string& text = entry.second.Scalar();
    if (!seen.insert(key).second) throw InputError(fmt::format("key '{}' stands twice", key), "", place);
    if (key == "accelerator") {
      if (text != accelerator)
        throw InputError(fmt::format("a configuration of '{}'", text),
                         fmt::format("expected: one of '{}'", accelerator), place);
      continue;
    }
    find_field(fields, key, place).set(owner, text, place);
  }
}

std::string to_text(const ConfigValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<int64_t>(&value)) return fmt::format("{}", *whole);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  return std::get<std::string>(value);
}

std::string write_config(std::span<const ConfigField> fields, const void* owner,
                         const std::string& accelerator) {
  std::string text = fmt::format("accelerator: {}\n", accelerator);
  for (const ConfigField& field : fields) {
    text += fmt::format("\n# {}", field.description);
    if (!field.unit.empty()) text += fmt::format(" ({})", field.unit);
    text += "\n# ";
    text += field.choices.empty() ? field.allowed : "one of " + joined(field.choices);
    text += fmt::format("; source: {}\n{}: {}\n", field.source, field.name, to_text(field.get(owner)));
  }
  return text;
}

}  // namespace nonzero
