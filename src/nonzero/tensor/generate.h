#pragma once

#include <cstdint>
#include <string>

#include "nonzero/tensor/formats.h"

namespace nonzero {

// Seeded generators. Values are drawn uniformly from [-1, 1) without zero, unless said.

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

// Values for a pattern: row-major order decides, so the storage format does not.
void draw_values(std::vector<float>& values, uint64_t count, uint64_t seed);

// `kind:key=value,…`, for example "uniform:rows=512,columns=512,density=0.1,seed=3". Throws
// InputError naming the unknown kind or key and the nearest known one, and where the matrix would
// take more than `most_bytes` of memory to make (0: what the machine has). Kinds and keys:
// uniform: rows columns density; banded: rows columns half_bandwidth density; diagonal: rows;
// block: rows columns block density; rmat: rows edges; stencil_2d, stencil_3d: n;
// n_of_m: rows columns n m; sliding_window: rows window; bigbird: rows block random_blocks
// window_blocks global_blocks (16, 1, 3, 1). All take seed (default 1); columns defaults to rows.
Csr generate(const std::string& description, double most_bytes = 0);

}  // namespace nonzero
