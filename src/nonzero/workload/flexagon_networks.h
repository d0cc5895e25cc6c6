#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nonzero/workload/operation.h"
#include "nonzero/workload/suites.h"

namespace nonzero {

// Compressed sizes of a network's layers, in MiB.
struct SizeRange {
  double average = 0, least = 0, most = 0;
};

// A network as Flexagon's Table 2 knows it. Sparsities in percent.
struct NetworkStatistics {
  std::string name;
  uint64_t layers = 0;
  double sparsity_a = 0, sparsity_b = 0;
  SizeRange a, b;
};

// The eight networks. The table's maxima of A and B stand exchanged in the rows of VGG-16 and
// SSD-Resnets (as printed the maximum of B is below its average; exchanged they equal the sizes of
// layers V7 and V0 of Table 6) and are put right here; MobileBERT's maximum of B, printed 0.01 below the
// average 0.07, is read as 0.10 [choice].
std::span<const NetworkStatistics> flexagon_networks();

// Layer shapes of which the compressed sizes have these statistics [choice]: layer i of n has
// csA = min (max/min)^(u^p), u = i/(n-1), with p such that the mean is met, csB the same from the last
// layer to the first. Throws InputError where a sparsity is outside 0 to 100, or minimum, average
// and maximum are not in order.
std::vector<GemmShape> synthetic_layers(const NetworkStatistics& network);

// A layer whose operands are hash masks (tensor/hash_mask.h) of `seed`, made when asked for.
Operation hash_masked_gemm(const GemmShape& shape, double sparsity_a, double sparsity_b, uint64_t seed);

}  // namespace nonzero
