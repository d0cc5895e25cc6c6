#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/tensor/delaunay.h"
#include "nonzero/tensor/generate.h"
#include "nonzero/tensor/symmetric_pattern.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::draw_pattern;
using test::same_matrix;
using ::testing::HasSubstr;

void expect_undirected(const Csr& csr) {
  EXPECT_NO_THROW(validate(csr, "generated"));
  EXPECT_TRUE(csr.values.empty());
  EXPECT_EQ(transpose(csr).indices, csr.indices);
  EXPECT_EQ(transpose(csr).offsets, csr.offsets);
}

uint64_t loops(const Csr& csr) {
  uint64_t count = 0;
  for (uint64_t r = 0; r < csr.rows; ++r)
    count += static_cast<uint64_t>(std::count(csr.fiber(r).begin(), csr.fiber(r).end(), r));
  return count;
}

TEST(SymmetricPattern, holds_both_directions_once_and_loops_once) {
  EXPECT_TRUE(
      same_matrix(symmetric_pattern(3, {{0, 1}, {1, 0}, {0, 1}, {2, 2}, {2, 1}}), draw_pattern({". x .",  //
                                                                                                "x . x",  //
                                                                                                ". x x"})));
  EXPECT_EQ(symmetric_pattern(4, {}).offsets, std::vector<uint64_t>(5));
}

//  order 3 is the cycle of five v0 v1 u0 u1 w, order 4 the Groetzsch graph: 11 vertices, 20 edges
TEST(Mycielskian, follows_its_construction) {
  EXPECT_TRUE(same_matrix(generate_mycielskian(2), draw_pattern({". x",  //
                                                                 "x ."})));
  EXPECT_TRUE(same_matrix(generate_mycielskian(3), draw_pattern({". x . x .",  //
                                                                 "x . x . .",  //
                                                                 ". x . . x",  //
                                                                 "x . . . x",  //
                                                                 ". . x x ."})));
  const Csr groetzsch = generate_mycielskian(4);
  expect_undirected(groetzsch);
  EXPECT_EQ(groetzsch.rows, 11U);
  EXPECT_EQ(groetzsch.nnz(), 40U);
}

// A graph without triangles has none in its Mycielskian either (Mycielski 1955).
TEST(Mycielskian, has_no_triangle) {
  const Csr graph = generate_mycielskian(8);
  expect_undirected(graph);
  for (uint64_t a = 0; a < graph.rows; ++a)
    for (const uint32_t b : graph.fiber(a)) {
      std::vector<uint32_t> common;
      std::set_intersection(graph.fiber(a).begin(), graph.fiber(a).end(), graph.fiber(b).begin(),
                            graph.fiber(b).end(), std::back_inserter(common));
      ASSERT_TRUE(common.empty()) << a << " " << b;
    }
}

// n -> 2 n + 1 vertices and e -> 3 e + n edges; order 17 is mycielskian17 of the SuiteSparse collection.
TEST(Mycielskian, has_the_sizes_of_the_collection) {
  const Csr ten = generate_mycielskian(10);
  EXPECT_EQ(ten.rows, 767U);
  EXPECT_EQ(ten.nnz(), 44392U);
  const Csr seventeen = generate_mycielskian(17);
  EXPECT_EQ(seventeen.rows, 98303U);
  EXPECT_EQ(seventeen.nnz(), 100245742U);
}

TEST(Kronecker, is_undirected_and_of_the_size_asked_for) {
  const Csr graph = generate_kronecker(10, 16, 3);
  expect_undirected(graph);
  EXPECT_EQ(graph.rows, 1024U);
  EXPECT_LE(graph.nnz(), 2U * 16U * 1024U);
  EXPECT_GT(graph.nnz(), 16U * 1024U);
  EXPECT_TRUE(same_matrix(graph, generate_kronecker(10, 16, 3)));
  EXPECT_NE(graph.indices, generate_kronecker(10, 16, 4).indices);
}

