#include "nonzero/arch/flexagon/predictor_view.h"
#include "nonzero/base/math.h"

namespace nonzero::flexagon::predictor {
namespace {

// A walk over row lengths, packed as for_each_tile (mapping.h) packs rows:
// whole(elements, rows, longest) per tile of whole rows, folded(length) per row longer than the array.
template <class Whole, class Folded>
void pack_rows(const View& view, uint64_t lanes, const Whole& whole, const Folded& folded) {
  uint64_t elements = 0, rows = 0, longest = 0;
  const auto flush = [&] {
    if (elements > 0) whole(elements, rows, longest);
    elements = rows = longest = 0;
  };
  for (uint64_t r = 0; r < view.rows(); ++r) {
    const uint64_t n = length(view.sta_rows, r);
    if (n == 0) continue;
    if (elements + n > lanes) flush();
    if (n > lanes) {
      folded(n);
      continue;
    }
    elements += n;
    longest = std::max(longest, n);
    ++rows;
  }
  flush();
}

class Pipelined {
 public:
  Pipelined(const View& view, const Expectations& expected, const Config& config)
      : view_(view),
        expected_(expected),
        config_(config),
        lanes_(config.lanes()),
        in_(static_cast<double>(config.dn_bandwidth)),
        out_(static_cast<double>(config.rn_bandwidth)) {}

  double total(Method method) {
    switch (method) {
      case Method::kInner:
        inner();
        break;
      case Method::kOuter:
        outer();
        break;
      case Method::kGustavson:
        gustavson();
        break;
    }
    const auto line_bytes = static_cast<double>(config_.str_cache_line_bytes);
    const auto element = static_cast<double>(config_.element_bytes);
    const double bytes = element * (static_cast<double>(view_.sta_nnz()) + outputs()) + line_bytes * misses_ +
                         2 * element * static_cast<double>(config_.psram_block_elements) * spills_;
    const double once =
        static_cast<double>(config_.l1_latency + config_.dram_latency) + ceil_log2(lanes_) + 2;
    return std::max(once + cycles_, bytes / static_cast<double>(config_.dram_bytes_per_cycle));
  }

 private:
  void load(uint64_t elements) { cycles_ += std::ceil(static_cast<double>(elements) / in_); }

  double outputs() const {
    double sum = 0;
    for (const RowLengths& rows : expected_.row_lengths()) sum += rows.count * expected_.union_of(rows.mean);
    return sum;
  }

  void inner() {
    const auto columns = static_cast<double>(view_.columns()), all = static_cast<double>(view_.str_nnz());
    double passes = 0;
    const auto whole = [&](uint64_t elements, uint64_t rows, uint64_t) {
      load(elements);
      cycles_ +=
          std::max({columns, std::ceil(all / in_), std::ceil(columns * static_cast<double>(rows) / out_)});
      ++passes;
    };
    // Each fold streams the part of k that its elements span.
    const auto folded = [&](uint64_t n) {
      for (uint64_t done = 0; done < n;) {
        const uint64_t here = std::min(n - done, done == 0 ? lanes_ : lanes_ - 1);
        const double sent =
            all * static_cast<double>(here) / static_cast<double>(n) + (done > 0 ? columns : 0);
        load(here);
        cycles_ += std::max({columns, std::ceil(sent / in_), std::ceil(columns / out_)});
        done += here;
      }
      ++passes;
    };
    pack_rows(view_, lanes_, whole, folded);
    misses_ = expected_.lines() * (1 + std::max(0.0, passes - 1) * expected_.cyclic_miss_share());
  }

  void outer() {
    uint64_t in_tile = 0;
    double sent = 0, produced = 0, longest = 0;
    const auto flush = [&] {
      load(in_tile);
      cycles_ += std::max({longest, std::ceil(sent / in_), std::ceil(produced / out_)});
      in_tile = 0;
      sent = produced = longest = 0;
    };
    const auto block = static_cast<uint64_t>(config_.psram_block_elements);
    double blocks = 0;
    for (uint64_t k = 0; k < view_.inner(); ++k) {
      const auto fetched = static_cast<double>(length(view_.str_rows, k));
      const uint64_t count = length(view_.sta_columns, k);
      blocks += static_cast<double>(count * ceil_div(length(view_.str_rows, k), block));
      for (uint64_t left = count; left > 0;) {
        const uint64_t here = std::min(left, lanes_ - in_tile);
        sent += fetched;
        produced += fetched * static_cast<double>(here);
        longest = std::max(longest, fetched);
        in_tile += here;
        left -= here;
        if (in_tile == lanes_) flush();
      }
    }
    if (in_tile > 0) flush();
    for (const RowLengths& rows : expected_.row_lengths()) cycles_ += rows.count * merge_cycles(rows.mean);
    const auto sets = std::min(static_cast<double>(config_.psram_sets), static_cast<double>(view_.rows()));
    if (config_.overflow() == Overflow::kSpill)
      spills_ = std::max(0.0, blocks - sets * static_cast<double>(config_.psram_blocks));
    misses_ = expected_.lines();
  }

  // Merging of a row's `fibers`, `lanes_` at a time, in as many rounds as they need.
  double merge_cycles(double fibers) const {
    const auto radix = static_cast<double>(lanes_);
    double cycles = 0, each = 1;  // streaming rows behind one fiber of this round
    for (double held = fibers;; held = std::ceil(held / radix)) {
      const double elements = held * expected_.union_of(each);
      const double merged = expected_.union_of(std::min(fibers, each * std::min(held, radix)));
      cycles += std::max(std::ceil(held / radix) * merged, std::ceil(elements / in_));
      if (held <= radix) return cycles;
      each *= radix;
    }
  }

  void gustavson() {
    const double met = expected_.mean_met();
    double references = 0;
    const auto pass = [&](double elements, double rows, double longest_row) {
      load(static_cast<uint64_t>(elements));
      const double united = expected_.union_of(longest_row);
      cycles_ += std::max({expected_.longest_met(elements), united, std::ceil(elements * met / in_),
                           std::ceil(rows * expected_.union_of(elements / rows) / out_)});
      references += elements;
    };
    const auto whole = [&](uint64_t elements, uint64_t rows, uint64_t longest) {
      pass(static_cast<double>(elements), static_cast<double>(rows), static_cast<double>(longest));
    };
    const auto folded = [&](uint64_t n) {
      const auto radix = static_cast<double>(lanes_);
      double partial = 0;
      for (uint64_t done = 0; done < n; done += lanes_) {
        const auto here = static_cast<double>(std::min(lanes_, n - done));
        pass(here, 1, here);
        partial += expected_.union_of(here);
      }
      const double rounds = std::ceil(std::log2(static_cast<double>(n)) / std::log2(radix)) - 1;
      cycles_ += rounds * std::max(expected_.union_of(static_cast<double>(n)), std::ceil(partial / in_));
    };
    pack_rows(view_, lanes_, whole, folded);
    const auto line = static_cast<double>(config_.line_elements());
    const double touched = references * std::ceil(met / line);
    misses_ = std::min(touched, expected_.lines() + touched * expected_.steady_miss_share());
  }

  const View& view_;
  const Expectations& expected_;
  const Config& config_;
  uint64_t lanes_;
  double in_, out_;
  double cycles_ = 0, misses_ = 0, spills_ = 0;
};

}  // namespace

double pipelined_cycles(Method method, const View& view, const Expectations& expected, const Config& config) {
  return Pipelined(view, expected, config).total(method);
}

}  // namespace nonzero::flexagon::predictor
