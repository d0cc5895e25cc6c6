#include "nonzero/io/json_members.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nonzero/base/suggest.h"

namespace nonzero::io {

using Json = nlohmann::json;

Json parse_json(std::string_view text, const std::string& source, const std::string& expected) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const auto at = std::min<size_t>(error.byte, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n');
    throw InputError("not valid JSON", "allowed: " + expected, {source, static_cast<uint64_t>(line)});
  } catch (const Json::out_of_range&) {  // 1e999
    throw InputError("a number beyond what a double holds", "allowed: " + expected, {source, 0});
  }
}

JsonMembers::JsonMembers(const Json& json, std::string what, const std::string& source,
                         const std::vector<std::string>& known)
    : json_(json), what_(std::move(what)), place_{source, 0} {
  if (!json.is_object()) refuse("no object", "an object");
  for (const auto& [key, value] : json.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      refuse(fmt::format("unknown key '{}'{}", key, did_you_mean(key, known)),
             fmt::format("{}", fmt::join(known, ", ")));
}

const Json& JsonMembers::required(const std::string& key) const {
  if (!has(key)) refuse(fmt::format("{} is missing", key), "");
  return json_[key];
}

uint64_t JsonMembers::size(const std::string& key) const {
  const Json& value = required(key);
  if (!value.is_number_unsigned())
    refuse(fmt::format("{} = {}", key, value.dump()), "a whole number, 0 and more");
  return value.get<uint64_t>();
}

std::string JsonMembers::text(const std::string& key) const {
  const Json& value = required(key);
  if (!value.is_string() || value.get<std::string>().empty())
    refuse(fmt::format("{} = {}", key, value.dump()), "text");
  return value.get<std::string>();
}

bool JsonMembers::flag(const std::string& key) const {
  const Json& value = required(key);
  if (!value.is_boolean()) refuse(fmt::format("{} = {}", key, value.dump()), "true or false");
  return value.get<bool>();
}

double JsonMembers::share(const std::string& key) const {
  if (!has(key)) return 1;
  const Json& value = json_[key];
  if (!value.is_number() || !(value.get<double>() >= 0 && value.get<double>() <= 1))
    refuse(fmt::format("{} = {}", key, value.dump()), "0 to 1");
  return value.get<double>();
}

std::vector<uint64_t> JsonMembers::sizes(const std::string& key) const {
  std::vector<uint64_t> all;
  if (!has(key)) return all;
  if (!json_[key].is_array()) refuse(fmt::format("{} = {}", key, json_[key].dump()), "an array of sizes");
  for (const Json& one : json_[key]) {
    if (!one.is_number_unsigned())
      refuse(fmt::format("{} = {}", key, json_[key].dump()), "an array of sizes");
    all.push_back(one.get<uint64_t>());
  }
  return all;
}

std::string JsonMembers::file(const std::string& key) const {
  std::string name = text(key);
  const std::filesystem::path path(name);
  const bool up = std::find(path.begin(), path.end(), "..") != path.end();
  if (path.is_absolute() || up) refuse(fmt::format("file '{}'", name), "a name within the folder");
  return name;
}

void JsonMembers::refuse(const std::string& problem, const std::string& allowed) const {
  throw InputError(fmt::format("{}: {}", what_, problem), allowed.empty() ? "" : "allowed: " + allowed,
                   place_);
}

}  // namespace nonzero::io