// The busiest vertex of R-MAT (all bits of the first half) is drawn as an end with probability .76^logn on each
// side; a uniform graph would give every vertex the same share.
TEST(Kronecker, has_hubs_that_stand_anywhere) {
  const Csr graph = generate_kronecker(12, 8, 1);
  uint64_t longest = 0, place = 0;
  for (uint64_t r = 0; r < graph.rows; ++r)
    if (graph.fiber(r).size() > longest) {
      longest = graph.fiber(r).size();
      place = r;
    }
  EXPECT_GT(longest, 20 * graph.nnz() / graph.rows);
  EXPECT_GT(place, 0U);
  EXPECT_LT(graph.offsets[graph.rows / 4], graph.nnz() / 3) << "renamed at random: no corner is crowded";
}

TEST(Community, has_exactly_its_edges_mostly_inside) {
  const Csr graph = generate_community({5000, 40000, 50, 0.8}, 1);
  expect_undirected(graph);
  EXPECT_EQ(graph.nnz(), 80000U);
  EXPECT_EQ(loops(graph), 0U);
  uint64_t near = 0;
  for (uint64_t r = 0; r < graph.rows; ++r)
    for (const uint32_t c : graph.fiber(r)) near += (r > c ? r - c : c - r) < 3200;  // the longest community
  EXPECT_GT(static_cast<double>(near), 0.8 * 80000);
  const Csr spread = generate_community({5000, 40000, 50, 0}, 1);
  EXPECT_EQ(spread.nnz(), 80000U);
}

TEST(Community, without_room_for_its_edges_is_refused) {
  try {
    (void)generate_community({10, 1000, 5, 0.5}, 1);
    FAIL() << "ten vertices have 45 pairs";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("1000 edges among 10 rows"));
  }
}

TEST(Packing, without_balls_joins_eighteen_neighbours) {
  const Csr graph = generate_packing({3, 3, 3, 1, 1.0}, 1);
  expect_undirected(graph);
  EXPECT_EQ(graph.rows, 27U);
  EXPECT_EQ(graph.fiber(13).size(), 18U) << "the cell in the middle";
  EXPECT_EQ(graph.fiber(0).size(), 6U) << "a corner: three faces, three edges";
  EXPECT_EQ(loops(graph), 0U);
}

TEST(Packing, leaves_open_the_share_asked_for) {
  const Csr graph = generate_packing({50, 20, 20, 3, 0.4}, 2);
  expect_undirected(graph);
  EXPECT_EQ(graph.rows, 8000U);
  EXPECT_GT(graph.nnz(), 8000U * 9);
  EXPECT_LT(graph.nnz(), 8000U * 18);
}

int64_t turn(GridPoint a, GridPoint b, GridPoint c) {
  return (int64_t{b.x} - a.x) * (int64_t{c.y} - a.y) - (int64_t{b.y} - a.y) * (int64_t{c.x} - a.x);
}

bool in_circle(GridPoint a, GridPoint b, GridPoint c, GridPoint p) {
  __extension__ using Wide = __int128;
  const auto lifted = [p](GridPoint q) {
    const int64_t x = int64_t{q.x} - p.x, y = int64_t{q.y} - p.y;
    return std::array<Wide, 3>{x, y, x * x + y * y};
  };
  const auto u = lifted(a), v = lifted(b), w = lifted(c);
  const Wide det = u[2] * (v[0] * w[1] - v[1] * w[0]) + v[2] * (w[0] * u[1] - w[1] * u[0]) +
                   w[2] * (u[0] * v[1] - u[1] * v[0]);
  return turn(a, b, c) > 0 ? det > 0 : det < 0;
}

// By definition: three points whose circle holds no other.
std::set<GridEdge> plain_delaunay(const std::vector<GridPoint>& points) {
  std::set<GridEdge> edges;
  const auto n = static_cast<uint32_t>(points.size());
  for (uint32_t a = 0; a < n; ++a)
    for (uint32_t b = a + 1; b < n; ++b)
      for (uint32_t c = b + 1; c < n; ++c) {
        if (turn(points[a], points[b], points[c]) == 0) continue;
        bool empty = true;
        for (uint32_t p = 0; p < n && empty; ++p)
          empty = p == a || p == b || p == c || !in_circle(points[a], points[b], points[c], points[p]);
        if (empty) edges.insert({{a, b}, {a, c}, {b, c}});
      }
  return edges;
}

std::set<GridEdge> as_set(const std::vector<GridEdge>& edges) {
  const std::set<GridEdge> all(edges.begin(), edges.end());
  EXPECT_EQ(all.size(), edges.size()) << "each edge once";
  return all;
}

