#include <sstream>
#include <vector>

#include "lib/bench.h"
#include "nonzero/io/file.h"
#include "nonzero/io/mtx.h"
#include "nonzero/io/smtx.h"
#include "nonzero/tensor/generate.h"
#include "support/data.h"

namespace nonzero::bench {
namespace {

// The slow twin: the entries by stream extraction, not yet sorted into rows.
uint64_t entries_by_stream(const std::string& text) {
  std::istringstream stream(text);
  for (std::string line; stream.peek() == '%';) std::getline(stream, line);
  uint64_t rows = 0, columns = 0, entries = 0;
  stream >> rows >> columns >> entries;
  std::vector<uint64_t> indices;
  std::vector<double> values;
  uint64_t row = 0, column = 0;
  for (double value = 0; stream >> row >> column >> value;) {
    indices.push_back(row * columns + column);
    values.push_back(value);
  }
  return values.size();
}

// Reading must reach 100 MB of text per second.
Against at_least_100_mb_per_second(uint64_t bytes) {
  return {static_cast<double>(bytes) / 1e5, "", std::nullopt, std::nullopt};
}

std::string named(const std::string& what, uint64_t bytes, double ms) {
  const double mb = static_cast<double>(bytes) / 1e6;
  return fmt::format("{}, {:.1f} MB: {:.0f} MB/s", what, mb, mb / ms * 1e3);
}

void parse_row(const Table& table, const std::string& what, const std::string& text) {
  const double ms = best_of_five([&] { keep(parse_mtx(text, what).matrix.indices.size()); });
  Against against = at_least_100_mb_per_second(text.size());
  if (text.find("pattern") == std::string::npos) {
    against.reference = "streams";
    against.reference_ms = best_of_five([&] { keep(entries_by_stream(text)); });
  }
  table.row(named(what, text.size(), ms), ms, against);
}

}  // namespace
}  // namespace nonzero::bench

int main() {
  using namespace nonzero;
  using namespace nonzero::bench;
  const Table table("Reading text");
  parse_row(table, "generated, 1e6 values", to_mtx(generate_uniform(20000, 20000, 0.0025, 1)));
  const Csr pattern = [] {
    Csr csr = generate_uniform(2048, 2048, 0.2, 1);
    csr.values.clear();
    return csr;
  }();
  const std::string smtx = to_smtx(pattern);
  const double ms = best_of_five([&] { keep(parse_smtx(smtx, "smtx").matrix.indices.size()); });
  table.row(named("generated .smtx", smtx.size(), ms), ms, at_least_100_mb_per_second(smtx.size()));

  const auto folder = test::shared_data();
  if (!folder) {
    fmt::print("real files skipped: set NONZERO_DATA\n");
    return 0;
  }
  for (const char* file :
       {"circuit/memplus.mtx", "fem/bcsstk32.mtx.gz", "graph/cit-HepPh.mtx", "rect/cari.mtx"}) {
    const std::string path = (*folder / "matrices" / file).string();
    parse_row(table, file, read_file(path));
    if (path.ends_with(".gz")) continue;
    const uint64_t bytes = std::filesystem::file_size(path);
    const double whole = best_of_five([&] { keep(read_mtx(path).matrix.indices.size()); });
    table.row(named(std::string(file) + " from disk", bytes, whole), whole,
              at_least_100_mb_per_second(bytes));
  }
}
