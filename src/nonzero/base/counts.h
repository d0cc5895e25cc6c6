#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nonzero {

// Named quantities in the order in which they were first added: phases, buckets, counters.
template <class Number>
class Tally {
 public:
  void add(std::string_view name, Number amount) { (*this)[name] += amount; }

  Number& operator[](std::string_view name) {
    for (auto& [key, value] : entries_)
      if (key == name) return value;
    return entries_.emplace_back(std::string(name), Number{}).second;
  }

  // Zero where the name is absent.
  [[nodiscard]] Number get(std::string_view name) const {
    for (const auto& [key, value] : entries_)
      if (key == name) return value;
    return Number{};
  }

  [[nodiscard]] Number sum() const {
    Number total{};
    for (const auto& entry : entries_) total += entry.second;
    return total;
  }

  void add(const Tally& other, Number times = Number{1}) {
    for (const auto& [key, value] : other.entries_) (*this)[key] += value * times;
  }

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] auto begin() const { return entries_.begin(); }
  [[nodiscard]] auto end() const { return entries_.end(); }

 private:
  std::vector<std::pair<std::string, Number>> entries_;
};

using Counts = Tally<uint64_t>;
using Amounts = Tally<double>;

}  // namespace nonzero
