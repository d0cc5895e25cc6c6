#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace nonzero {

// A point of the grid on which orientations and circles are decided exactly.
struct GridPoint {
  uint32_t x = 0, y = 0;
  bool operator==(const GridPoint&) const = default;
};

inline constexpr uint32_t kGridBits = 28;  // coordinates lie below 2^28

using GridEdge = std::pair<uint32_t, uint32_t>;  // numbers of its ends, the smaller one first

// The order in which points are inserted: rounds of random points, each four times the one before it and
// sorted along a Hilbert curve (Amenta, Choi, Rote 2003, "Incremental constructions con BRIO"). The points must
// stand in random order already.
std::vector<uint32_t> insertion_order(std::span<const GridPoint> points);

// The edges of the Delaunay triangulation of distinct points, inserted as they stand (Bowyer 1981, Watson 1981):
// fast where they stand in insertion_order, right in any. Of more than three points on one circle one of the
// triangulations; points on one line are joined as a path.
std::vector<GridEdge> delaunay_edges(std::span<const GridPoint> points);

}  // namespace nonzero
