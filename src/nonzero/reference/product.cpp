#include "nonzero/reference/product.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "nonzero/base/progress.h"
#include "nonzero/base/random.h"

namespace nonzero::reference {
namespace {

std::vector<double> multiply_vector(const Csr& a, const std::vector<double>& x) {
  std::vector<double> y(a.rows);
  for (uint64_t r = 0; r < a.rows; ++r) {
    Progress::throw_if_stopped();
    for (uint64_t e = a.offsets[r]; e < a.offsets[r + 1]; ++e) y[r] += double{a.values[e]} * x[a.indices[e]];
  }
  return y;
}

}  // namespace

Product multiply(const Csr& a, const Csr& b) {
  Product c{a.rows, b.columns, {0}, {}, {}};
  std::vector<double> sums(b.columns);
  std::vector<char> present(b.columns);
  std::vector<uint32_t> touched;
  for (uint64_t m = 0; m < a.rows; ++m) {
    Progress::throw_if_stopped();
    for (uint64_t e = a.offsets[m]; e < a.offsets[m + 1]; ++e) {
      const uint32_t k = a.indices[e];
      for (uint64_t f = b.offsets[k]; f < b.offsets[k + 1]; ++f) {
        const uint32_t n = b.indices[f];
        if (!present[n]) {
          present[n] = 1;
          touched.push_back(n);
        }
        sums[n] += double{a.values[e]} * double{b.values[f]};
      }
    }
    std::sort(touched.begin(), touched.end());
    for (const uint32_t n : touched) {
      c.indices.push_back(n);
      c.values.push_back(sums[n]);
      sums[n] = 0;
      present[n] = 0;
    }
    touched.clear();
    c.offsets.push_back(c.indices.size());
  }
  return c;
}

Product multiply(const Csr& a, const Csr& b, Semiring semiring) {
  const auto times = [&](double x, double y) {
    if (semiring == Semiring::kMinPlus) return x + y;
    if (semiring == Semiring::kOrAnd) return x != 0 && y != 0 ? 1.0 : 0.0;
    return x * y;
  };
  const auto plus = [&](double x, double y) {
    if (semiring == Semiring::kMinPlus) return std::min(x, y);
    if (semiring == Semiring::kMaxTimes) return std::max(x, y);
    if (semiring == Semiring::kOrAnd) return x != 0 || y != 0 ? 1.0 : 0.0;
    return x + y;
  };
  Product c{a.rows, b.columns, {0}, {}, {}};
  for (uint64_t m = 0; m < a.rows; ++m) {
    Progress::throw_if_stopped();
    std::map<uint32_t, double> row;
    for (uint64_t e = a.offsets[m]; e < a.offsets[m + 1]; ++e) {
      const uint32_t k = a.indices[e];
      for (uint64_t f = b.offsets[k]; f < b.offsets[k + 1]; ++f) {
        const double product = times(a.values[e], b.values[f]);
        const auto [place, fresh] = row.emplace(b.indices[f], product);
        if (!fresh) place->second = plus(place->second, product);
      }
    }
    for (const auto& [n, value] : row) {
      c.indices.push_back(n);
      c.values.push_back(value);
    }
    c.offsets.push_back(c.indices.size());
  }
  return c;
}

double relative_error(const Product& x, const Product& expected) {
  if (x.rows != expected.rows || x.columns != expected.columns || x.offsets.size() != expected.offsets.size())
    return std::numeric_limits<double>::infinity();
  double difference = 0, norm = 0;
  const auto count = [&](double got, double want) {
    difference += (got - want) * (got - want);
    norm += want * want;
  };
  for (uint64_t r = 0; r < x.rows; ++r) {
    uint64_t i = x.offsets[r], j = expected.offsets[r];
    while (i < x.offsets[r + 1] || j < expected.offsets[r + 1]) {
      const uint64_t left = i < x.offsets[r + 1] ? x.indices[i] : std::numeric_limits<uint64_t>::max();
      const uint64_t right =
          j < expected.offsets[r + 1] ? expected.indices[j] : std::numeric_limits<uint64_t>::max();
      count(left <= right ? x.values[i] : 0, right <= left ? expected.values[j] : 0);
      if (left <= right) ++i;
      if (right <= left) ++j;
    }
  }
  if (difference == 0) return 0;
  return norm > 0 ? std::sqrt(difference / norm) : std::numeric_limits<double>::infinity();
}

double freivalds_error(const Csr& a, const Csr& b, const Product& c, uint64_t seed, int rounds) {
  Random random(seed);
  double worst = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> signs(b.columns);
    for (double& sign : signs) sign = (random.bits() & 1U) != 0 ? 1 : -1;
    const std::vector<double> want = multiply_vector(a, multiply_vector(b, signs));
    double difference = 0, norm = 0;
    for (uint64_t m = 0; m < c.rows; ++m) {
      double got = 0;
      for (uint64_t e = c.offsets[m]; e < c.offsets[m + 1]; ++e) got += c.values[e] * signs[c.indices[e]];
      difference += (got - want[m]) * (got - want[m]);
      norm += want[m] * want[m];
    }
    if (difference == 0) continue;
    const double error = norm > 0 ? std::sqrt(difference / norm) : std::numeric_limits<double>::infinity();
    if (!(error <= worst)) worst = error;
    if (std::isnan(worst)) return worst;
  }
  return worst;
}

double tolerance(bool integer, uint64_t k) {
  if (integer) return 0;
  return 1e-5 * std::max(1.0, std::sqrt(static_cast<double>(k) / 65536.0));
}

}  // namespace nonzero::reference
