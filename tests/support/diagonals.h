#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nonzero/base/random.h"
#include "nonzero/tensor/diagonal.h"
#include "support/matrices.h"

namespace nonzero::test {

// The paper's 6 x 6 example with S_ij = 10 i + j + 1.
inline Csr asadi_example() {
  return draw({" 1  2  .  4  5  .",  //
               "11 12  .  .  . 16",  //
               " . 22 23 24  .  .",  //
               "31  .  .  .  .  .",  //
               " .  .  . 44 45 46",  //
               " .  . 53  . 55 56"});
}

// The example as the paper's own figure places it: S52 in the slot the rule leaves empty.
inline DiagonalMatrix asadi_figure() {
  DiagonalMatrix matrix = to_diagonal(asadi_example(), {3});
  const uint64_t from = matrix.offsets[0] + 2, to = matrix.offsets[2] + 2;
  const PlacedElement moved = matrix.elements[from];
  const float value = matrix.values[from];
  matrix.elements.insert(matrix.elements.begin() + static_cast<int64_t>(to), moved);
  matrix.values.insert(matrix.values.begin() + static_cast<int64_t>(to), value);
  matrix.elements.erase(matrix.elements.begin() + static_cast<int64_t>(from));
  matrix.values.erase(matrix.values.begin() + static_cast<int64_t>(from));
  --matrix.offsets[1];
  --matrix.offsets[2];
  count_elements(matrix);
  return matrix;
}

// "row.column" of each slot of a diagonal, "-" for a bubble.
inline std::string slots_of(const DiagonalMatrix& matrix, uint64_t diagonal) {
  std::vector<std::string> slots(matrix.n, "-");
  for (const PlacedElement& element : matrix.filled(diagonal))
    slots.at(element.slot) = fmt::format("{}{}", element.row, element.slot);
  return fmt::format("{}", fmt::join(slots, " "));
}

// A random square matrix of up to `most` rows and a window that fits it; small whole values.
struct WindowedMatrix {
  Csr matrix;
  uint64_t window = 1;
};

inline WindowedMatrix windowed_matrix(uint64_t seed, uint64_t most) {
  Random random(seed);
  const uint64_t n = 1 + random.below(most);
  const double densities[] = {0, 0.02, 0.1, 0.3, 0.7, 1};
  const double density = densities[random.below(6)];
  Csr csr{n, n, {0}, {}, {}};
  for (uint64_t row = 0; row < n; ++row) {
    for (uint32_t column = 0; column < n; ++column) {
      if (!random.chance(density)) continue;
      csr.indices.push_back(column);
      csr.values.push_back(static_cast<float>(random.below(19)) - 9);
    }
    csr.offsets.push_back(csr.indices.size());
  }
  return {csr, 1 + random.below(2 * n - 1)};
}

}  // namespace nonzero::test
