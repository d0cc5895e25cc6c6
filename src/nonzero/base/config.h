#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "nonzero/base/error.h"

namespace nonzero {

using ConfigValue = std::variant<bool, int64_t, double, std::string>;

// A whole-number field that also accepts the word `unlimited`.
inline constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

// One field of a configuration struct, without its struct: what reading, writing, `--set`, sweeps
// and documentation share. `owner` points at the struct the field belongs to.
struct ConfigField {
  std::string name;
  std::string unit;  // "" where it has none
  std::string description;
  std::string source;   // paper and section, [derived] or [choice]
  std::string allowed;  // for messages: "a whole number from 1 to 65536"
  std::vector<std::string> choices;
  std::function<ConfigValue(const void* owner)> get;
  // Throws InputError where the text is no allowed value.
  std::function<void(void* owner, const std::string& text, const Place& place)> set;
};

// The description of a configuration struct `Config`, built once per struct.
template <class Config>
class ConfigFields {
 public:
  struct About {
    std::string unit, description, source;
  };

  ConfigFields& whole(int64_t Config::*member, std::string name, int64_t low, int64_t high, About about,
                      bool may_be_unlimited = false);
  ConfigFields& real(double Config::*member, std::string name, double low, double high, About about);
  ConfigFields& flag(bool Config::*member, std::string name, About about);
  ConfigFields& word(std::string Config::*member, std::string name, std::vector<std::string> choices,
                     About about);
  // An enum, its names in the order of its enumerators (0, 1, 2, …).
  template <class Enum>
  ConfigFields& choice(Enum Config::*member, std::string name, std::vector<std::string> names, About about);

  [[nodiscard]] std::span<const ConfigField> all() const { return fields_; }

 private:
  ConfigField& append(std::string name, About about);
  std::vector<ConfigField> fields_;
};

// Text to value, with the messages of common.md's "Bad input".
int64_t parse_whole(const ConfigField& field, const std::string& text, int64_t low, int64_t high,
                    bool may_be_unlimited, const Place& place);
double parse_real(const ConfigField& field, const std::string& text, double low, double high,
                  const Place& place);
bool parse_flag(const ConfigField& field, const std::string& text, const Place& place);
size_t parse_choice(const ConfigField& field, const std::string& text, const Place& place);
std::string describe_range(int64_t low, int64_t high, bool may_be_unlimited);
std::string describe_range(double low, double high);

const ConfigField& find_field(std::span<const ConfigField> fields, const std::string& name,
                              const Place& place);

// `key=value`, as given to --set.
void set_field(std::span<const ConfigField> fields, void* owner, const std::string& assignment);

// Reads a YAML mapping of fields. `accelerator:` names the design the file is for and must equal
// `accelerator` where present. Unknown keys, wrong types and values out of range are errors that
// name file and line.
void read_config(std::span<const ConfigField> fields, void* owner, const std::string& yaml,
                 const std::string& file, const std::string& accelerator);

// The value of `accelerator:` in a configuration file, or "".
std::string accelerator_of_config(const std::string& yaml, const std::string& file);

// Commented YAML that read_config reads back.
std::string write_config(std::span<const ConfigField> fields, const void* owner,
                         const std::string& accelerator);

std::string to_text(const ConfigValue& value);

template <class Config>
ConfigField& ConfigFields<Config>::append(std::string name, About about) {
  ConfigField field;
  field.name = std::move(name);
  field.unit = std::move(about.unit);
  field.description = std::move(about.description);
  field.source = std::move(about.source);
  return fields_.emplace_back(std::move(field));
}

template <class Config>
ConfigFields<Config>& ConfigFields<Config>::whole(int64_t Config::*member, std::string name, int64_t low,
                                                  int64_t high, About about, bool may_be_unlimited) {
  ConfigField& field = append(std::move(name), std::move(about));
  field.allowed = describe_range(low, high, may_be_unlimited);
  field.get = [member, may_be_unlimited](const void* owner) -> ConfigValue {
    const int64_t value = static_cast<const Config*>(owner)->*member;
    if (may_be_unlimited && value == kUnlimited) return std::string("unlimited");
    return value;
  };
  field.set = [member, low, high, may_be_unlimited, self = field](void* owner, const std::string& text,
                                                                  const Place& place) {
    static_cast<Config*>(owner)->*member = parse_whole(self, text, low, high, may_be_unlimited, place);
  };
  return *this;
}

template <class Config>
ConfigFields<Config>& ConfigFields<Config>::real(double Config::*member, std::string name, double low,
                                                 double high, About about) {
  ConfigField& field = append(std::move(name), std::move(about));
  field.allowed = describe_range(low, high);
  field.get = [member](const void* owner) -> ConfigValue {
    return static_cast<const Config*>(owner)->*member;
  };
  field.set = [member, low, high, self = field](void* owner, const std::string& text, const Place& place) {
    static_cast<Config*>(owner)->*member = parse_real(self, text, low, high, place);
  };
  return *this;
}

template <class Config>
ConfigFields<Config>& ConfigFields<Config>::flag(bool Config::*member, std::string name, About about) {
  ConfigField& field = append(std::move(name), std::move(about));
  field.allowed = "true or false";
  field.choices = {"true", "false"};
  field.get = [member](const void* owner) -> ConfigValue {
    return static_cast<const Config*>(owner)->*member;
  };
  field.set = [member, self = field](void* owner, const std::string& text, const Place& place) {
    static_cast<Config*>(owner)->*member = parse_flag(self, text, place);
  };
  return *this;
}

template <class Config>
ConfigFields<Config>& ConfigFields<Config>::word(std::string Config::*member, std::string name,
                                                 std::vector<std::string> choices, About about) {
  ConfigField& field = append(std::move(name), std::move(about));
  field.choices = std::move(choices);
  field.get = [member](const void* owner) -> ConfigValue {
    return static_cast<const Config*>(owner)->*member;
  };
  field.set = [member, self = field](void* owner, const std::string& text, const Place& place) {
    static_cast<Config*>(owner)->*member = self.choices[parse_choice(self, text, place)];
  };
  return *this;
}

template <class Config>
template <class Enum>
ConfigFields<Config>& ConfigFields<Config>::choice(Enum Config::*member, std::string name,
                                                   std::vector<std::string> names, About about) {
  ConfigField& field = append(std::move(name), std::move(about));
  field.choices = std::move(names);
  field.get = [member, words = field.choices](const void* owner) -> ConfigValue {
    return words[static_cast<size_t>(static_cast<const Config*>(owner)->*member)];
  };
  field.set = [member, self = field](void* owner, const std::string& text, const Place& place) {
    static_cast<Config*>(owner)->*member = static_cast<Enum>(parse_choice(self, text, place));
  };
  return *this;
}

}  // namespace nonzero
