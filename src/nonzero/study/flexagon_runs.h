#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nonzero/arch/flexagon/published.h"
#include "nonzero/workload/operation.h"

namespace nonzero {

// One layer in timing mode `paper`, by dataflow; those that were not asked for are absent.
struct FlexagonLayerRuns {
  std::string layer;
  uint64_t nnz_a = 0, nnz_b = 0, repeat = 1;
  std::array<std::optional<flexagon::PublishedRun>, 6> runs;

  [[nodiscard]] const flexagon::PublishedRun& run(flexagon::Dataflow dataflow) const {
    return runs[static_cast<size_t>(dataflow)].value();
  }
  // The fastest of those that were run, ties in the table's order.
  [[nodiscard]] flexagon::Dataflow best() const;
};

// What the authors published of a layer under one dataflow.
struct FlexagonPublished {
  uint64_t cycles = 0, merge_cycles = 0, l1_misses = 0;
};

using FlexagonPublishedLayer = std::array<FlexagonPublished, 6>;

// The three designs the paper's bars choose from, and all six.
inline constexpr std::span<const flexagon::Dataflow> kMStationary(flexagon::kDataflows.data(), 3);
inline constexpr std::span<const flexagon::Dataflow> kAllDataflows(flexagon::kDataflows);

// Runs layers on the authors' machine, several at once; in the order of `operations`.
std::vector<FlexagonLayerRuns> run_flexagon_layers(std::span<const Operation> operations,
                                                   std::span<const flexagon::Dataflow> dataflows,
                                                   const flexagon::PublishedConfig& config = {});

// flexagon/cycles.csv of the data folder, by layer. Throws InputError with file and line where a column or
// a number is missing.
std::map<std::string, FlexagonPublishedLayer> flexagon_published_results();

}  // namespace nonzero
