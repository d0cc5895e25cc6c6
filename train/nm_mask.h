#pragma once

#include <cstdint>

// The N:M masks of the library on bare arrays, as C++17 and the trainer's tensors hold them: 1 where a
// value is kept, 0 elsewhere.

namespace nonzero::train {

// An array [outer, channels, inner]; groups of m lie along `channels`, the last one may be shorter.
struct Grouping {
  int64_t outer = 1, channels = 1, inner = 1;
};

// Of each group the n largest magnitudes; among equals the one with the lower index.
void top_n_mask(const float* values, const Grouping& grouping, int64_t n, int64_t m, float* mask);

// [cout, cin, taps]: in every m x m block of a tap at most n per row and per column, found greedily.
void transposable_mask(const float* values, int64_t cout, int64_t cin, int64_t taps, int64_t n, int64_t m,
                       float* mask);

}  // namespace nonzero::train
