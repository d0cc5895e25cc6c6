#pragma once

#include <fmt/format.h>
#include <sys/resource.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace nonzero::bench {

// Milliseconds of the fastest of five calls: what the code costs when nothing else disturbs it.
template <class Body>
double best_of_five(const Body& body) {
  double best = std::numeric_limits<double>::infinity();
  for (int run = 0; run < 5; ++run) {
    const auto start = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    best = std::min(best, spent.count());
  }
  return best;
}

// Keeps the compiler from dropping work whose result nobody reads.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

// What a measurement is held against: a time to stay under, a reference measured in the same run
// and how many times its time is allowed. Each part may be absent.
struct Against {
  std::optional<double> bound_ms;
  std::string reference;  // "slow twin", "GraphBLAS", …
  std::optional<double> reference_ms;
  std::optional<double> bound_ratio;
};

// One benchmark program's table. While it lives the program computes on one thread. Nothing here
// fails: a bound that is missed is printed as missed.
class Table {
 public:
  explicit Table(const std::string& title) {
    fmt::print("\n{}\n{:<52} {:>10} {:>12} {:>22} {:>9}\n", title, "best of five, one core", "ms", "bound",
               "reference ms", "ratio");
  }

  void row(const std::string& name, double ms, const Against& against = {}) const {
    std::string bound = "-";
    bool met = true;
    if (against.bound_ms) {
      bound = fmt::format("<= {:g} ms", *against.bound_ms);
      met = met && ms <= *against.bound_ms;
    }
    std::string reference = "-";
    std::string ratio = "-";
    if (against.reference_ms) {
      reference = fmt::format("{} {:.4g}", against.reference, *against.reference_ms);
      ratio = fmt::format("{:.3g}x", ms / *against.reference_ms);
      if (against.bound_ratio) {
        bound = fmt::format("<= {:g}x", *against.bound_ratio);
        met = met && ms <= *against.bound_ratio * *against.reference_ms;
      }
    }
    fmt::print("{:<52} {:>10.4g} {:>12} {:>22} {:>9}{}\n", name, ms, bound, reference, ratio,
               met ? "" : "  MISSED");
    std::fflush(stdout);
  }

  // The most memory the program has held so far, in MiB, beside what it may hold.
  void peak_memory(const std::string& name, double bound_mib) const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double mib = static_cast<double>(usage.ru_maxrss) / 1024;
    fmt::print("{:<52} {:>6.0f} MiB {:>12}{}\n", name, mib, fmt::format("<= {:g} MiB", bound_mib),
               mib <= bound_mib ? "" : "  MISSED");
  }

 private:
  tbb::global_control one_thread_{tbb::global_control::max_allowed_parallelism, 1};
};

}  // namespace nonzero::bench
