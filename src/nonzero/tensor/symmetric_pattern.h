#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "nonzero/tensor/formats.h"

namespace nonzero {

// The adjacency pattern of an undirected graph: each edge in both directions, a loop once, duplicates once.
// Takes 16 bytes per edge beside the edges. Ends lie below `rows`.
Csr symmetric_pattern(uint64_t rows, std::vector<std::pair<uint32_t, uint32_t>> edges);

}  // namespace nonzero
