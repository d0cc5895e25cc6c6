#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nonzero::io {

struct CsvRecord {
  std::vector<std::string> fields;
  uint64_t line = 0;  // where it begins
};

// RFC 4180: fields apart by commas, quoted where they hold commas, quotes (doubled) or line ends.
// Empty lines are skipped; blanks around an unquoted field are dropped. Throws InputError with the
// line on a quote that is never closed or closed early.
std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& source);

}  // namespace nonzero::io
