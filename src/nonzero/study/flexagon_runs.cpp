#include "nonzero/study/flexagon_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "nonzero/base/error.h"
#include "nonzero/base/parallel.h"
#include "nonzero/io/csv.h"
#include "nonzero/io/file.h"
#include "nonzero/workload/data_folder.h"
#include "nonzero/workload/operands.h"

namespace nonzero {
namespace {

using flexagon::Dataflow;

FlexagonLayerRuns run_layer(const Operation& operation, std::span<const Dataflow> dataflows,
                            const flexagon::PublishedConfig& config) {
  flexagon::OperandPair operands(as_csr(operation.gemm().a.matrix()), as_csr(operation.gemm().b.matrix()));
  FlexagonLayerRuns layer{operation.name, operands.a().nnz(), operands.b().nnz(), operation.repeat, {}};
  for (const Dataflow dataflow : dataflows)
    layer.runs[static_cast<size_t>(dataflow)] = run_published(operands.sides(dataflow), config);
  return layer;
}

// The columns of the published table by name.
class Columns {
 public:
  Columns(const io::CsvRecord& header, std::string file) : names_(header.fields), file_(std::move(file)) {}

  [[nodiscard]] uint64_t number(const io::CsvRecord& record, const std::string& column) const {
    const auto found = std::find(names_.begin(), names_.end(), column);
    const Place place{file_, record.line};
    if (found == names_.end()) throw InputError(fmt::format("no column '{}'", column), "", place);
    const auto index = static_cast<size_t>(found - names_.begin());
    const std::string text = index < record.fields.size() ? record.fields[index] : "";
    uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size())
      throw InputError(fmt::format("{} = '{}'", column, text), "allowed: a whole number >= 0", place);
    return value;
  }

 private:
  std::vector<std::string> names_;
  std::string file_;
};

}  // namespace

Dataflow FlexagonLayerRuns::best() const {
  std::optional<Dataflow> least;
  for (const Dataflow dataflow : flexagon::kDataflows) {
    if (!runs[static_cast<size_t>(dataflow)]) continue;
    if (!least || run(dataflow).cycles < run(*least).cycles) least = dataflow;
  }
  return least.value();
}

std::vector<FlexagonLayerRuns> run_flexagon_layers(std::span<const Operation> operations,
                                                   std::span<const Dataflow> dataflows,
                                                   const flexagon::PublishedConfig& config) {
  std::vector<FlexagonLayerRuns> layers(operations.size());
  parallel_for(operations.size(),
               [&](uint64_t i) { layers[i] = run_layer(operations[i], dataflows, config); });
  return layers;
}

std::map<std::string, FlexagonPublishedLayer> flexagon_published_results() {
  const std::string file = (require_data_folder("the authors' results") / "flexagon" / "cycles.csv").string();
  const std::vector<io::CsvRecord> records = io::parse_csv(read_file(file), file);
  if (records.empty()) throw InputError("an empty table", "", {file, 1});
  const Columns columns(records[0], file);
  std::map<std::string, FlexagonPublishedLayer> layers;
  for (size_t i = 1; i < records.size(); ++i) {
    FlexagonPublishedLayer& layer = layers[records[i].fields[0]];
    for (const Dataflow dataflow : flexagon::kDataflows) {
      std::string suffix(name(dataflow));
      std::replace(suffix.begin(), suffix.end(), '-', '_');
      layer[static_cast<size_t>(dataflow)] = {columns.number(records[i], "cycles_" + suffix),
                                              columns.number(records[i], "merge_cycles_" + suffix),
                                              columns.number(records[i], "l1_misses_" + suffix)};
    }
  }
  return layers;
}

}  // namespace nonzero
