#pragma once

#include <string>
#include <vector>

namespace nonzero {

// What a study found: text, tables, bar charts and curves, to be printed or put on a page.
struct FindingsTable {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

struct FindingsBars {
  struct Series {
    std::string name;
    std::vector<double> values;  // one per label
  };
  std::string title, unit;
  std::vector<std::string> labels;
  std::vector<Series> series;
};

struct FindingsLines {
  struct Series {
    std::string name;
    std::vector<double> x, y;  // of one length
  };
  std::string title, unit, x;  // the unit of y, and what x counts
  std::vector<Series> series;
};

struct Findings {
  std::string id, title;
  std::vector<std::string> text;  // paragraphs
  std::vector<FindingsTable> tables;
  std::vector<FindingsBars> bars;
  std::vector<FindingsLines> lines;
};

// The studies in the house, by id. Throws InputError with the nearest name where there is none, or naming the
// data that is not at hand.
std::vector<std::string> study_ids();
Findings run_named_study(const std::string& id);

}  // namespace nonzero
