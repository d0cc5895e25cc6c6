#include <bit>

#include "nonzero/arch/flexagon/predictor_view.h"
#include "nonzero/base/math.h"

namespace nonzero::flexagon::predictor {
namespace {

// A streaming row that multipliers of a tile ask for, element by element.
struct Request {
  uint64_t begin = 0, length = 0;  // where it lies, in elements
  double count = 0;                // multipliers that ask
  double first = 0, later = 0;     // lines that a cold cache lacks: the first, and the others
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
        shifts_(is_power_of_two(line_) && is_power_of_two(banks_)),
        line_shift_(ceil_log2(line_)),
        load_(banks_),
        crossed_(line_) {}

  double total(Method method) {
    if (view_.sta_nnz() == 0 || view_.str_nnz() == 0) return 0;
    switch (method) {
      case Method::kInner:
        return inner();
      case Method::kOuter:
        return outer();
      case Method::kGustavson:
        break;
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
    const uint64_t first = std::min(count, line_ - place_in_line(begin)), rest = count - first;
    const uint64_t full = line_of(rest), last = place_in_line(rest);
    if (merges_requests_) return static_cast<double>(ceil_div(full + 1 + (last > 0), banks_));
    if (full > 0) return static_cast<double>(full <= banks_ ? line_ : line_ * ceil_div(full, banks_));
    return static_cast<double>(std::max(first, last));
  }

  // Its mean over all places where the elements may begin; a fraction of an element is interpolated.
  double mean_consecutive_load(double count) {
    const auto below = static_cast<uint64_t>(count);
    return std::lerp(mean_load_of(below), mean_load_of(below + 1), count - static_cast<double>(below));
  }

  double mean_load_of(uint64_t count) {
    if (mean_loads_.size() <= count) mean_loads_.resize(count + 1, kUnknown);
    double& mean = mean_loads_[count];
    if (mean != kUnknown) return mean;
    mean = 0;
    for (uint64_t begin = 0; begin < line_; ++begin) mean += consecutive_load(begin, count);
    return mean /= static_cast<double>(line_);
  }

  // The step that brings `count` stationary elements, read once and in order.
  double stationary_step(double count) {
    const double lines = count / static_cast<double>(line_), load = mean_consecutive_load(count);
    const double fresh = std::min(1.0, lines);
    return (1 - fresh) * (load + hit_) +
           fresh * miss_step(std::max(1.0, lines), std::min(load, static_cast<double>(line_)));
  }

  [[nodiscard]] uint64_t bank_of(uint64_t element) const {
    return shifts_ ? line_of(element) & (banks_ - 1) : line_of(element) % banks_;
  }
  [[nodiscard]] uint64_t line_of(uint64_t element) const {
    return shifts_ ? element >> line_shift_ : element / line_;
  }
  [[nodiscard]] uint64_t place_in_line(uint64_t element) const {
    return shifts_ ? element & (line_ - 1) : element % line_;
  }

  // Mean over the steps in which element s of every request is read of the largest load of a bank.
  double mean_bank_load(const std::vector<Request>& requests, uint64_t steps) {
    constexpr uint64_t kSamples = 4;
    const uint64_t samples = std::min(kSamples, steps);
    double sum = 0;
    for (uint64_t i = 0; i < samples; ++i) {
      const uint64_t s = (2 * i + 1) * steps / (2 * samples);
      std::fill(load_.begin(), load_.end(), 0.0);
      double most = 0;
      for (const Request& request : requests) {
        if (request.length <= s) continue;
        double& bank = load_[bank_of(request.begin + s)];
        bank += request.count;
        most = std::max(most, bank);
      }
      sum += most;
    }
    return samples > 0 ? sum / static_cast<double>(samples) : 0;
  }

  // What decides the steps of a tile or pass in which its requests are streamed.
  struct Streaming {
    double steps = 0;      // of the longest request
    double hit = 0;        // cycles of a step without a miss
    double together = 1;   // requests that wait for one missing line
    double first = 0;      // lines that miss in the first step, of a cold cache
    double crossings = 0;  // lines that miss later
    double chances = 1;    // steps in which such a line may begin: requests that cross together miss together
  };

  Streaming streaming(const std::vector<Request>& requests) {
    Streaming streaming;
    uint64_t steps = 0, residues = 0;
    double multipliers = 0, active = 0;
    std::fill(crossed_.begin(), crossed_.end(), 0);
    for (const Request& request : requests) {
      if (request.length == 0) continue;
      steps = std::max(steps, request.length);
      multipliers += request.count;
      ++active;
      streaming.first += request.first;
      streaming.crossings += request.later;
      char& residue = crossed_[place_in_line(request.begin)];
      residues += residue == 0 ? 1 : 0;
      residue = 1;
    }
    if (steps == 0) return streaming;
    streaming.steps = static_cast<double>(steps);
    streaming.hit = mean_bank_load(requests, steps) + hit_;
    streaming.together = multipliers / active;
    streaming.chances =
        std::max(1.0, static_cast<double>(residues) * (streaming.steps - 1) / static_cast<double>(line_));
    return streaming;
  }

  // Cycles when the share `cold` of the lines is missing.
  double cycles_of(const Streaming& s, double cold) const {
    if (s.steps == 0) return 0;
    const auto step = [&](double misses) {
      return std::max(s.hit, miss_step(std::max(1.0, misses), s.together));
    };
    const double first = cold * s.first, later = cold * s.crossings;
    const double first_misses = 1 - std::exp(-first);
    double cycles = first_misses * step(first) + (1 - first_misses) * s.hit;
    if (s.steps == 1) return cycles;
    const double missing = std::min(s.steps - 1, s.chances * (1 - std::exp(-later / s.chances)));
    cycles += (s.steps - 1 - missing) * s.hit;
    return missing > 0 ? cycles + missing * step(later / missing) : cycles;
  }

  // Merging of a row of STA with `elements`, of which those count that meet a row of STR that is not empty.
  double merge_row(double elements) const {
    const auto radix = static_cast<double>(lanes_);
    const double any = 1 - std::pow(1 - expected_.meets_something(), elements);
    const double united = expected_.union_of(elements) + any * merge_pass_;
    const double fibers = elements * expected_.meets_something();
    if (fibers <= radix) return united;
    const double groups = fibers / radix;
    return std::ceil(groups) * merge_pass_ + groups * expected_.union_of(elements / groups) + united;
  }

  double outer() {
    constexpr uint64_t kTiles = 24;
    const uint64_t nnz = view_.sta_nnz(), tiles = ceil_div(nnz, lanes_), samples = std::min(kTiles, tiles);
    double sum = 0, sampled = 0;
    for (uint64_t i = 0; i < samples; ++i) {
      const uint64_t begin = (2 * i + 1) * tiles / (2 * samples) * lanes_;
      const uint64_t end = std::min(begin + lanes_, nnz);
      sum += outer_tile(begin, end);
      sampled += static_cast<double>(end - begin);
    }
    double cycles = sum * static_cast<double>(nnz) / sampled;
    for (const RowLengths& rows : expected_.row_lengths()) cycles += rows.count * merge_row(rows.mean);
    return cycles;
  }

  // One multiplier asks for row k of STR, none of whose lines is there.
  Request request_for(uint64_t k) const {
    const uint64_t begin = view_.str_rows[k], count = length(view_.str_rows, k);
    if (count == 0) return {};
    return {begin, count, 1, 1, static_cast<double>(line_of(begin + count - 1) - line_of(begin))};
  }

  double outer_tile(uint64_t begin, uint64_t end) {
    requests_.clear();
    uint64_t k = fiber_of(view_.sta_columns, begin);
    // Rows of STR lie behind one another: a line where one ends and the next begins comes in once.
    uint64_t brought = view_.str_rows[k] > 0 ? line_of(view_.str_rows[k] - 1) : kNone;
    for (uint64_t at = begin; at < end; ++k) {
      const uint64_t next = std::min(end, view_.sta_columns[k + 1]);
      if (next == at) continue;
      Request request = request_for(k);
      if (!merges_requests_) request.count = static_cast<double>(next - at);
      at = next;
      if (request.length == 0) continue;
      const uint64_t line = line_of(request.begin);
      if (line == brought) request.first = 0;
      if (view_.sta_columns[k] < begin) request.first = request.later = 0;
      if (!requests_.empty()) {
        Request& before = requests_.back();
        if (before.later > 0 && line_of(before.begin + before.length - 1) == line) before.later -= 1;
      }
      brought = line;
      requests_.push_back(request);
    }
    return stationary_step(static_cast<double>(end - begin)) + cycles_of(streaming(requests_), 1) +
           outer_tile_;
  }

  // Passes of up to `lanes_` elements of one row. Whole rows are evaluated at a few lengths and interpolated;
  // the passes of longer rows, each a stretch of the row, at the mean length of such rows.
  double gustavson() {
    make_guide();
    std::vector<double> costs;  // of whole rows with 1, 2, 4, ... elements
    for (uint64_t size = 1; size <= lanes_; size *= 2) costs.push_back(pass_cost(size, size));
    const auto whole = [&](uint64_t size) {
      const uint32_t below = static_cast<uint32_t>(std::bit_width(size)) - 1;
      const auto floor = static_cast<double>(uint64_t{1} << below);
      return std::lerp(costs[below], costs[std::min<size_t>(below + 1, costs.size() - 1)],
                       static_cast<double>(size) / floor - 1);
    };
    const auto lanes = static_cast<double>(lanes_);
    double cycles = 0, long_rows = 0, long_elements = 0;
    for (const RowLengths& rows : expected_.row_lengths()) {
      if (rows.mean <= lanes) {
        cycles += rows.count * whole(static_cast<uint64_t>(rows.mean));
        continue;
      }
      long_rows += rows.count;
      long_elements += rows.count * rows.mean;
      cycles += rows.count * (expected_.union_of(rows.mean) + merge_pass_);
    }
    if (long_rows == 0) return cycles;
    const auto mean = static_cast<uint64_t>(long_elements / long_rows);
    // A stretch of a row meets rows of STR that lie closer together than a whole row does.
    const double full = pass_cost(lanes_, mean), nearness = full / whole(lanes_);
    for (const RowLengths& rows : expected_.row_lengths()) {
      if (rows.mean <= lanes) continue;
      const double passes = std::floor(rows.mean / lanes);
      const auto rest = static_cast<uint64_t>(rows.mean - passes * lanes);
      cycles += rows.count * (passes * full + (rest > 0 ? nearness * whole(rest) : 0));
    }
    return cycles;
  }

  // A pass of `size` elements of a row of `row` elements, averaged over what it finds in the cache: the
  // first passes miss all their lines, later ones fewer, as rows of STA come by that ask for the same.
  double pass_cost(uint64_t size, uint64_t row) {
    constexpr uint64_t kDraws = 8;
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
    const Streaming shape = streaming(requests_);
    const double steady = expected_.steady_miss_share();
    const auto rows = static_cast<double>(view_.rows());
    const double met = static_cast<double>(view_.sta_nnz()) / (rows * static_cast<double>(view_.inner()));
    // A line is warm once any of the rows of STR that lie in it has been met.
    const double rows_in_line = 1 + static_cast<double>(line_) / std::max(1.0, expected_.mean_met());
    constexpr double kLevels[] = {0.5, 0.2, 0.05, 0.01, 0};
    double mean = 0, from = 0, before = cycles_of(shape, 1);
    for (const double level : kLevels) {
      const double floor = std::max(level, kLevels[3] / 10);  // where the last of them is as good as gone
      const double to = std::min(rows, met < 1 ? std::log(floor) / (std::log1p(-met) * rows_in_line) : 1);
      const double cost = cycles_of(shape, steady + (1 - steady) * level);
      mean += (to - from) / rows * (before + cost) / 2;
      from = to;
      before = cost;
    }
    return mean + (rows - from) / rows * before;
  }

  // Where in the columns of STA to begin the search for an element: one entry for each of kGuides parts.
  void make_guide() {
    const uint64_t nnz = view_.sta_nnz();
    uint64_t k = 0;
    for (uint64_t part = 0; part < kGuides; ++part) {
      while (view_.sta_columns[k + 1] <= part * nnz / kGuides) ++k;
      guide_.push_back(k);
    }
  }

  [[nodiscard]] uint64_t column_of(uint64_t element) const {
    uint64_t k = guide_[element * kGuides / view_.sta_nnz()];
    while (view_.sta_columns[k + 1] <= element) ++k;
    return k;
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
      const double spread = static_cast<double>(i + 1) * kGolden + place;
      const double jitter = spread - std::floor(spread);
      const auto at = static_cast<uint64_t>(begin + (static_cast<double>(i) + jitter) * stride);
      requests_.push_back(request_for(column_of(std::min(at, nnz - 1))));
    }
  }

