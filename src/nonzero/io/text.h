#pragma once

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "nonzero/base/error.h"

namespace nonzero::io {

// What a message shows of the user's text: its first characters, unprintable ones as '?'.
std::string excerpt(std::string_view text);

// A place in text that is read once from front to back, without copies.
class Cursor {
 public:
  Cursor(std::string_view text, std::string source)
      : at_(text.data()), end_(text.data() + text.size()), source_(std::move(source)) {}

  [[nodiscard]] uint64_t left() const { return static_cast<uint64_t>(end_ - at_); }
  [[nodiscard]] bool at_end() const { return at_ == end_; }
  [[nodiscard]] char peek() const { return at_ == end_ ? '\0' : *at_; }
  [[nodiscard]] Place place() const { return {source_, line_}; }
  [[nodiscard]] const std::string& source() const { return source_; }

  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t')) ++at_;
  }
  [[nodiscard]] bool at_line_end() const {
    return at_ == end_ || *at_ == '\n' || (*at_ == '\r' && (at_ + 1 == end_ || at_[1] == '\n'));
  }
  // Past the line's end, which must follow but for blanks.
  void end_line() {
    skip_blanks();
    if (!at_line_end()) refuse("more on the line than expected");
    pass_line_end();
  }
  // To the first line that holds more than blanks.
  void skip_blank_lines() {
    for (skip_blanks(); !at_end() && at_line_end(); skip_blanks()) pass_line_end();
  }
  // The rest of the line without its end; the cursor moves past it.
  std::string_view rest_of_line() {
    const char* begin = at_;
    while (!at_line_end()) ++at_;
    const std::string_view rest(begin, static_cast<size_t>(at_ - begin));
    pass_line_end();
    return rest;
  }
  // Up to the next blank, comma or line end.
  std::string_view word() {
    const char* begin = at_;
    while (!at_line_end() && *at_ != ' ' && *at_ != '\t' && *at_ != ',') ++at_;
    return {begin, static_cast<size_t>(at_ - begin)};
  }
  // Blanks, at most one comma, blanks.
  void skip_separator() {
    skip_blanks();
    if (at_ != end_ && *at_ == ',') ++at_;
    skip_blanks();
  }

  // A whole number from 0 to `most`; `what` names it in a message.
  uint64_t whole(uint64_t most, const char* what) {
    const char* begin = at_;
    uint64_t value = 0;
    for (; at_ != end_; ++at_) {
      const auto digit = static_cast<uint64_t>(static_cast<unsigned char>(*at_)) - '0';
      if (digit > 9) break;
      if (value > (most - std::min(digit, most)) / 10) refuse_whole(begin, most, what);
      value = 10 * value + digit;
    }
    if (at_ == begin || value > most || !at_token_end()) refuse_whole(begin, most, what);
    return value;
  }

  // A finite number, rounded to the nearest float.
  float real() {
    const char* begin = at_;
    skip_plus();
    float value = 0;
    const auto result = fast_float::from_chars(at_, end_, value);
    at_ = result.ptr;
    if (result.ec == std::errc::invalid_argument || !at_token_end() || !std::isfinite(value))
      refuse_value(begin, "a finite number within the range of a 32-bit float");
    if (value == 0.0F) underflow_ = says_non_zero({begin, static_cast<size_t>(at_ - begin)});
    return value;
  }

  // Whether the zero that real() returned last stands for a number too small for a float.
  [[nodiscard]] bool underflow() const { return underflow_; }

  // A whole number of 64 bits, as a float.
  float integer() {
    const char* begin = at_;
    skip_plus();
    const bool negative = at_ != end_ && *at_ == '-';
    if (negative) ++at_;
    uint64_t value = 0;
    const char* digits = at_;
    for (; at_ != end_; ++at_) {
      const auto digit = static_cast<uint64_t>(static_cast<unsigned char>(*at_)) - '0';
      if (digit > 9) break;
      if (value > (kMostInteger - digit) / 10) refuse_value(begin, "a whole number of 64 bits");
      value = 10 * value + digit;
    }
    if (at_ == digits || !at_token_end()) refuse_value(begin, "a whole number");
    return negative ? -static_cast<float>(value) : static_cast<float>(value);
  }

  // Throws; shows the rest of the line.
  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed = "");

 private:
  static constexpr uint64_t kMostInteger = uint64_t{1} << 63U;

  [[nodiscard]] bool at_token_end() const {
    return at_ == end_ || *at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r' || *at_ == ',';
  }
  void pass_line_end() {
    if (at_ != end_ && *at_ == '\r') ++at_;
    if (at_ == end_) return;
    ++at_;
    ++line_;
  }
  void skip_plus() {
    if (at_ + 1 < end_ && *at_ == '+' && at_[1] != '-') ++at_;
  }
  static bool says_non_zero(std::string_view number);
  [[noreturn]] void refuse_whole(const char* begin, uint64_t most, const char* what);
  [[noreturn]] void refuse_value(const char* begin, const char* allowed);

  const char* at_;
  const char* end_;
  std::string source_;
  uint64_t line_ = 1;
  bool underflow_ = false;
};

}  // namespace nonzero::io
