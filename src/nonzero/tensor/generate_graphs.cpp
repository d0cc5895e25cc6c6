#include <fmt/format.h>
#include <tbb/parallel_sort.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/parallel.h"
#include "nonzero/base/progress.h"
#include "nonzero/base/random.h"
#include "nonzero/tensor/delaunay.h"
#include "nonzero/tensor/generate.h"
#include "nonzero/tensor/symmetric_pattern.h"

namespace nonzero {
namespace {

using Edge = std::pair<uint32_t, uint32_t>;

constexpr uint64_t kMostVertices = uint64_t{1} << 31U;
constexpr uint64_t kDrawnAtOnce = uint64_t{1} << 16U;  // by one seed: the threads do not change what is drawn

void check_vertices(uint64_t vertices) {
  if (vertices == 0 || vertices > kMostVertices)
    throw InputError(fmt::format("a graph of {} vertices", vertices), "allowed: 1 to 2^31");
}

// draw(random) for each of `count` places.
template <class Drawn, class Draw>
std::vector<Drawn> draw_in_blocks(uint64_t count, uint64_t seed, const Draw& draw) {
  std::vector<Drawn> all(count);
  parallel_for(ceil_div(count, kDrawnAtOnce), [&](uint64_t block) {
    Progress::throw_if_stopped();
    Random random(derive_seed(seed, block));
    const uint64_t end = std::min(count, (block + 1) * kDrawnAtOnce);
    for (uint64_t i = block * kDrawnAtOnce; i < end; ++i) all[i] = draw(random);
  });
  return all;
}

// Row i of the next graph is row i of `old` and again with n added; row n + i is row i of `old` and the new
// vertex 2n; row 2n is n .. 2n-1.
Csr next_mycielskian(const Csr& old) {
  const uint64_t n = old.rows;
  Csr csr{2 * n + 1, 2 * n + 1, {}, {}, {}};
  csr.offsets.resize(csr.rows + 1);
  for (uint64_t i = 0; i <= n; ++i) csr.offsets[i] = 2 * old.offsets[i];
  for (uint64_t i = 1; i <= n; ++i) csr.offsets[n + i] = csr.offsets[n] + old.offsets[i] + i;
  csr.offsets[2 * n + 1] = csr.offsets[2 * n] + n;
  csr.indices.resize(csr.offsets.back());
  parallel_for(n, [&](uint64_t i) {
    const auto row = old.fiber(i);
    uint32_t* const upper = std::copy(row.begin(), row.end(), csr.indices.data() + csr.offsets[i]);
    std::transform(row.begin(), row.end(), upper, [n](uint32_t c) { return c + static_cast<uint32_t>(n); });
    *std::copy(row.begin(), row.end(), csr.indices.data() + csr.offsets[n + i]) =
        static_cast<uint32_t>(2 * n);
  });
  std::iota(csr.indices.end() - static_cast<ptrdiff_t>(n), csr.indices.end(), static_cast<uint32_t>(n));
  return csr;
}

std::vector<uint32_t> permutation(uint64_t count, uint64_t seed) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  Random random(seed);
  for (uint64_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

// Runs of rows whose lengths follow a power law, so that a row knows its run.
struct Runs {
  std::vector<uint32_t> of_row;  // its run
  std::vector<uint32_t> begin;   // of each run, and the number of rows
};

// Pareto lengths of exponent 2.5 between a third of the mean and 64 means.
Runs power_law_runs(uint64_t rows, uint64_t mean, uint64_t seed) {
  Runs runs;
  runs.of_row.reserve(rows);
  Random random(seed);
  while (runs.of_row.size() < rows) {
    runs.begin.push_back(static_cast<uint32_t>(runs.of_row.size()));
    const double length = static_cast<double>(mean) / 3 * std::pow(1 - random.unit(), -1 / 1.5);
    const auto most = static_cast<double>(std::min(64 * mean, rows - runs.of_row.size()));
    runs.of_row.resize(runs.of_row.size() + static_cast<uint64_t>(std::clamp(length, 1.0, most)),
                       static_cast<uint32_t>(runs.begin.size() - 1));
  }
  runs.begin.push_back(static_cast<uint32_t>(rows));
  return runs;
}

// A member of a run, the first ones more often: the density falls as the square root of the place.
uint32_t member(const Runs& runs, uint32_t run, Random& random) {
  const double u = random.unit();
  const uint32_t begin = runs.begin[run];
  return begin + static_cast<uint32_t>(u * u * (runs.begin[run + 1] - begin));
}

uint64_t community_edge(const Runs& runs, double inside, Random& random) {
  const uint32_t run = runs.of_row[random.below(runs.of_row.size())];
  const uint32_t a = member(runs, run, random);
  const bool stays = random.chance(inside);
  const uint32_t b = member(runs, stays ? run : runs.of_row[random.below(runs.of_row.size())], random);
  return uint64_t{std::min(a, b)} << 32U | std::max(a, b);
}

// Which of the grid's cells are left between balls drawn at random places until so many are covered; the last
// ball covers no more than is missing.
std::vector<bool> cells_between_balls(const Packing& p, uint64_t cells, uint64_t covered, uint64_t seed) {
  std::vector<bool> open(cells, true);
  Random random(seed);
  const auto radius = static_cast<int64_t>(std::min<uint64_t>(p.radius, p.x + p.y + p.z));
  const auto range = [radius](uint64_t centre, uint64_t side) {
    return std::pair(std::max<int64_t>(0, static_cast<int64_t>(centre) - radius),
                     std::min(static_cast<int64_t>(side) - 1, static_cast<int64_t>(centre) + radius));
  };
  while (covered > 0) {
    Progress::throw_if_stopped();
    const std::array<uint64_t, 3> centre = {random.below(p.x), random.below(p.y), random.below(p.z)};
    const auto square = [&centre](int64_t place, size_t axis) {
      const int64_t distance = place - static_cast<int64_t>(centre[axis]);
      return distance * distance;
    };
    const auto [x0, x1] = range(centre[0], p.x);
    const auto [y0, y1] = range(centre[1], p.y);
    const auto [z0, z1] = range(centre[2], p.z);
    for (int64_t x = x0; x <= x1; ++x)
      for (int64_t y = y0; y <= y1; ++y)
        for (int64_t z = z0; z <= z1; ++z) {
          if (square(x, 0) + square(y, 1) + square(z, 2) > radius * radius) continue;
          const uint64_t cell =
              (static_cast<uint64_t>(x) * p.y + static_cast<uint64_t>(y)) * p.z + static_cast<uint64_t>(z);
          if (!open[cell] || covered == 0) continue;
          open[cell] = false;
          --covered;
        }
  }
  return open;
}

}  // namespace

Csr generate_mycielskian(uint64_t order) {
  if (order < 2 || order > 30)
    throw InputError(fmt::format("a Mycielskian of order {}", order), "allowed: 2 to 30");
  Csr csr{2, 2, {0, 1, 2}, {1, 0}, {}};
  for (uint64_t k = 2; k < order; ++k) {
    Progress::throw_if_stopped();
    csr = next_mycielskian(csr);
  }
  return csr;
}

Csr generate_kronecker(uint64_t logn, uint64_t edge_factor, uint64_t seed) {
  if (logn == 0 || logn > 31) throw InputError(fmt::format("2^{} vertices", logn), "allowed: 2^1 to 2^31");
  const uint64_t vertices = uint64_t{1} << logn;
  // Quadrants by their bounds in 64-bit fractions: a = .57, b = c = .19, d = .05.
  constexpr auto kA = static_cast<uint64_t>(0.57 * 0x1p64), kAb = static_cast<uint64_t>(0.76 * 0x1p64),
                 kAbc = static_cast<uint64_t>(0.95 * 0x1p64);
  const std::vector<uint32_t> name = permutation(vertices, derive_seed(seed, 1));
  auto edges = draw_in_blocks<Edge>(vertices * edge_factor, derive_seed(seed, 2), [&](Random& random) {
    uint32_t row = 0, column = 0;
    for (uint64_t level = 0; level < logn; ++level) {
      const uint64_t drawn = random.bits();
      const bool beyond_a = drawn >= kA, beyond_ab = drawn >= kAb, beyond_abc = drawn >= kAbc;
      row = row << 1U | static_cast<uint32_t>(beyond_ab);
      column = column << 1U | static_cast<uint32_t>(beyond_abc || (beyond_a && !beyond_ab));
    }
    return Edge(name[row], name[column]);
  });
  return symmetric_pattern(vertices, std::move(edges));
}

Csr generate_delaunay(uint64_t vertices, uint64_t seed) {
  constexpr uint64_t kMost = uint64_t{1} << 26U;
  if (vertices == 0 || vertices > kMost)
    throw InputError(fmt::format("a triangulation of {} points", vertices), "allowed: 1 to 2^26");
  std::vector<GridPoint> points;
  const auto drawn_twice = [&points] {
    std::vector<uint64_t> keys(points.size());
    parallel_for(keys.size(), [&](uint64_t i) { keys[i] = uint64_t{points[i].x} << 32U | points[i].y; });
    tbb::parallel_sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  };
  for (uint64_t attempt = 1; points.empty() || drawn_twice(); ++attempt)
    points = draw_in_blocks<GridPoint>(vertices, derive_seed(seed, attempt), [](Random& random) {
      const uint64_t bits = random.bits();
      return GridPoint{static_cast<uint32_t>(bits >> (64 - kGridBits)),
                       static_cast<uint32_t>(bits & ((uint64_t{1} << kGridBits) - 1))};
    });
  const std::vector<uint32_t> order = insertion_order(points);
  std::vector<GridPoint> ordered(points.size());
  for (size_t i = 0; i < order.size(); ++i) ordered[i] = points[order[i]];
  std::vector<GridPoint>().swap(points);
  return symmetric_pattern(vertices, delaunay_edges(ordered));
}

Csr generate_community(const Community& graph, uint64_t seed) {
  check_vertices(graph.rows);
  if (graph.size == 0 || !(graph.inside >= 0 && graph.inside <= 1))
    throw InputError(fmt::format("communities of {} rows, {} of the edges inside", graph.size, graph.inside),
                     "allowed: at least 1 row, a share from 0 to 1");
  const Runs runs = power_law_runs(graph.rows, std::min(graph.size, graph.rows), derive_seed(seed, 1));
  constexpr uint64_t kMostBarren = 64;  // rounds, for the last few edges
  std::vector<uint64_t> edges, fresh, both;
  uint64_t barren = 0;
  for (uint64_t round = 2; edges.size() < graph.edges; ++round) {
    const uint64_t missing = graph.edges - edges.size();
    fresh = draw_in_blocks<uint64_t>(missing, derive_seed(seed, round), [&](Random& random) {
      return community_edge(runs, graph.inside, random);
    });
    fresh.erase(std::remove_if(fresh.begin(), fresh.end(),
                               [](uint64_t edge) { return edge >> 32U == (edge & 0xFFFFFFFFU); }),
                fresh.end());
    tbb::parallel_sort(fresh.begin(), fresh.end());
    fresh.erase(std::unique(fresh.begin(), fresh.end()), fresh.end());
    both.clear();
    both.reserve(edges.size() + fresh.size());
    std::set_union(edges.begin(), edges.end(), fresh.begin(), fresh.end(), std::back_inserter(both));
    edges.swap(both);
    const uint64_t still = graph.edges - edges.size();
    barren += still == missing;
    if (still > missing - missing / 16 || barren == kMostBarren)
      throw InputError(
          fmt::format("{} edges among {} rows in communities of {}", graph.edges, graph.rows, graph.size),
          fmt::format("about {} found room; allowed: fewer edges, larger communities or fewer inside",
                      edges.size()));
  }
  std::vector<Edge> pairs(edges.size());
  parallel_for(pairs.size(), [&](uint64_t i) {
    pairs[i] = {static_cast<uint32_t>(edges[i] >> 32U), static_cast<uint32_t>(edges[i])};
  });
  for (std::vector<uint64_t>* done : {&edges, &fresh, &both}) std::vector<uint64_t>().swap(*done);
  return symmetric_pattern(graph.rows, std::move(pairs));
}

Csr generate_packing(const Packing& p, uint64_t seed) {
  const auto plane = checked_multiply(p.x, p.y);
  const auto cells = plane ? checked_multiply(*plane, p.z) : plane;
  if (!cells || *cells == 0 || *cells > kMostVertices)
    throw InputError(fmt::format("a grid of {} x {} x {} cells", p.x, p.y, p.z), "allowed: 1 to 2^31 cells");
  if (!(p.open > 0 && p.open <= 1))
    throw InputError(fmt::format("{} of the cells open", p.open), "allowed: above 0, at most 1");
  const auto vertices =
      std::max<uint64_t>(1, static_cast<uint64_t>(std::llround(p.open * static_cast<double>(*cells))));
  const std::vector<bool> open = cells_between_balls(p, *cells, *cells - vertices, derive_seed(seed, 1));
  std::vector<uint32_t> number(*cells);
  for (uint64_t cell = 0, next = 0; cell < *cells; next += open[cell++])
    number[cell] = static_cast<uint32_t>(next);
  Csr csr{vertices, vertices, {}, {}, {}};
  csr.offsets.reserve(vertices + 1);
  csr.offsets.push_back(0);
  csr.indices.reserve(vertices * 18);
  const auto add_around = [&](uint64_t x, uint64_t y, uint64_t z) {
    for (uint64_t i = x - (x > 0); i <= std::min(x + 1, p.x - 1); ++i)
      for (uint64_t j = y - (y > 0); j <= std::min(y + 1, p.y - 1); ++j)
        for (uint64_t k = z - (z > 0); k <= std::min(z + 1, p.z - 1); ++k) {
          const int steps = (i != x) + (j != y) + (k != z);
          const uint64_t cell = (i * p.y + j) * p.z + k;
          if ((steps == 1 || steps == 2) && open[cell]) csr.indices.push_back(number[cell]);
        }
  };
  for (uint64_t x = 0, cell = 0; x < p.x; ++x)
    for (uint64_t y = 0; y < p.y; ++y) {
      Progress::throw_if_stopped();
      for (uint64_t z = 0; z < p.z; ++z, ++cell) {
        if (!open[cell]) continue;
        add_around(x, y, z);
        csr.offsets.push_back(csr.indices.size());
      }
    }
  return csr;
}

}  // namespace nonzero
