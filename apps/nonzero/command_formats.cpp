#include <fmt/format.h>

#include <iostream>

#include "common.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/report/table.h"
#include "nonzero/tensor/format_size.h"

namespace nonzero::app {
namespace {

struct State {
  uint64_t rows = 1632, columns = 36548;  // SIGMA, Fig. 7
  std::string file;
  uint32_t value_bits = 16;
  bool csv = false;
};

std::string mebibytes(double bits) { return fmt::format("{:.3f}", bits / 8 / 1024 / 1024); }

Table format_table(const State& s) {
  std::vector<std::string> head = {"sparsity"};
  for (const FormatSize& size : expected_format_sizes(1, 1, 1)) head.push_back(size.format);
  Table table(head);
  for (int percent = 0; percent <= 100; percent += 10) {
    std::vector<std::string> row = {fmt::format("{} %", percent)};
    for (const FormatSize& size : expected_format_sizes(s.rows, s.columns, 1 - percent / 100.0))
      row.push_back(mebibytes(size.metadata_bits));
    table.add(row);
  }
  return table;
}

Table file_table(const State& s) {
  Table table({"format", "elements", "metadata bytes", "value bytes", "total bytes"});
  for (const FormatSize& size : format_sizes(read_matrix(s.file).matrix, s.value_bits)) {
    const double values = size.stored_elements * s.value_bits / 8, metadata = size.metadata_bits / 8;
    table.add({size.format, fmt::format("{:.0f}", size.stored_elements), fmt::format("{:.0f}", metadata),
               fmt::format("{:.0f}", values), fmt::format("{:.0f}", metadata + values)});
  }
  return table;
}

}  // namespace

void add_formats(CLI::App& app) {
  const auto s = std::make_shared<State>();
  CLI::App* sub = app.add_subcommand("formats", "size of compressed formats: SIGMA's Fig. 7, or of a matrix");
  sub->add_option("--rows", s->rows, "rows of the table's matrix")->check(CLI::PositiveNumber);
  sub->add_option("--columns", s->columns, "columns of the table's matrix")->check(CLI::PositiveNumber);
  sub->add_option("--a", s->file, "a matrix: exact sizes of each format");
  sub->add_option("--value-bits", s->value_bits, "bits of a value")->check(CLI::Range(1U, 64U));
  sub->add_flag("--csv", s->csv, "as CSV");
  sub->footer(
      "Examples:\n  nonzero formats\n  nonzero formats --rows 512 --columns 512\n  nonzero formats --a A.mtx");
  sub->callback([s] {
    const Table table = s->file.empty() ? format_table(*s) : file_table(*s);
    if (s->csv) {
      std::cout << table.csv();
      return;
    }
    if (s->file.empty())
      fmt::print("Metadata of a {} x {} matrix in MiB, by sparsity (SIGMA, Fig. 7)\n", s->rows, s->columns);
    std::cout << table.text();
  });
}

}  // namespace nonzero::app