RC_GTEST_PROP(Delaunay, is_the_triangulation_of_empty_circles, (uint64_t seed)) {
  Random random(seed);
  std::vector<GridPoint> points(3 + random.below(20));
  for (GridPoint& p : points)
    p = {static_cast<uint32_t>(random.below(1U << 20U)), static_cast<uint32_t>(random.below(1U << 20U))};
  RC_ASSERT(as_set(delaunay_edges(points)) == plain_delaunay(points));
}

// On a small grid many points share a circle or a line: the edges must be among those of empty circles, and as
// many as every triangulation has: 3 n - 3 - h, with h points on the hull, those between its corners too.
RC_GTEST_PROP(Delaunay, of_points_on_common_circles_and_lines_is_one_of_their_triangulations,
              (uint64_t seed)) {
  Random random(seed);
  std::set<std::pair<uint32_t, uint32_t>> places;
  for (uint64_t i = 0; i < 4 + seed % 30; ++i)
    places.emplace(static_cast<uint32_t>(random.below(6)), static_cast<uint32_t>(random.below(6)));
  std::vector<GridPoint> points;
  for (const auto& [x, y] : places) points.push_back({x, y});
  for (size_t i = points.size(); i > 1; --i) std::swap(points[i - 1], points[random.below(i)]);
  const std::set<GridEdge> all = plain_delaunay(points);
  if (all.empty()) return;  // on one line
  uint64_t on_hull = 0;
  for (size_t p = 0; p < points.size(); ++p) {
    bool on = false;  // whether a line through p has all others on one side of it
    for (size_t q = 0; q < points.size(); ++q) {
      if (q == p) continue;
      bool left = false, right = false;
      for (const GridPoint& other : points) {
        left = left || turn(points[p], points[q], other) > 0;
        right = right || turn(points[p], points[q], other) < 0;
      }
      on = on || !left || !right;
    }
    on_hull += on;
  }
  const std::set<GridEdge> ours = as_set(delaunay_edges(points));
  RC_ASSERT(ours.size() == 3 * points.size() - 3 - on_hull);
  RC_ASSERT(std::includes(all.begin(), all.end(), ours.begin(), ours.end()));
}

// Sums of the widest terms: corners of the whole grid, one unit apart where it matters.
TEST(Delaunay, decides_exactly_at_the_ends_of_the_grid) {
  constexpr uint32_t kEnd = (1U << kGridBits) - 1;
  const std::vector<GridPoint> square = {{0, 0}, {kEnd, 0}, {0, kEnd}, {kEnd, kEnd - 1}};
  EXPECT_EQ(as_set(delaunay_edges(square)), (std::set<GridEdge>{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {0, 3}}));
  const std::vector<GridPoint> other = {{0, 1}, {kEnd, 0}, {0, kEnd}, {kEnd, kEnd}};
  EXPECT_EQ(as_set(delaunay_edges(other)).count({0, 3}), 1U);
}

TEST(Delaunay, of_points_on_a_line_is_a_path) {
  EXPECT_EQ(as_set(delaunay_edges(std::vector<GridPoint>{{4, 4}, {0, 0}, {2, 2}})),
            (std::set<GridEdge>{{1, 2}, {0, 2}}));
  EXPECT_TRUE(delaunay_edges({}).empty());
  EXPECT_TRUE(delaunay_edges(std::vector<GridPoint>{{1, 1}}).empty());
}

// 3 n - 3 - h edges; of n uniform points in a square about 8/3 ln n lie on the hull (Renyi, Sulanke 1963).
TEST(Delaunay, graph_has_nearly_three_edges_for_each_vertex) {
  const Csr graph = generate_delaunay(20000, 5);
  expect_undirected(graph);
  EXPECT_EQ(graph.rows, 20000U);
  const double hull = 3.0 * 20000 - 3 - static_cast<double>(graph.nnz()) / 2;
  EXPECT_NEAR(hull, 8.0 / 3 * std::log(20000), 15);
}

TEST(Delaunay, numbers_neighbours_near_each_other) {
  const Csr graph = generate_delaunay(1U << 14U, 1);
  std::vector<uint64_t> steps;
  for (uint64_t r = 0; r < graph.rows; ++r)
    for (const uint32_t c : graph.fiber(r)) steps.push_back(r > c ? r - c : c - r);
  std::nth_element(steps.begin(), steps.begin() + static_cast<ptrdiff_t>(steps.size() / 2), steps.end());
  EXPECT_LT(steps[steps.size() / 2], 64U);
}