  double inner() {
    // Rows that are folded, by the number of their folds, and their elements.
    struct Folded {
      double rows = 0, elements = 0;
    };
    std::vector<Folded> folded;
    double tiles = 0, cycles = 0, passes = 0;
    uint64_t held = 0;
    const auto flush = [&] {
      if (held > 0) cycles += stationary_step(static_cast<double>(held)) + inner_tile_;
      tiles += held > 0 ? 1 : 0;
      held = 0;
    };
    for (uint64_t r = 0; r < view_.rows(); ++r) {
      const uint64_t n = length(view_.sta_rows, r);
      if (n > 0 && held + n > lanes_) flush();
      if (n <= lanes_) {
        held += n;
        continue;
      }
      const uint64_t folds = 1 + ceil_div(n - lanes_, lanes_ - 1);
      if (folded.size() <= folds) folded.resize(folds + 1);
      folded[folds].rows += 1;
      folded[folds].elements += static_cast<double>(n);
      passes += 1;
    }
    flush();
    passes += tiles;
    const double missing = (1 + (passes - 1) * expected_.cyclic_miss_share()) / passes;
    if (tiles > 0) cycles += tiles * columns_cost(1, 0, missing);
    for (size_t folds = 2; folds < folded.size(); ++folds)
      if (folded[folds].rows > 0)
        cycles += folded[folds].rows * folds_cost(static_cast<double>(folds),
                                                  folded[folds].elements / folded[folds].rows, missing);
    return cycles;
  }

