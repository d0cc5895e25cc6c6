#include "nonzero/tensor/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/progress.h"
#include "nonzero/base/random.h"

namespace nonzero {
namespace {

constexpr uint64_t kPositions = 1;  // streams of derive_seed
constexpr uint64_t kValues = 2;
constexpr uint64_t kMostSide = uint64_t{1} << 32U;

// Below this density elements are reached by skipping the zeros between them, above it 64 at a
// time: the cheaper of the two on either side.
constexpr double kSkippingDensity = 1.0 / 16.0;

void check_shape(uint64_t rows, uint64_t columns) {
  if (rows == 0 || columns == 0 || rows > kMostSide || columns > kMostSide)
    throw InputError(fmt::format("a generated matrix of {} x {}", rows, columns),
                     "allowed: sides from 1 to 2^32");
}

void check_density(double density) {
  if (!(density >= 0.0 && density <= 1.0))
    throw InputError(fmt::format("density {}", density), "allowed: 0 to 1");
}

// The zeros before the next element of a Bernoulli sequence: geometrically distributed, by
// inversion (Devroye 1986, ch. X.2).
class Gaps {
 public:
  Gaps(double density, uint64_t seed)
      : random_(derive_seed(seed, kPositions)), none_(density <= 0.0), log_of_zero_(std::log1p(-density)) {}

  uint64_t next() {
    constexpr uint64_t kBeyond = uint64_t{1} << 62U;
    if (none_) return kBeyond;
    const double gap = std::floor(std::log1p(-random_.unit()) / log_of_zero_);
    return gap < static_cast<double>(kBeyond) ? static_cast<uint64_t>(gap) : kBeyond;
  }

