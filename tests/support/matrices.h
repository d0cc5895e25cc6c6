#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <initializer_list>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "nonzero/tensor/formats.h"

namespace nonzero::test {

// A small matrix as drawn: one string per row, elements apart by blanks, `.` where nothing is
// stored, a number (0 too) where something is.
//   draw({"1 . 2",
//         ". 3 ."})
inline Csr draw(std::initializer_list<const char*> rows) {
  Csr csr{0, 0, {0}, {}, {}};
  for (const char* row : rows) {
    std::istringstream words(row);
    uint32_t column = 0;
    for (std::string word; words >> word; ++column) {
      if (word == ".") continue;
      csr.indices.push_back(column);
      csr.values.push_back(std::stof(word));
    }
    if (csr.rows > 0 && column != csr.columns) throw std::logic_error("rows of unequal length");
    csr.columns = column;
    ++csr.rows;
    csr.offsets.push_back(csr.indices.size());
  }
  return csr;
}

// The same without values: `x` where something is stored.
inline Csr draw_pattern(std::initializer_list<const char*> rows) {
  std::vector<std::string> texts(rows.begin(), rows.end());
  Csr csr{texts.size(), 0, {0}, {}, {}};
  for (const std::string& row : texts) {
    std::istringstream words(row);
    uint32_t column = 0;
    for (std::string word; words >> word; ++column)
      if (word != ".") csr.indices.push_back(column);
    csr.columns = column;
    csr.offsets.push_back(csr.indices.size());
  }
  return csr;
}

inline Dense draw_dense(std::initializer_list<std::initializer_list<float>> rows) {
  Dense dense{rows.size(), rows.size() == 0 ? 0 : rows.begin()->size(), {}};
  for (const auto& row : rows)
    for (const float value : row) dense.values.push_back(value);
  return dense;
}

// The drawing of a matrix; beyond 32 x 32 only its shape.
inline std::string picture(const Csr& csr) {
  std::string text = fmt::format("{} x {}, {} stored{}\n", csr.rows, csr.columns, csr.nnz(),
                                 csr.is_pattern() ? ", pattern" : "");
  if (csr.rows > 32 || csr.columns > 32) return text;
  for (uint64_t r = 0; r < csr.rows; ++r) {
    std::vector<std::string> cells(csr.columns, ".");
    for (uint64_t e = csr.offsets[r]; e < csr.offsets[r + 1]; ++e)
      cells.at(csr.indices[e]) = csr.values.empty() ? "x" : fmt::format("{:g}", csr.values[e]);
    for (const std::string& cell : cells) text += fmt::format("{:>8}", cell);
    text += '\n';
  }
  return text;
}

// Exactly the same stored elements.
inline ::testing::AssertionResult same_matrix(const Csr& found, const Csr& expected) {
  if (found == expected) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "found " << picture(found) << "expected " << picture(expected);
}

// ||found - expected|| <= tolerance * ||expected||, Frobenius.
inline ::testing::AssertionResult near_matrix(const Dense& found, const Dense& expected, double tolerance) {
  if (found.rows != expected.rows || found.columns != expected.columns)
    return ::testing::AssertionFailure() << fmt::format("found {} x {}, expected {} x {}", found.rows,
                                                        found.columns, expected.rows, expected.columns);
  double difference = 0;
  double norm = 0;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    const double d = static_cast<double>(found.values[i]) - static_cast<double>(expected.values[i]);
    difference += d * d;
    norm += static_cast<double>(expected.values[i]) * static_cast<double>(expected.values[i]);
  }
  if (std::sqrt(difference) <= tolerance * std::sqrt(norm)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << fmt::format("relative difference {:g}, allowed {:g}", std::sqrt(difference / norm), tolerance);
}

inline ::testing::AssertionResult near_matrix(const Csr& found, const Csr& expected, double tolerance) {
  return near_matrix(to_dense(found), to_dense(expected), tolerance);
}

// Random matrices for properties. A density is drawn first, so that empty, sparse and full matrices
// all occur. Values are small whole numbers without zero: sums of their products are exact.
inline rc::Gen<Csr> gen_csr(uint64_t rows, uint64_t columns) {
  return rc::gen::exec([rows, columns] {
    const int percent = *rc::gen::element(0, 1, 5, 20, 50, 90, 100);
    Csr csr{rows, columns, {0}, {}, {}};
    for (uint64_t r = 0; r < rows; ++r) {
      for (uint64_t c = 0; c < columns; ++c) {
        if (*rc::gen::resize(100, rc::gen::inRange(0, 100)) >= percent) continue;
        csr.indices.push_back(static_cast<uint32_t>(c));
        const int magnitude = *rc::gen::resize(100, rc::gen::inRange(1, 9));
        csr.values.push_back(static_cast<float>(*rc::gen::arbitrary<bool>() ? magnitude : -magnitude));
      }
      csr.offsets.push_back(csr.indices.size());
    }
    return csr;
  });
}

// 1..most x 1..most.
inline rc::Gen<Csr> gen_csr(uint64_t most = 12) {
  return rc::gen::mapcat(
      rc::gen::pair(rc::gen::inRange<uint64_t>(1, most + 1), rc::gen::inRange<uint64_t>(1, most + 1)),
      [](const std::pair<uint64_t, uint64_t>& shape) { return gen_csr(shape.first, shape.second); });
}

// Two operands that fit: A is m x k, B is k x n, each side 1..most.
inline rc::Gen<std::pair<Csr, Csr>> gen_operands(uint64_t most = 12) {
  const auto side = rc::gen::inRange<uint64_t>(1, most + 1);
  return rc::gen::mapcat(rc::gen::tuple(side, side, side),
                         [](const std::tuple<uint64_t, uint64_t, uint64_t>& mkn) {
                           const auto [m, k, n] = mkn;
                           return rc::gen::pair(gen_csr(m, k), gen_csr(k, n));
                         });
}

}  // namespace nonzero::test

namespace rc {

// So that a failing property prints the matrix it failed on.
inline void showValue(const nonzero::Csr& csr, std::ostream& os) { os << nonzero::test::picture(csr); }

}  // namespace rc
