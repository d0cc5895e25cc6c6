#include "nonzero/arch/flexagon/predictor_view.h"
#include "nonzero/base/math.h"

namespace nonzero::flexagon::predictor {
namespace {

// A streaming row that multipliers of a tile ask for, element by element.
struct Request {
  uint64_t begin = 0, length = 0;  // where it lies, in elements
  double count = 0;                // multipliers that ask
  double cold = 0;                 // expected share of its lines that miss
};

class Paper {
 public:
  Paper(const View& view, const Expectations& expected, const Config& config)
      : view_(view),
        expected_(expected),
        lanes_(config.lanes()),
        line_(config.line_elements()),
        banks_(static_cast<uint64_t>(config.str_cache_banks)),
        hit_(static_cast<double>(config.paper_hit_latency)),
        miss_(static_cast<double>(config.paper_miss_latency)),
        interval_(static_cast<double>(config.paper_miss_interval)),
        outer_tile_(static_cast<double>(config.paper_outer_tile)),
        inner_tile_(static_cast<double>(config.paper_inner_tile)),
        gustavson_pass_(static_cast<double>(config.paper_gustavson_pass)),
        merge_pass_(static_cast<double>(config.paper_merge_pass)),
        merges_requests_(config.port() == StrPort::kMulticast),
        load_(banks_) {}

  double total(Method method) {
    if (view_.sta_nnz() == 0 || view_.str_nnz() == 0) return 0;
    switch (method) {
      case Method::kInner: return inner();
      case Method::kOuter: return outer();
      case Method::kGustavson: break;
    }
    return gustavson();
  }

 private:
  // A step with `misses` lines missing and `last` requests waiting for the last of them: the port takes
  // one miss per interval, the line comes after the latency, its requests leave one a cycle.
  double miss_step(double misses, double last) const { return interval_ * misses + miss_ + last; }

  // Largest number of requests at one bank when `count` elements from `begin` on are read at once.
  double consecutive_load(uint64_t begin, uint64_t count) const {
    if (count == 0) return 0;
    const uint64_t first = std::min(count, line_ - begin % line_), rest = count - first;
    const uint64_t full = rest / line_, last = rest % line_;
    if (merges_requests_) return static_cast<double>(ceil_div(full + 1 + (last > 0), banks_));
    if (full > 0) return static_cast<double>(line_ * ceil_div(full, banks_));
    return static_cast<double>(std::max(first, last));
  }

  // Its mean over all places where the elements may begin; a fraction of an element is interpolated.
  double mean_consecutive_load(double count) {
    const auto below = static_cast<size_t>(count);
    while (mean_loads_.size() < below + 2) {
      double sum = 0;
      for (uint64_t begin = 0; begin < line_; ++begin) sum += consecutive_load(begin, mean_loads_.size());
      mean_loads_.push_back(sum / static_cast<double>(line_));
    }
    return std::lerp(mean_loads_[below], mean_loads_[below + 1], count - static_cast<double>(below));
  }

  // The step that brings `count` stationary elements, read once and in order.
  double stationary_step(double count) {
    const double lines = count / static_cast<double>(line_), load = mean_consecutive_load(count);
    const double fresh = std::min(1.0, lines);
    return (1 - fresh) * (load + hit_) + fresh * miss_step(std::max(1.0, lines), std::min(load, static_cast<double>(line_)));
  }

  // Mean over the steps in which element s of every request is read of the largest load of a bank.
  double mean_bank_load(const std::vector<Request>& requests, uint64_t steps) {
    constexpr uint64_t kSamples = 8;
    const uint64_t samples = std::min(kSamples, steps);
    double sum = 0;
    for (uint64_t i = 0; i < samples; ++i) {
      const uint64_t s = (2 * i + 1) * steps / (2 * samples);
      std::fill(load_.begin(), load_.end(), 0.0);
      double most = 0;
      for (const Request& request : requests) {
        if (request.length <= s) continue;
        double& bank = load_[(request.begin + s) / line_ % banks_];
        bank += request.count;
        most = std::max(most, bank);
      }
      sum += most;
    }
    return samples > 0 ? sum / static_cast<double>(samples) : 0;
  }

