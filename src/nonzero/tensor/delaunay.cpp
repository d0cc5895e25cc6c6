#include "nonzero/tensor/delaunay.h"

#include <tbb/parallel_sort.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nonzero/base/parallel.h"
#include "nonzero/base/progress.h"

namespace nonzero {
namespace {

constexpr uint32_t kInfinity = std::numeric_limits<uint32_t>::max();  // the vertex beyond every hull edge

// Twice the signed area of a, b, c: above 0 where they turn left. 58 bits hold it.
int64_t orientation(GridPoint a, GridPoint b, GridPoint c) {
  const int64_t abx = int64_t{b.x} - a.x, aby = int64_t{b.y} - a.y;
  const int64_t acx = int64_t{c.x} - a.x, acy = int64_t{c.y} - a.y;
  return abx * acy - aby * acx;
}

// Whether p lies strictly inside the circle through a, b, c, which turn left: in double where its error bound
// allows (Shewchuk 1997, stage A; the differences are exact), else in whole numbers of 117 bits.
bool inside_circle(GridPoint a, GridPoint b, GridPoint c, GridPoint p) {
  const std::array<GridPoint, 3> corner = {a, b, c};
  std::array<int64_t, 3> x{}, y{};
  for (size_t i = 0; i < 3; ++i) {
    x[i] = int64_t{corner[i].x} - p.x;
    y[i] = int64_t{corner[i].y} - p.y;
  }
  double sum = 0, permanent = 0;
  for (size_t i = 0; i < 3; ++i) {
    const size_t j = (i + 1) % 3, k = (i + 2) % 3;
    const auto xi = static_cast<double>(x[i]), yi = static_cast<double>(y[i]);
    const double lift = xi * xi + yi * yi;
    const double left = static_cast<double>(x[j]) * static_cast<double>(y[k]);
    const double right = static_cast<double>(x[k]) * static_cast<double>(y[j]);
    sum += lift * (left - right);
    permanent += lift * (std::fabs(left) + std::fabs(right));
  }
  constexpr double kEpsilon = 0x1p-53;
  if (std::fabs(sum) > (10 + 96 * kEpsilon) * kEpsilon * permanent) return sum > 0;
  __extension__ using Wide = __int128;
  Wide exact = 0;
  for (size_t i = 0; i < 3; ++i) {
    const size_t j = (i + 1) % 3, k = (i + 2) % 3;
    exact += static_cast<Wide>(x[i] * x[i] + y[i] * y[i]) * (x[j] * y[k] - x[k] * y[j]);
  }
  return exact > 0;
}

// Triangles over the plane and a vertex at infinity, so that every edge has two sides: beyond the hull edge
// from a to b, which has the hull to its left, lies the triangle (b, a, infinity).
class Triangulation {
 public:
  explicit Triangulation(std::span<const GridPoint> points) : points_(points) {
    triangles_.reserve(2 * points.size() + 2);
  }

  // Three points that do not lie on a line.
  void begin(uint32_t a, uint32_t b, uint32_t c) {
    if (orientation(points_[a], points_[b], points_[c]) < 0) std::swap(b, c);
    triangles_ = {{{a, b, c}, {1, 2, 3}},
                  {{c, b, kInfinity}, {3, 2, 0}},
                  {{a, c, kInfinity}, {1, 3, 0}},
                  {{b, a, kInfinity}, {2, 1, 0}}};
  }

  void insert(uint32_t p) {
    open_cavity(locate(points_[p]), points_[p]);
    fill_cavity(p);
  }

  [[nodiscard]] std::vector<GridEdge> edges() const {
    std::vector<GridEdge> all;
    all.reserve(3 * points_.size());
    for (const Triangle& t : triangles_)
      for (size_t i = 0; i < 3; ++i) {
        const uint32_t from = t.vertex[i], to = t.vertex[(i + 1) % 3];
        if (from < to && to != kInfinity) all.emplace_back(from, to);
      }
    return all;
  }

 private:
  struct Triangle {
    std::array<uint32_t, 3> vertex{};  // counter-clockwise
    std::array<uint32_t, 3> across{};  // the triangle beyond the edge opposite to each vertex
  };
  struct Side {  // edge `index` of a triangle: the one opposite to its vertex `index`
    uint32_t triangle = 0, index = 0;
  };
  struct Rim {  // an edge of the cavity, counter-clockwise, and what lies beyond it
    uint32_t from = 0, to = 0;
    Side outside;
  };

  [[nodiscard]] uint32_t side_towards(uint32_t of, uint32_t neighbour) const {
    const auto& across = triangles_[of].across;
    return across[0] == neighbour ? 0 : across[1] == neighbour ? 1 : 2;
  }

  // Whether p takes the triangle's place: it lies in its circle; at infinity, beyond its edge or on it.
  [[nodiscard]] bool gives_way(const Triangle& t, GridPoint p) const {
    for (size_t i = 0; i < 3; ++i) {
      if (t.vertex[i] != kInfinity) continue;
      const GridPoint a = points_[t.vertex[(i + 1) % 3]], b = points_[t.vertex[(i + 2) % 3]];
      const int64_t turn = orientation(a, b, p);
      if (turn != 0) return turn > 0;
      const auto within = [](uint32_t s, uint32_t v, uint32_t e) {
        return std::min(s, e) <= v && v <= std::max(s, e);
      };
      return within(a.x, p.x, b.x) && within(a.y, p.y, b.y);
    }
    return inside_circle(points_[t.vertex[0]], points_[t.vertex[1]], points_[t.vertex[2]], p);
  }

