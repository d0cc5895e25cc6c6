#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nonzero {

// A text table: first row is the head; columns whose cells are numbers are set flush right.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.size() == 1; }
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string csv() const;  // RFC 4180

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string with_thousands(uint64_t number);              // 1234567 -> 1,234,567
std::string percent(double share);                        // 0.1234 -> 12.3 %
std::string engineering(double value, const char* unit);  // 0.00123 s -> 1.23 ms

}  // namespace nonzero
