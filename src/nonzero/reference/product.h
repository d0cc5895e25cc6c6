#pragma once

#include <cstdint>

#include "nonzero/result/result.h"
#include "nonzero/tensor/formats.h"
#include "nonzero/workload/semiring.h"

namespace nonzero::reference {

// A * B by three plain loops, accumulated in double. Both must carry values.
Product multiply(const Csr& a, const Csr& b);
// The same with another semiring's addition and multiplication; an element of C to which no pair of elements
// contributes is absent.
Product multiply(const Csr& a, const Csr& b, Semiring semiring);

// ||x - expected|| / ||expected|| (Frobenius); 0 where both are zero, infinity where shapes differ.
double relative_error(const Product& x, const Product& expected);

// Freivalds' check, for products too big to compare: ||(A(Br) - Cr)|| / ||A(Br)|| for a seeded
// vector r of +-1, the worst of `rounds` draws. A wrong C passes one round with probability <= 1/2.
double freivalds_error(const Csr& a, const Csr& b, const Product& c, uint64_t seed, int rounds = 20);

// common.md: exact for integers; 1e-5 for floating point, times sqrt(K / 65536) beyond that K.
double tolerance(bool integer, uint64_t k);

}  // namespace nonzero::reference
