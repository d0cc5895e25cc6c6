#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/arch/flexagon/config.h"

namespace nonzero::flexagon::predictor {

// Both operands of an M-stationary dataflow, C[rows, columns] = STA[rows, inner] * STR[inner, columns], by
// where their fibers begin.
struct View {
  std::span<const uint64_t> sta_rows, sta_columns, str_rows, str_columns;

  [[nodiscard]] uint64_t rows() const { return sta_rows.size() - 1; }
  [[nodiscard]] uint64_t inner() const { return sta_columns.size() - 1; }
  [[nodiscard]] uint64_t columns() const { return str_columns.size() - 1; }
  [[nodiscard]] uint64_t sta_nnz() const { return sta_rows.back(); }
  [[nodiscard]] uint64_t str_nnz() const { return str_rows.back(); }
};

inline uint64_t length(std::span<const uint64_t> offsets, uint64_t fiber) {
  return offsets[fiber + 1] - offsets[fiber];
}

// The fiber that holds element `at` of the storage order.
inline uint64_t fiber_of(std::span<const uint64_t> offsets, uint64_t at) {
  return static_cast<uint64_t>(std::upper_bound(offsets.begin(), offsets.end(), at) - offsets.begin()) - 1;
}

// Rows of STA of one length, or of much the same where they are long; empty ones left out.
struct RowLengths {
  double count = 0, mean = 0;
};

// What all dataflows and both timing modes ask of a pair of operands.
class Expectations {
 public:
  Expectations(const View& view, const Config& config);

  // Effectual multiplications, exactly.
  [[nodiscard]] double products() const { return products_; }
  // Mean length of the streaming row that a stationary element meets.
  [[nodiscard]] double mean_met() const { return mean_met_; }
  // Share of the stationary elements that meet a row with any element.
  [[nodiscard]] double meets_something() const { return meets_something_; }
  // Expected longest of `count` such rows.
  [[nodiscard]] double longest_met(double count) const;
  // Expected size of the union of `count` such rows, columns independent.
  [[nodiscard]] double union_of(double count) const;
  [[nodiscard]] std::span<const RowLengths> row_lengths() const { return row_lengths_; }
  // Share of references to lines of the streaming rows that miss in the steady state, when rows of STA
  // pass one after the other under LRU (Che, Tung, Wang 2002).
  [[nodiscard]] double steady_miss_share() const { return steady_miss_; }
  // Lines the streaming operand occupies, and the share of them lost between two passes over all.
  [[nodiscard]] double lines() const { return lines_; }
  [[nodiscard]] double cyclic_miss_share() const { return cyclic_miss_; }

 private:
  void count_row_lengths(const View& view);
  void sample_met_rows(const View& view);
  void tabulate_unions(const View& view);
  void solve_cache(const View& view, const Config& config);

  double products_ = 0, mean_met_ = 0, meets_something_ = 0, steady_miss_ = 0, lines_ = 0, cyclic_miss_ = 0;
  std::vector<RowLengths> row_lengths_;
  std::vector<double> met_;     // sorted sample of met rows' lengths
  std::vector<double> unions_;  // at counts 2^(i/2)
};

// Total cycles of a method, M-stationary.
double pipelined_cycles(Method method, const View& view, const Expectations& expected, const Config& config);
double paper_cycles(Method method, const View& view, const Expectations& expected, const Config& config);

}  // namespace nonzero::flexagon::predictor