  // All steps of a tile: those without a miss last as long as the fullest bank, those with misses wait
  // for memory. Misses fall into few steps where the requests cross their lines together.
  double stream_steps(const std::vector<Request>& requests, double cold) {
    uint64_t steps = 0;
    double multipliers = 0, cold_first = 0, crossings = 0;
    std::vector<char> crossed(line_);
    for (const Request& request : requests) {
      steps = std::max(steps, request.length);
      if (request.length == 0) continue;
      multipliers += request.count;
      const double missing = cold * request.cold;
      const uint64_t crossed_lines = (request.begin + request.length - 1) / line_ - request.begin / line_;
      cold_first += missing * std::min(1.0, static_cast<double>(request.length) / static_cast<double>(line_));
      crossings += missing * static_cast<double>(crossed_lines);
      crossed[request.begin % line_] = 1;
    }
    if (steps == 0) return 0;
    const auto count = static_cast<double>(requests.size()), all = static_cast<double>(steps);
    const double hit = mean_bank_load(requests, steps) + hit_;
    const double together = multipliers / count;
    const double first_missing = 1 - std::exp(-cold_first);
    double cycles = first_missing * std::max(hit, miss_step(std::max(1.0, cold_first), together)) + (1 - first_missing) * hit;
    if (steps == 1) return cycles;
    // Residues at which requests cross; of each, one step in `line_` may miss.
    const auto residues = static_cast<double>(std::count(crossed.begin(), crossed.end(), 1));
    const double chances = std::max(1.0, residues * (all - 1) / static_cast<double>(line_));
    const double missing_steps = std::min(all - 1, chances * (1 - std::exp(-crossings / chances)));
    const double at_once = missing_steps > 0 ? crossings / missing_steps : 0;
    cycles += (all - 1 - missing_steps) * hit + missing_steps * std::max(hit, miss_step(at_once, together));
    return cycles;
  }

  double merge_row(double fibers) const {
    if (fibers <= 0) return 0;
    const auto radix = static_cast<double>(lanes_);
    const double united = expected_.union_of(fibers);
    if (fibers <= radix) return united + merge_pass_;
    const double groups = fibers / radix;
    return std::ceil(groups) * merge_pass_ + groups * expected_.union_of(radix) + united + merge_pass_;
  }

  double outer() {
    constexpr uint64_t kTiles = 12;
    const uint64_t nnz = view_.sta_nnz(), tiles = ceil_div(nnz, lanes_), samples = std::min(kTiles, tiles);
    double sum = 0, sampled = 0;
    for (uint64_t i = 0; i < samples; ++i) {
      const uint64_t begin = (2 * i + 1) * tiles / (2 * samples) * lanes_;
      const uint64_t end = std::min(begin + lanes_, nnz);
      sum += outer_tile(begin, end);
      sampled += static_cast<double>(end - begin);
    }
    double cycles = sum * static_cast<double>(nnz) / sampled;
    for (uint64_t r = 0; r < view_.rows(); ++r) cycles += merge_row(static_cast<double>(length(view_.sta_rows, r)));
    return cycles;
  }

  double outer_tile(uint64_t begin, uint64_t end) {
    requests_.clear();
    uint64_t k = fiber_of(view_.sta_columns, begin);
    for (uint64_t at = begin; at < end; ++k) {
      const uint64_t next = std::min(end, view_.sta_columns[k + 1]);
      if (next == at) continue;
      Request request{view_.str_rows[k], length(view_.str_rows, k), static_cast<double>(next - at), 0};
      request.cold = view_.sta_columns[k] >= begin ? 1 : 0;
      if (merges_requests_) request.count = 1;
      requests_.push_back(request);
      at = next;
    }
    return stationary_step(static_cast<double>(end - begin)) + stream_steps(requests_, 1) + outer_tile_;
  }

