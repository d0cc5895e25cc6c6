#include "nonzero/tensor/description_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "nonzero/base/error.h"
#include "nonzero/base/suggest.h"

namespace nonzero {
namespace {

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

DescriptionValues::DescriptionValues(std::string kind, std::vector<std::string> keys, std::string reader,
                                     std::vector<std::string> flags)
    : kind_(std::move(kind)), keys_(std::move(keys)), flags_(std::move(flags)), reader_(std::move(reader)) {}

void DescriptionValues::read(std::string_view assignments) {
  while (!assignments.empty()) {
    const size_t comma = std::min(assignments.find(','), assignments.size());
    assign(assignments.substr(0, comma));
    const bool ends_in_comma = comma + 1 == assignments.size();
    assignments.remove_prefix(std::min(comma + 1, assignments.size()));
    if (ends_in_comma) assign("");
  }
}

void DescriptionValues::assign(std::string_view assignment) {
  const size_t equals = assignment.find('=');
  const std::string key(assignment.substr(0, equals));
  const bool alone = equals == std::string_view::npos, flag = contains(flags_, key);
  if (alone && !flag) refuse(fmt::format("'{}'", assignment), "allowed: key=value");
  if (!alone && flag) refuse(fmt::format("'{}'", assignment), fmt::format("allowed: {}", key));
  if (!contains(keys_, key))
    refuse(fmt::format("unknown key '{}' of '{}'{}", key, kind_, did_you_mean(key, keys_)),
           fmt::format("allowed: {}", fmt::join(keys_, ", ")));
  if (!texts_.emplace(key, alone ? "" : assignment.substr(equals + 1)).second)
    refuse(fmt::format("key '{}' stands twice", key));
}

uint64_t DescriptionValues::whole(const std::string& key) const {
  const std::string& text = required(key);
  const auto value = number<uint64_t>(text);
  if (!value) refuse(fmt::format("{} = '{}'", key, text), "allowed: a whole number >= 0");
  return *value;
}

uint64_t DescriptionValues::whole(const std::string& key, uint64_t fallback) const {
  return has(key) ? whole(key) : fallback;
}

std::vector<uint64_t> DescriptionValues::wholes(const std::string& key,
                                                std::vector<uint64_t> fallback) const {
  if (!has(key)) return fallback;
  const std::string& text = required(key);
  std::vector<uint64_t> values;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('+', begin), text.size());
    const auto value = number<uint64_t>(std::string_view(text).substr(begin, end - begin));
    if (!value) refuse(fmt::format("{} = '{}'", key, text), "allowed: whole numbers >= 0 joined by '+'");
    values.push_back(*value);
    begin = end + 1;
  }
  return values;
}

double DescriptionValues::fraction(const std::string& key) const {
  const std::string& text = required(key);
  const auto value = number<double>(text);
  if (!value || !(*value >= 0 && *value <= 1))
    refuse(fmt::format("{} = '{}'", key, text), "allowed: a number from 0 to 1");
  return *value;
}

const std::string& DescriptionValues::required(const std::string& key) const {
  const auto found = texts_.find(key);
  if (found == texts_.end())
    refuse(fmt::format("'{}' without '{}'", kind_, key), fmt::format("keys: {}", fmt::join(keys_, ", ")));
  return found->second;
}

void DescriptionValues::refuse(const std::string& problem, const std::string& allowed) const {
  throw InputError(problem, allowed, {reader_, 0});
}

}  // namespace nonzero