 private:
  Random random_;
  bool none_;
  double log_of_zero_;
};

// 64 independent draws of "uniform < density": compares bit by bit from the most significant one,
// all lanes at once, and stops when every lane has differed.
uint64_t bernoulli_word(Random& random, uint64_t fraction) {
  uint64_t undecided = ~uint64_t{0};
  uint64_t ones = 0;
  for (; undecided != 0 && fraction != 0; fraction <<= 1U) {
    const uint64_t drawn = random.bits();
    if (fraction >> 63U) {
      ones |= undecided & ~drawn;
      undecided &= drawn;
    } else {
      undecided &= ~drawn;
    }
  }
  return ones;
}

// Calls emit(row, word, bits) in row-major order for the ones of a uniform random matrix; both
// generate_uniform and generate_uniform_bitmap walk it, so they agree.
template <class Emit>
void walk_uniform(uint64_t rows, uint64_t columns, double density, uint64_t seed, const Emit& emit) {
  const uint64_t words = ceil_div(columns, 64);
  const uint64_t last = columns % 64 == 0 ? ~uint64_t{0} : (uint64_t{1} << (columns % 64)) - 1;
  if (density < kSkippingDensity) {
    Gaps gaps(density, seed);
    uint64_t column = gaps.next();
    for (uint64_t r = 0; r < rows; ++r) {
      Progress::throw_if_stopped();
      for (; column < columns; column += 1 + gaps.next()) emit(r, column / 64, uint64_t{1} << (column % 64));
      column -= columns;
    }
    return;
  }
  Random random(derive_seed(seed, kPositions));
  const bool full = density >= 1.0;
  const auto fraction = full ? 0 : static_cast<uint64_t>(density * 0x1p64);
  for (uint64_t r = 0; r < rows; ++r) {
    Progress::throw_if_stopped();
    for (uint64_t w = 0; w < words; ++w) {
      const uint64_t bits = full ? ~uint64_t{0} : bernoulli_word(random, fraction);
      emit(r, w, w + 1 == words ? bits & last : bits);
    }
  }
}

Csr empty_csr(uint64_t rows, uint64_t columns) {
  Csr csr{rows, columns, std::vector<uint64_t>(1), {}, {}};
  csr.offsets.reserve(rows + 1);
  return csr;
}

Csr with_values(Csr csr, uint64_t seed) {
  draw_values(csr.values, csr.nnz(), seed);
  return csr;
}

// The 2^p x 2^p quadrant descent of R-MAT; draws outside rows x rows are repeated.
uint64_t rmat_edge(Random& random, uint64_t rows, uint32_t levels) {
  constexpr double kA = 0.57, kB = 0.19, kC = 0.19;
  for (;;) {
    uint64_t row = 0;
    uint64_t column = 0;
    for (uint32_t level = 0; level < levels; ++level) {
      const double u = random.unit();
      row = 2 * row + (u >= kA + kB);
      column = 2 * column + ((u >= kA && u < kA + kB) || u >= kA + kB + kC);
    }
    if (row < rows && column < rows) return row << 32U | column;
  }
}

}  // namespace

void draw_values(std::vector<float>& values, uint64_t count, uint64_t seed) {
  Random random(derive_seed(seed, kValues));
  values.resize(count);
  for (float& value : values) {
    do {
      value = static_cast<float>(random.bits() >> 40U) * 0x1p-23F - 1.0F;
    } while (value == 0.0F);
  }
}

Csr generate_uniform(uint64_t rows, uint64_t columns, double density, uint64_t seed) {
  check_shape(rows, columns);
  check_density(density);
  Csr csr{rows, columns, std::vector<uint64_t>(rows + 1), {}, {}};
  walk_uniform(rows, columns, density, seed, [&csr](uint64_t r, uint64_t w, uint64_t bits) {
    csr.offsets[r + 1] += static_cast<uint64_t>(std::popcount(bits));
    for (; bits != 0; bits &= bits - 1)
      csr.indices.push_back(static_cast<uint32_t>(w * 64 + static_cast<uint64_t>(std::countr_zero(bits))));
  });
  for (uint64_t r = 0; r < rows; ++r) csr.offsets[r + 1] += csr.offsets[r];
  return with_values(std::move(csr), seed);
}

Bitmap generate_uniform_bitmap(uint64_t rows, uint64_t columns, double density, uint64_t seed) {
  check_shape(rows, columns);
  check_density(density);
  Bitmap bitmap{rows, columns, {}, {}};
  const uint64_t words = bitmap.words_per_row();
  bitmap.words.assign(rows * words, 0);
  walk_uniform(rows, columns, density, seed, [&bitmap, words](uint64_t r, uint64_t w, uint64_t bits) {
    bitmap.words[r * words + w] |= bits;
  });
  return bitmap;
}

Csr generate_banded(uint64_t rows, uint64_t columns, uint64_t half_bandwidth, double density, uint64_t seed) {
  check_shape(rows, columns);
  check_density(density);
  Csr csr = empty_csr(rows, columns);
  Gaps gaps(density, seed);
  uint64_t position = gaps.next();  // within the band of the current row
  for (uint64_t r = 0; r < rows; ++r) {
    const uint64_t begin = std::min(columns, r > half_bandwidth ? r - half_bandwidth : 0);
    const uint64_t end = half_bandwidth >= columns ? columns : std::min(columns, r + half_bandwidth + 1);
    for (; position < end - begin; position += 1 + gaps.next())
      csr.indices.push_back(static_cast<uint32_t>(begin + position));
    position -= end - begin;
    csr.offsets.push_back(csr.indices.size());
  }
  return with_values(std::move(csr), seed);
}

Csr generate_diagonal(uint64_t rows, uint64_t seed) { return generate_banded(rows, rows, 0, 1.0, seed); }

Csr generate_block(uint64_t rows, uint64_t columns, uint64_t block, double density, uint64_t seed) {
  check_shape(rows, columns);
  check_density(density);
  if (block == 0) throw InputError("block 0", "allowed: at least 1");
  const uint64_t side = std::min(block, std::max(rows, columns));
  const Csr grid = generate_uniform(ceil_div(rows, side), ceil_div(columns, side), density, seed);
  Csr csr = empty_csr(rows, columns);
  for (uint64_t r = 0; r < rows; ++r) {
    for (const uint32_t b : grid.fiber(r / side))
      for (uint64_t c = b * side; c < std::min(columns, (b + uint64_t{1}) * side); ++c)
        csr.indices.push_back(static_cast<uint32_t>(c));
    csr.offsets.push_back(csr.indices.size());
  }
  return with_values(std::move(csr), seed);
}

Csr generate_rmat(uint64_t rows, uint64_t edges, uint64_t seed) {
  check_shape(rows, rows);
  Random random(derive_seed(seed, kPositions));
  std::vector<uint64_t> keys(edges);
  for (uint64_t& key : keys) {
    Progress::throw_if_stopped();
    key = rmat_edge(random, rows, ceil_log2(rows));
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  Csr csr{rows, rows, std::vector<uint64_t>(rows + 1), {}, {}};
  csr.indices.reserve(keys.size());
  for (const uint64_t key : keys) {
    ++csr.offsets[(key >> 32U) + 1];
    csr.indices.push_back(static_cast<uint32_t>(key));
  }
  for (uint64_t r = 0; r < rows; ++r) csr.offsets[r + 1] += csr.offsets[r];
  return with_values(std::move(csr), seed);
}

Csr generate_stencil_2d(uint64_t n, uint64_t seed) {
  if (n == 0 || n > kMostSide / n)
    throw InputError(fmt::format("a grid of {0} x {0}", n), "allowed: 1 to 65536");
  Csr csr = empty_csr(n * n, n * n);
  const auto add = [&csr](uint64_t c) { csr.indices.push_back(static_cast<uint32_t>(c)); };
  for (uint64_t r = 0; r < n * n; ++r) {
    const uint64_t y = r / n;
    const uint64_t x = r % n;
    if (y > 0) add(r - n);
    if (x > 0) add(r - 1);
    add(r);
    if (x + 1 < n) add(r + 1);
    if (y + 1 < n) add(r + n);
    csr.offsets.push_back(csr.indices.size());
  }
  return with_values(std::move(csr), seed);
}

Csr generate_stencil_3d(uint64_t n, uint64_t seed) {
  if (n == 0 || n > 1625) throw InputError(fmt::format("a grid of {0} x {0} x {0}", n), "allowed: 1 to 1625");
  const uint64_t plane = n * n;
  Csr csr = empty_csr(plane * n, plane * n);
  const auto add = [&csr](uint64_t c) { csr.indices.push_back(static_cast<uint32_t>(c)); };
  for (uint64_t r = 0; r < plane * n; ++r) {
    const uint64_t z = r / plane;
    const uint64_t y = r / n % n;
    const uint64_t x = r % n;
    if (z > 0) add(r - plane);
    if (y > 0) add(r - n);
    if (x > 0) add(r - 1);
    add(r);
    if (x + 1 < n) add(r + 1);
    if (y + 1 < n) add(r + n);
    if (z + 1 < n) add(r + plane);
    csr.offsets.push_back(csr.indices.size());
  }
  return with_values(std::move(csr), seed);
}

// Selection sampling within each group (Knuth, The Art of Computer Programming 3.4.2, algorithm S).
Csr generate_n_of_m(uint64_t rows, uint64_t columns, uint64_t n, uint64_t m, uint64_t seed) {
  check_shape(rows, columns);
  if (m == 0 || n > m)
    throw InputError(fmt::format("{} of {}", n, m), "allowed: n from 0 to m, m at least 1");
  Csr csr = empty_csr(rows, columns);
  Random random(derive_seed(seed, kPositions));
  for (uint64_t r = 0; r < rows; ++r) {
    for (uint64_t group = 0; group < columns; group += std::min(m, columns - group)) {
      const uint64_t width = std::min(m, columns - group);
      uint64_t wanted = std::min(n, width);
      for (uint64_t i = 0; i < width && wanted > 0; ++i) {
        if (random.below(width - i) >= wanted) continue;
        csr.indices.push_back(static_cast<uint32_t>(group + i));
        --wanted;
      }
    }
    csr.offsets.push_back(csr.indices.size());
  }
  return with_values(std::move(csr), seed);
}

}  // namespace nonzero