  // Passes of up to `lanes_` elements of one row. Whole rows are evaluated at a few lengths and interpolated;
  // the passes of longer rows, each a stretch of the row, at the mean length of such rows.
  double gustavson() {
    std::vector<double> costs;  // of whole rows with 1, 2, 4, ... elements
    for (uint64_t size = 1; size <= lanes_; size *= 2) costs.push_back(pass_cost(size, size));
    const auto whole = [&](uint64_t size) {
      const uint32_t below = static_cast<uint32_t>(std::bit_width(size)) - 1;
      const auto floor = static_cast<double>(uint64_t{1} << below);
      return std::lerp(costs[below], costs[std::min<size_t>(below + 1, costs.size() - 1)],
                       static_cast<double>(size) / floor - 1);
    };
    double cycles = 0, long_rows = 0, long_elements = 0;
    for (uint64_t r = 0; r < view_.rows(); ++r) {
      const uint64_t n = length(view_.sta_rows, r);
      if (n > 0 && n <= lanes_) cycles += whole(n);
      if (n <= lanes_) continue;
      ++long_rows;
      long_elements += static_cast<double>(n);
      cycles += expected_.union_of(static_cast<double>(n)) + merge_pass_;
    }
    if (long_rows == 0) return cycles;
    const auto mean = static_cast<uint64_t>(long_elements / long_rows);
    // Passes of the remainders cost in proportion: between a full pass and none.
    const double full = pass_cost(lanes_, mean);
    const double half = pass_cost(lanes_ / 2, mean);
    for (uint64_t r = 0; r < view_.rows(); ++r) {
      const uint64_t n = length(view_.sta_rows, r);
      if (n <= lanes_) continue;
      const double rest = static_cast<double>(n % lanes_) / static_cast<double>(lanes_);
      cycles += static_cast<double>(n / lanes_) * full + (rest > 0 ? half + (full - half) * (2 * rest - 1) : 0);
    }
    return cycles;
  }

  // A pass of `size` elements of a row of `row` elements, averaged over what it finds in the cache: the
  // first passes miss all their lines, later ones fewer, as rows of STA come by that ask for the same.
  double pass_cost(uint64_t size, uint64_t row) {
    constexpr uint64_t kDraws = 3;
    double sum = 0;
    for (uint64_t draw = 0; draw < kDraws; ++draw) {
      draw_met_rows(size, row, static_cast<double>(2 * draw + 1) / (2 * kDraws));
      sum += mean_over_warming();
    }
    const auto elements = static_cast<double>(size);
    return stationary_step(elements) + sum / kDraws + expected_.union_of(elements) + gustavson_pass_;
  }

  // The mean of the drawn pass over the rows of STA: the share of cold lines decays from one to none, and
  // between these shares the cost is taken as linear.
  double mean_over_warming() {
    const double steady = expected_.steady_miss_share();
    const auto rows = static_cast<double>(view_.rows());
    const double met = static_cast<double>(view_.sta_nnz()) / (rows * static_cast<double>(view_.inner()));
    constexpr double kLevels[] = {0.5, 0.2, 0.05, 0.01, 0};
    double mean = 0, from = 0, before = stream_steps(requests_, 1);
    for (const double level : kLevels) {
      const double floor = std::max(level, kLevels[3] / 10);  // where the last of them is as good as gone
      const double to = std::min(rows, met < 1 ? std::log(floor) / std::log1p(-met) : 1);
      const double cost = stream_steps(requests_, steady + (1 - steady) * level);
      mean += (to - from) / rows * (before + cost) / 2;
      from = to;
      before = cost;
    }
    return mean + (rows - from) / rows * before;
  }

  // Rows of STR that a stretch of `size` elements of a row of STA meets, with the frequencies at which all
  // rows of STA meet them; `place` in [0, 1) says where the stretch lies.
  void draw_met_rows(uint64_t size, uint64_t row, double place) {
    requests_.clear();
    const uint64_t nnz = view_.sta_nnz();
    const double stride = static_cast<double>(nnz) / static_cast<double>(row);
    const double begin = place * static_cast<double>(row - size) * stride;
    for (uint64_t i = 0; i < size; ++i) {
      // An irrational jitter, so that distances between rows differ as if by chance.
      constexpr double kGolden = 0.6180339887498949;
      const double jitter = std::fmod(static_cast<double>(i + 1) * kGolden + place, 1.0);
      const auto at = static_cast<uint64_t>(begin + (static_cast<double>(i) + jitter) * stride);
      const uint64_t k = fiber_of(view_.sta_columns, std::min(at, nnz - 1));
      requests_.push_back({view_.str_rows[k], length(view_.str_rows, k), 1, 1});
    }
  }