TEST(Graphs, of_a_description_equal_the_call) {
  EXPECT_TRUE(same_matrix(generate("mycielskian:6"), generate_mycielskian(6)));
  EXPECT_TRUE(same_matrix(generate("mycielskian:order=6"), generate_mycielskian(6)));
  EXPECT_TRUE(same_matrix(generate("kronecker:6,seed=3"), generate_kronecker(6, 48, 3)));
  EXPECT_TRUE(same_matrix(generate("kronecker:logn=6,edge_factor=4"), generate_kronecker(6, 4, 1)));
  EXPECT_TRUE(same_matrix(generate("delaunay:5"), generate_delaunay(32, 1)));
  EXPECT_TRUE(same_matrix(generate("delaunay:rows=40"), generate_delaunay(40, 1)));
  EXPECT_TRUE(
      same_matrix(generate("community:rows=300,edges=900"), generate_community({300, 900, 64, 0.8}, 1)));
  EXPECT_TRUE(same_matrix(generate("packing:x=5,y=6,z=7,open=0.5,radius=2,seed=2"),
                          generate_packing({5, 6, 7, 2, 0.5}, 2)));
}

TEST(Graphs, say_the_memory_they_take_before_they_are_made) {
  EXPECT_NEAR(generated_bytes("mycielskian:17"), 0.54e9, 0.02e9);
  EXPECT_LT(generated_bytes("kronecker:19"), 1e9);
  EXPECT_LT(generated_bytes("delaunay:22"), 1e9);
  EXPECT_LT(generated_bytes("packing"), 1e9);
  EXPECT_LT(generated_bytes("community:rows=1632803,edges=50000000"), 4e9) << "100 million non-zeros";
  EXPECT_LT(generated_bytes("banded:rows=1400000,half_bandwidth=40,density=0.85"), 4e9);
}

TEST(Graphs, that_are_wrong_are_refused_with_what_is_allowed) {
  const auto message = [](const std::string& description, double most = 0) -> std::string {
    try {
      (void)generate(description, most);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message("mycielskian:1"), HasSubstr("allowed: 2 to 30"));
  EXPECT_THAT(message("mycielskian"), HasSubstr("'mycielskian' without 'order'"));
  EXPECT_THAT(message("mycielskian:17", 1e8), HasSubstr("would take 0.543 GB of memory; allowed: 0.1 GB"));
  EXPECT_THAT(message("mycielskian:99999999999"), HasSubstr("of memory"));
  EXPECT_THAT(message("mycielskain:17"), HasSubstr("did you mean 'mycielskian'"));
  EXPECT_THAT(message("uniform:17"), HasSubstr("allowed: key=value"));
  EXPECT_THAT(message("kronecker:0"), HasSubstr("allowed: 2^1 to 2^31"));
  EXPECT_THAT(message("kronecker:500"), HasSubstr("of memory"));
  EXPECT_THAT(message("delaunay:64"), HasSubstr("allowed: 1 to 2^26"));
  EXPECT_THAT(message("delaunay:rows=0"), HasSubstr("allowed: 1 to 2^26"));
  EXPECT_THAT(message("delaunay:5,rows=3"), HasSubstr("allowed: one of them"));
  EXPECT_THAT(message("community:rows=0,edges=0"), HasSubstr("allowed: 1 to 2^31"));
  EXPECT_THAT(message("community:rows=10,edges=0,size=0"), HasSubstr("at least 1 row"));
  EXPECT_THAT(message("packing:x=0"), HasSubstr("1 to 2^31 cells"));
  EXPECT_THAT(message("packing:open=0"), HasSubstr("above 0"));
}

// More edges than pairs: the last few used to be sought for ever.
TEST(Community, without_room_for_its_last_edges_is_refused) {
  EXPECT_THROW(generate("community:rows=7,edges=25,size=8,inside=0.7"), InputError);
  EXPECT_EQ(generate("community:rows=7,edges=15,size=8,inside=0.7").nnz(), 30U) << "15 of 21 pairs";
}

}  // namespace
}  // namespace nonzero
