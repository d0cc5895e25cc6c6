#pragma once

#include <cstdint>
#include <string>

#include "nonzero/tensor/formats.h"

namespace nonzero {

// Seeded generators. Values are drawn uniformly from [-1, 1) without zero; graphs are patterns without.

// Each element is non-zero with probability `density`.
Csr generate_uniform(uint64_t rows, uint64_t columns, double density, uint64_t seed);
// The same as bit words only, for shapes whose values nobody asks for.
Bitmap generate_uniform_bitmap(uint64_t rows, uint64_t columns, double density, uint64_t seed);
// Elements with |row - column| <= half_bandwidth, each present with probability `density`.
Csr generate_banded(uint64_t rows, uint64_t columns, uint64_t half_bandwidth, double density, uint64_t seed);
Csr generate_diagonal(uint64_t rows, uint64_t seed);
// Dense blocks of block x block, each present with probability `density`.
Csr generate_block(uint64_t rows, uint64_t columns, uint64_t block, double density, uint64_t seed);
// R-MAT power law (Chakrabarti et al. 2004; a=.57, b=c=.19): `edges` draws, duplicates merged.
Csr generate_rmat(uint64_t rows, uint64_t edges, uint64_t seed);
// 5-point and 7-point stencils on an n x n (x n) grid.
Csr generate_stencil_2d(uint64_t n, uint64_t seed);
Csr generate_stencil_3d(uint64_t n, uint64_t seed);
// In each group of m along a row, n elements at random places.
Csr generate_n_of_m(uint64_t rows, uint64_t columns, uint64_t n, uint64_t m, uint64_t seed);

// Attention masks over `tokens` x `tokens`. Sliding window: `window` diagonals around the main one, one
// more below it than above where their number is even.
Csr generate_sliding_window(uint64_t tokens, uint64_t window, uint64_t seed);
// BigBird (Zaheer et al. 2020): blocks of `block` tokens; each block row attends to the window around
// it, to the global blocks and to `random_blocks` others; the global blocks attend to all.
struct BigBird {
  uint64_t block = 16, random_blocks = 1, window_blocks = 3, global_blocks = 1;
};
Csr generate_bigbird(uint64_t tokens, const BigBird& mask, uint64_t seed);

// Graphs of the families that sparse matrix collections hold; patterns without values, symmetric, the same on any
// number of threads.
//
// The Mycielskian of the given order (Mycielski 1955): from the single edge of order 2, each step takes a graph
// with vertices v_i to one with v_i, u_i and w, where u_i is joined to the neighbours of v_i and to w. Order 17 is
// mycielskian17 of the SuiteSparse collection: 98,303 rows, 100,245,742 non-zeros. Orders 2 to 30.
Csr generate_mycielskian(uint64_t order);
// Graph500's Kronecker graph (initiator .57 .19 .19 .05, vertices renamed at random): 2^logn vertices,
// edge_factor * 2^logn draws, duplicates merged, loops kept. kron_g500-logn19 of the DIMACS 10 collection has
// edge factor 48.
Csr generate_kronecker(uint64_t logn, uint64_t edge_factor, uint64_t seed);
// The Delaunay triangulation of uniformly random points in a square, numbered along rounds of a Hilbert curve as
// a triangulator inserts them. delaunay_n22 has 2^22 points.
Csr generate_delaunay(uint64_t vertices, uint64_t seed);
// A planted partition of exactly `edges` edges: consecutive rows form communities of `size` rows in the mean, by
// a power law; a share `inside` of the edges is drawn within one, hubs first. Throws InputError where they have no
// room for so many.
struct Community {
  uint64_t rows = 0, edges = 0, size = 64;
  double inside = 0.8;
};
Csr generate_community(const Community& graph, uint64_t seed);
// The cells left open between balls of `radius` cells at random places in a grid of x * y * z, each joined to
// those of its 18 neighbours (faces and edges, the lattice D3Q19) that are open too; z runs fastest. The defaults
// have the grid and the rows of packing-500x100x100-b050 (DIMACS 10), the radius its mean degree [choice].
struct Packing {
  uint64_t x = 500, y = 100, z = 100, radius = 10;
  double open = 0.4291704;
};
Csr generate_packing(const Packing& packing, uint64_t seed);

// Values for a pattern: row-major order decides, so the storage format does not.
void draw_values(std::vector<float>& values, uint64_t count, uint64_t seed);

// `kind:key=value,…`, for example "uniform:rows=512,columns=512,density=0.1,seed=3". Throws
// InputError naming the unknown kind or key and the nearest known one, and where the matrix would
// take more than `most_bytes` of memory to make (0: what the machine has). Kinds and keys:
// uniform: rows columns density; banded: rows columns half_bandwidth density; diagonal: rows;
// block: rows columns block density; rmat: rows edges; stencil_2d, stencil_3d: n;
// n_of_m: rows columns n m; sliding_window: rows window; bigbird: rows block random_blocks
// window_blocks global_blocks (16, 1, 3, 1); mycielskian: order; kronecker: logn edge_factor (48);
// delaunay: logn, or rows; community: rows edges size inside (64, 0.8); packing: x y z radius open (500,
// 100, 100, 10, 0.4291704). All but mycielskian take seed (default 1); columns defaults to rows. A bare
// number stands for the order or logn: mycielskian:17, kronecker:19, delaunay:22.
Csr generate(const std::string& description, double most_bytes = 0);

// The memory that takes, at its peak; throws as `generate` does of a description that is wrong.
double generated_bytes(const std::string& description);

}  // namespace nonzero