  double inner() {
    double whole_tiles = 0, cycles = 0;
    uint64_t held = 0;
    std::vector<uint64_t> rows_with_folds;
    const auto flush = [&] {
      if (held > 0) cycles += stationary_step(static_cast<double>(held)) + inner_tile_;
      whole_tiles += held > 0 ? 1 : 0;
      held = 0;
    };
    for (uint64_t r = 0; r < view_.rows(); ++r) {
      const uint64_t n = length(view_.sta_rows, r);
      if (n == 0) continue;
      if (held + n > lanes_) flush();
      held += n <= lanes_ ? n : 0;
      if (n <= lanes_) continue;
      const uint64_t folds = 1 + ceil_div(n - lanes_, lanes_ - 1);
      if (rows_with_folds.size() <= folds) rows_with_folds.resize(folds + 1);
      ++rows_with_folds[folds];
    }
    flush();
    const double cold = view_.sta_nnz() > 0 ? 1 : 0;
    const double again = expected_.cyclic_miss_share();
    double passes = whole_tiles;
    for (const uint64_t rows : rows_with_folds) passes += static_cast<double>(rows);
    const double missing = passes > 0 ? (cold + (passes - 1) * again) / passes : 0;
    if (whole_tiles > 0) cycles += whole_tiles * columns_cost(1, missing);
    for (size_t folds = 2; folds < rows_with_folds.size(); ++folds) {
      if (rows_with_folds[folds] == 0) continue;
      const auto count = static_cast<double>(folds);
      cycles += static_cast<double>(rows_with_folds[folds]) *
                (columns_cost(count, missing) + count * (stationary_step(static_cast<double>(lanes_)) + inner_tile_));
    }
    return cycles;
  }

  // All columns of STR once, in `folds` ranges of k; `missing` is the share of lines that miss.
  double columns_cost(double folds, double missing) {
    constexpr uint64_t kSamples = 64;
    const uint64_t columns = view_.columns(), samples = std::min(kSamples, columns);
    double sum = 0;
    for (uint64_t i = 0; i < samples; ++i) {
      const uint64_t column = (2 * i + 1) * columns / (2 * samples);
      sum += column_cost(static_cast<double>(length(view_.str_columns, column)) / folds, folds, missing);
    }
    return sum * static_cast<double>(columns) / static_cast<double>(samples);
  }

  // One column in each of `folds` ranges of k, `count` elements expected in each.
  double column_cost(double count, double folds, double missing) {
    const double empty = folds > 1 ? std::exp(-count) : count == 0 ? 1 : 0;
    const double there = count > 0 ? count / (1 - empty) : 0;
    const double load = mean_consecutive_load(there);
    const auto line = static_cast<double>(line_);
    // Lines that the column before has not brought: all its own but the one they share.
    const double spanned = there > 0 ? 1 + (there - 1) / line : 0;
    const double fresh = folds > 1 && folds * count < line ? spanned / folds : std::min(spanned, there / line);
    const double hit_cost = load + hit_;
    const double any = std::min(1.0, fresh);
    const double miss_cost = miss_step(std::max(1.0, fresh), std::min(load, line));
    const double full = hit_cost + missing * any * (miss_cost - hit_cost);
    // The first fold reads no partial sum; the others do, and each row's sums come in once, a line
    // for `line_` columns.
    const double sums = folds - 1;
    const double sum_first_read = sums > 0 ? miss_step(1, 1) / line : 0;
    return (1 - empty) * full * folds + empty * (std::max(1.0, 0.0) + sums * (1 + hit_)) + sum_first_read;
  }

  const View& view_;
  const Expectations& expected_;
  uint64_t lanes_, line_, banks_;
  double hit_, miss_, interval_, outer_tile_, inner_tile_, gustavson_pass_, merge_pass_;
  bool merges_requests_;
  std::vector<double> load_, mean_loads_;
  std::vector<Request> requests_;
};

}  // namespace

double paper_cycles(Method method, const View& view, const Expectations& expected, const Config& config) {
  return Paper(view, expected, config).total(method);
}

}  // namespace nonzero::flexagon::predictor
