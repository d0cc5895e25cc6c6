#pragma once

#include <string>
#include <vector>

#include "nonzero/workload/suites.h"

namespace nonzero {

// A layer of Flexagon's Table 6. Sparsities in percent; `real` is the layer's name among the patterns
// that the authors published, "" where it is not among those at hand.
struct FlexagonLayer {
  GemmShape shape;
  double sparsity_a = 0, sparsity_b = 0;
  std::string real;
};

// The nine representative layers. V0 carries another layer's shape in the table and stands here as
// the figures plot it (64 x 49284 x 27); V7's B is 81.7 % sparse in the authors' run, not 94 % as printed.
const std::vector<FlexagonLayer>& flexagon_layers();

// As operations: the authors' pattern where `with_real` and the data folder has it, else hash masks of
// `seed` at the table's sparsities; each operand's source says which.
std::vector<Operation> flexagon_layer_operations(bool with_real, const Densities* density, uint64_t seed);

// Every layer of the authors' published results (flexagon/cycles.csv in the data folder), with its
// real pattern. Throws InputError naming the folder or the file that is missing.
std::vector<Operation> flexagon_published_operations(uint64_t seed);

}  // namespace nonzero