  // Walks towards p over the edges that p lies beyond; in a Delaunay triangulation such a walk never turns in
  // a circle (De Floriani, Falcidieno, Nagy, Pienovi 1991). Ends in a triangle that gives way to p.
  [[nodiscard]] uint32_t locate(GridPoint p) const {
    uint32_t at = last_;
    for (;;) {
      const Triangle& t = triangles_[at];
      uint32_t next = at;
      for (size_t i = 0; i < 3 && next == at; ++i) {
        const uint32_t from = t.vertex[(i + 1) % 3], to = t.vertex[(i + 2) % 3];
        if (t.vertex[i] == kInfinity || from == kInfinity || to == kInfinity) return at;
        if (orientation(points_[from], points_[to], p) < 0) next = t.across[i];
      }
      if (next == at) return at;
      at = next;
    }
  }

  // The triangles that give way, and the rim around them in order. No earlier vertex ends up inside, so that
  // their neighbourhoods form a tree and none is met twice.
  void open_cavity(uint32_t first, GridPoint p) {
    cavity_.assign(1, first);
    rim_.clear();
    open_.assign({{first, 2}, {first, 1}, {first, 0}});
    while (!open_.empty()) {
      const Side side = open_.back();
      open_.pop_back();
      const Triangle& t = triangles_[side.triangle];
      const uint32_t beyond = t.across[side.index];
      const uint32_t back = side_towards(beyond, side.triangle);
      if (!gives_way(triangles_[beyond], p)) {
        rim_.push_back({t.vertex[(side.index + 1) % 3], t.vertex[(side.index + 2) % 3], {beyond, back}});
        continue;
      }
      cavity_.push_back(beyond);
      open_.push_back({beyond, (back + 2) % 3});
      open_.push_back({beyond, (back + 1) % 3});
    }
  }

  // A triangle from p to every edge of the rim, in the cavity's places and two new ones.
  void fill_cavity(uint32_t p) {
    for (int i = 0; i < 2; ++i) {
      cavity_.push_back(static_cast<uint32_t>(triangles_.size()));
      triangles_.emplace_back();
    }
    const size_t count = rim_.size();
    for (size_t i = 0; i < count; ++i) {
      const Rim& edge = rim_[i];
      const uint32_t here = cavity_[i];
      triangles_[here] = {
          {p, edge.from, edge.to},
          {edge.outside.triangle, cavity_[i + 1 < count ? i + 1 : 0], cavity_[i > 0 ? i - 1 : count - 1]}};
      triangles_[edge.outside.triangle].across[edge.outside.index] = here;
      if (edge.from != kInfinity && edge.to != kInfinity) last_ = here;
    }
  }

  std::span<const GridPoint> points_;
  std::vector<Triangle> triangles_;
  uint32_t last_ = 0;  // without the vertex at infinity: where the next walk begins
  std::vector<uint32_t> cavity_;
  std::vector<Rim> rim_;
  std::vector<Side> open_;
};

std::vector<GridEdge> path_along_a_line(std::span<const GridPoint> points) {
  std::vector<uint32_t> order(points.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<uint32_t>(i);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(points[a].x, points[a].y) < std::pair(points[b].x, points[b].y);
  });
  std::vector<GridEdge> edges;
  for (size_t i = 1; i < order.size(); ++i)
    edges.emplace_back(std::min(order[i - 1], order[i]), std::max(order[i - 1], order[i]));
  return edges;
}

// The distance along a Hilbert curve of 2^16 x 2^16 cells, from the highest bits down (Hamilton, Rau-Chaplin
// 2008 describe the states as rotations).
uint32_t along_hilbert_curve(GridPoint point) {
  constexpr uint32_t kBits = 16;
  uint32_t x = point.x >> (kGridBits - kBits), y = point.y >> (kGridBits - kBits), distance = 0;
  for (uint32_t bit = kBits; bit-- > 0;) {
    const uint32_t right = x >> bit & 1U, upper = y >> bit & 1U;
    distance = distance << 2U | ((3 * right) ^ upper);
    if (upper == 1) continue;
    if (right == 1) {
      x = ~x;
      y = ~y;
    }
    std::swap(x, y);
  }
  return distance;
}

}  // namespace

std::vector<uint32_t> insertion_order(std::span<const GridPoint> points) {
  std::vector<uint64_t> keys(points.size());
  parallel_for(points.size(),
               [&](uint64_t i) { keys[i] = uint64_t{along_hilbert_curve(points[i])} << 32U | i; });
  constexpr size_t kFirstRound = 16;
  size_t end = points.size();
  while (end > 0) {
    const size_t begin = end <= kFirstRound ? 0 : end / 4;
    tbb::parallel_sort(keys.begin() + static_cast<ptrdiff_t>(begin),
                       keys.begin() + static_cast<ptrdiff_t>(end));
    end = begin;
  }
  std::vector<uint32_t> order(points.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<uint32_t>(keys[i]);
  return order;
}

std::vector<GridEdge> delaunay_edges(std::span<const GridPoint> points) {
  const auto count = static_cast<uint32_t>(points.size());
  uint32_t corner = 2;
  while (corner < count && orientation(points[0], points[1], points[corner]) == 0) ++corner;
  if (corner >= count) return path_along_a_line(points);
  Triangulation triangulation(points);
  triangulation.begin(0, 1, corner);
  for (uint32_t p = 2; p < count; ++p) {
    if (p % 65536 == 0) Progress::throw_if_stopped();
    if (p != corner) triangulation.insert(p);
  }
  return triangulation.edges();
}

}  // namespace nonzero
