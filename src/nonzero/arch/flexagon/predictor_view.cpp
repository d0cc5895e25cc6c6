#include "nonzero/arch/flexagon/predictor_view.h"

#include <bit>

namespace nonzero::flexagon::predictor {

Expectations::Expectations(const View& view, const Config& config) {
  uint64_t products = 0, meeting = 0;
  for (uint64_t k = 0; k < view.inner(); ++k) {
    const uint64_t stationary = length(view.sta_columns, k), streaming = length(view.str_rows, k);
    products += stationary * streaming;
    meeting += streaming > 0 ? stationary : 0;
  }
  const auto elements = static_cast<double>(std::max<uint64_t>(view.sta_nnz(), 1));
  products_ = static_cast<double>(products);
  mean_met_ = products_ / elements;
  meets_something_ = static_cast<double>(meeting) / elements;
  count_row_lengths(view);
  sample_met_rows(view);
  tabulate_unions(view);
  solve_cache(view, config);
}

void Expectations::count_row_lengths(const View& view) {
  // Lengths below 512 each in a bin of its own, longer ones in bins of 1/256 of themselves.
  constexpr uint32_t kExactBits = 9;
  const auto bin_of = [](uint64_t n) {
    const auto width = static_cast<uint32_t>(std::bit_width(n));
    if (width <= kExactBits) return n;
    const uint32_t shift = width - kExactBits;
    return (uint64_t{shift} << (kExactBits - 1)) + (n >> shift);
  };
  std::vector<RowLengths> bins;
  for (uint64_t r = 0; r < view.rows(); ++r) {
    const uint64_t n = length(view.sta_rows, r), bin = bin_of(n);
    if (n == 0) continue;
    if (bins.size() <= bin) bins.resize(bin + 1);
    bins[bin].count += 1;
    bins[bin].mean += static_cast<double>(n);
  }
  for (const RowLengths& bin : bins)
    if (bin.count > 0) row_lengths_.push_back({bin.count, bin.mean / bin.count});
}

void Expectations::sample_met_rows(const View& view) {
  constexpr uint64_t kSamples = 64;
  const uint64_t count = std::min<uint64_t>(kSamples, view.sta_nnz());
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t at = (2 * i + 1) * view.sta_nnz() / (2 * count);
    met_.push_back(static_cast<double>(length(view.str_rows, fiber_of(view.sta_columns, at))));
  }
  std::sort(met_.begin(), met_.end());
}

double Expectations::longest_met(double count) const {
  if (met_.empty()) return 0;
  // The expected rank of the largest of `count` draws.
  const double rank = count / (count + 1) * static_cast<double>(met_.size());
  return met_[std::min(met_.size() - 1, static_cast<size_t>(rank))];
}

void Expectations::tabulate_unions(const View& view) {
  constexpr uint64_t kSamples = 32;
  const uint64_t columns = view.columns(), count = std::min(kSamples, columns);
  std::vector<double> shares;
  double sum = 0;
  for (uint64_t i = 0; i < count; ++i) {
    shares.push_back(static_cast<double>(length(view.str_columns, (2 * i + 1) * columns / (2 * count))));
    sum += shares.back();
  }
  // Scaled so that a met row has its mean length: stationary elements meet long rows more or less often.
  const double scale =
      sum > 0 ? mean_met_ * static_cast<double>(count) / (sum * static_cast<double>(columns)) : 0;
  for (double& share : shares) share = std::log1p(-std::min(share * scale, 1 - 1e-9));
  unions_ = {mean_met_};
  for (double power = std::sqrt(2.0); unions_.size() < 2 || power < 2 * static_cast<double>(view.inner());
       power *= std::sqrt(2.0)) {
    double absent = 0;
    for (const double share : shares) absent += std::exp(power * share);
    unions_.push_back(static_cast<double>(columns) *
                      (1 - absent / static_cast<double>(std::max<uint64_t>(count, 1))));
  }
}

double Expectations::union_of(double count) const {
  if (count <= 1) return count * mean_met_;
  const double place = 2 * std::log2(count);
  const auto below = std::min(static_cast<size_t>(place), unions_.size() - 2);
  return std::lerp(unions_[below], unions_[below + 1], std::min(place - static_cast<double>(below), 1.0));
}

void Expectations::solve_cache(const View& view, const Config& config) {
  const auto line = static_cast<double>(config.line_elements());
  const auto sets = static_cast<double>(config.cache_sets());
  const double held = sets * static_cast<double>(config.str_cache_ways);
  lines_ = std::ceil(static_cast<double>(view.str_nnz()) / line);
  // A cyclic pass under LRU keeps no line of a set that it overfills; sets fill evenly.
  cyclic_miss_ = std::clamp((lines_ - held) / sets, 0.0, 1.0);
  if (lines_ <= held || view.sta_nnz() == 0) return;
  // After x rows of STA the share 1 - (1 - a/rows)^x of a row's lines has been met again.
  struct Row {
    double lines, meets;
  };
  constexpr uint64_t kSamples = 64;
  const uint64_t inner = view.inner(), count = std::min(kSamples, inner);
  std::vector<Row> sample;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t k = (2 * i + 1) * inner / (2 * count);
    sample.push_back({static_cast<double>(length(view.str_rows, k)) / line,
                      static_cast<double>(length(view.sta_columns, k)) / static_cast<double>(view.rows())});
  }
  const double scale = static_cast<double>(inner) / static_cast<double>(count);
  double low = 0, high = static_cast<double>(view.rows());
  constexpr int kHalvings = 24;
  for (int i = 0; i < kHalvings; ++i) {
    const double window = (low + high) / 2;
    double resident = 0;
    for (const Row& row : sample) resident += scale * row.lines * (1 - std::exp(-row.meets * window));
    (resident < held ? low : high) = window;
  }
  double references = 0, misses = 0;
  for (const Row& row : sample) {
    references += row.lines * row.meets;
    misses += row.lines * row.meets * std::exp(-row.meets * low);
  }
  steady_miss_ = references > 0 ? misses / references : 0;
}

}  // namespace nonzero::flexagon::predictor