  // A row of `elements` in `folds`: the first full, the next one short of it for the partial sum, the last the rest.
  double folds_cost(double folds, double elements, double missing) {
    const auto full = static_cast<double>(lanes_);
    const double rest = elements - full - (folds - 2) * (full - 1);
    // The row's partial sums come in once, a line for `line_` columns.
    const double sums = static_cast<double>(view_.columns()) / static_cast<double>(line_) * miss_step(1, 1);
    double cycles = sums + folds * inner_tile_ + (folds - 1) * stationary_step(full) + stationary_step(rest);
    cycles += columns_cost(full / elements, 0, missing) + columns_cost(rest / elements, 1, missing);
    if (folds > 2) cycles += (folds - 2) * columns_cost((full - 1) / elements, 1, missing);
    return cycles;
  }

  // All columns of STR within the share `range` of k, each after `sums` reads of a partial sum; `missing` is the
  // share of lines that miss.
  double columns_cost(double range, double sums, double missing) {
    constexpr uint64_t kSamples = 32;
    const uint64_t columns = view_.columns(), samples = std::min(kSamples, columns);
    double sum = 0;
    for (uint64_t i = 0; i < samples; ++i) {
      const uint64_t column = (2 * i + 1) * columns / (2 * samples);
      sum += column_cost(static_cast<double>(length(view_.str_columns, column)), range, sums, missing);
    }
    return sum * static_cast<double>(columns) / static_cast<double>(samples);
  }

