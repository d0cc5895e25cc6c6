#include "nonzero/report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace nonzero {
namespace {

// Letters on a terminal: bytes that do not continue a UTF-8 sequence.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

bool is_number(const std::string& text) {
  constexpr size_t kLongestNumber = 30;
  if (text.size() > kLongestNumber) return false;
  return text.empty() || text == "-" || (text.front() >= '0' && text.front() <= '9') ||
         (text.front() == '-' && text.size() > 1 && text[1] >= '0' && text[1] <= '9');
}

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::string Table::text() const {
  const size_t columns = rows_.front().size();
  std::vector<size_t> widths(columns);
  std::vector<char> flush_right(columns, 1);
  for (size_t r = 0; r < rows_.size(); ++r) {
    for (size_t c = 0; c < rows_[r].size(); ++c) {
      widths[c] = std::max(widths[c], width(rows_[r][c]));
      if (r > 0 && !is_number(rows_[r][c])) flush_right[c] = 0;
    }
  }
  std::string out;
  for (size_t r = 0; r < rows_.size(); ++r) {
    std::string line;
    for (size_t c = 0; c < rows_[r].size(); ++c) {
      const std::string pad(widths[c] - width(rows_[r][c]), ' ');
      line += (c > 0 ? "  " : "") + (flush_right[c] ? pad + rows_[r][c] : rows_[r][c] + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
    if (r > 0) continue;
    for (size_t c = 0; c < columns; ++c) out += (c > 0 ? "  " : "") + std::string(widths[c], '-');
    out += "\n";
  }
  return out;
}

std::string Table::csv() const {
  std::string out;
  for (const auto& row : rows_) {
    for (size_t c = 0; c < row.size(); ++c) out += (c > 0 ? "," : "") + quoted(row[c]);
    out += "\r\n";
  }
  return out;
}

std::string with_thousands(uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string engineering(double value, const char* unit) {
  struct Prefix {
    double factor;
    const char* letter;
  };
  static constexpr std::array<Prefix, 9> kPrefixes = {{{1e15, "P"},
                                                       {1e12, "T"},
                                                       {1e9, "G"},
                                                       {1e6, "M"},
                                                       {1e3, "k"},
                                                       {1, ""},
                                                       {1e-3, "m"},
                                                       {1e-6, "u"},
                                                       {1e-9, "n"}}};
  if (value == 0) return fmt::format("0 {}", unit);
  for (const Prefix& prefix : kPrefixes)
    if (std::fabs(value) >= prefix.factor)
      return fmt::format("{:.3g} {}{}", value / prefix.factor, prefix.letter, unit);
  return fmt::format("{:.3g} {}", value, unit);
}

}  // namespace nonzero
