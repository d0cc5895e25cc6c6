#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nonzero {

// The `key=value,…` part of a description of a matrix or a mask, by key. What is wrong with it is said as an
// InputError in the name of `reader`, with the keys that are allowed.
class DescriptionValues {
 public:
  // `flags` are those of the keys that stand alone, without a value.
  DescriptionValues(std::string kind, std::vector<std::string> keys, std::string reader,
                    std::vector<std::string> flags = {});

  void read(std::string_view assignments);

  [[nodiscard]] bool has(const std::string& key) const { return texts_.count(key) > 0; }
  // A whole number >= 0.
  [[nodiscard]] uint64_t whole(const std::string& key) const;
  [[nodiscard]] uint64_t whole(const std::string& key, uint64_t fallback) const;
  // Whole numbers joined by '+'.
  [[nodiscard]] std::vector<uint64_t> wholes(const std::string& key, std::vector<uint64_t> fallback) const;
  // A number from 0 to 1.
  [[nodiscard]] double fraction(const std::string& key) const;

 private:
  void assign(std::string_view assignment);
  [[nodiscard]] const std::string& required(const std::string& key) const;
  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed = "") const;

  std::string kind_;
  std::vector<std::string> keys_, flags_;
  std::string reader_;
  std::map<std::string, std::string> texts_;
};

}  // namespace nonzero