  double column_cost(double elements, double range, double sums, double missing) {
    const double count = elements * range;
    const double empty = range < 1 ? std::exp(-count) : count == 0 ? 1 : 0;
    const double nothing = sums > 0 ? sums + hit_ : 1;
    if (count == 0) return nothing;
    const double there = count / (1 - empty);
    const double load = mean_consecutive_load(there);
    const auto line = static_cast<double>(line_);
    // Lines that nothing before has brought: neither the column before nor, in its last line, the fold before.
    const double fresh = there / line;
    const double full = load + hit_;
    const double miss = miss_step(std::max(1.0, fresh), std::min(load, line));
    return (1 - empty) * (full + missing * std::min(1.0, fresh) * (miss - full)) + empty * nothing;
  }

  static constexpr double kUnknown = -1;
  static constexpr uint64_t kGuides = 512;
  static constexpr uint64_t kNone = ~uint64_t{0};

  const View& view_;
  const Expectations& expected_;
  uint64_t lanes_, line_, banks_;
  double hit_, miss_, interval_, outer_tile_, inner_tile_, gustavson_pass_, merge_pass_;
  bool merges_requests_;
  bool shifts_;  // whether a bank is found without a division
  uint32_t line_shift_;
  std::vector<double> load_, mean_loads_;
  std::vector<char> crossed_;
  std::vector<uint64_t> guide_;
  std::vector<Request> requests_;
};

}  // namespace

double paper_cycles(Method method, const View& view, const Expectations& expected, const Config& config) {
  return Paper(view, expected, config).total(method);
}

}  // namespace nonzero::flexagon::predictor
