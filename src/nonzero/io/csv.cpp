#include "nonzero/io/csv.h"

#include "nonzero/base/error.h"
#include "nonzero/io/text.h"

namespace nonzero::io {
namespace {

class CsvParser {
 public:
  CsvParser(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  std::vector<CsvRecord> parse() {
    std::vector<CsvRecord> records;
    while (at_ < text_.size()) {
      CsvRecord record{{}, line_};
      do {
        record.fields.push_back(field());
      } while (accept(','));
      end_record();
      if (record.fields.size() > 1 || !record.fields[0].empty()) records.push_back(std::move(record));
    }
    return records;
  }

 private:
  bool accept(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  std::string field() {
    skip_blanks();
    if (accept('"')) return quoted_field();
    const size_t begin = at_;
    at_ = std::min(text_.find_first_of(",\n\"", begin), text_.size());
    if (at_ < text_.size() && text_[at_] == '"') refuse("a quote within an unquoted field");
    std::string_view found = text_.substr(begin, at_ - begin);
    while (!found.empty() && (found.back() == ' ' || found.back() == '\t' || found.back() == '\r'))
      found.remove_suffix(1);
    return std::string(found);
  }
  std::string quoted_field() {
    const uint64_t begins = line_;
    std::string found;
    for (;; ++at_) {
      if (at_ == text_.size()) throw InputError("a quote that is never closed", "", {source_, begins});
      if (text_[at_] == '"') {
        ++at_;
        if (at_ == text_.size() || text_[at_] != '"') break;
      }
      if (text_[at_] == '\n') ++line_;
      found += text_[at_];
    }
    skip_blanks();
    accept('\r');
    if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') refuse("more after a closing quote");
    return found;
  }
  void end_record() {
    if (accept('\n')) ++line_;
  }
  [[noreturn]] void refuse(const char* problem) const {
    throw InputError(problem, "expected: RFC 4180 quoting", {source_, line_});
  }

  std::string_view text_;
  const std::string& source_;
  size_t at_ = 0;
  uint64_t line_ = 1;
};

}  // namespace

std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& source) {
  return CsvParser(text, source).parse();
}

}  // namespace nonzero::io
