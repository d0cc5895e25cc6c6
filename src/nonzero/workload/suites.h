#pragma once

#include <string>
#include <vector>

#include "nonzero/workload/operation.h"

namespace nonzero {

struct GemmShape {
  std::string name;
  uint64_t m, n, k;
};

// SIGMA's ten GEMMs (specs of Sec. II, M-N-K): GNMT, DeepBench, Transformer, NCF.
const std::vector<GemmShape>& sigma_gemms();

// Densities a suite's operands are drawn with.
struct Densities {
  double a = 1, b = 1;
};

// Names of the built-in suites.
std::vector<std::string> suite_names();

// The operations of a suite. Throws InputError with the nearest name where there is none.
// `density` replaces the suite's own densities where given.
std::vector<Operation> suite(const std::string& name, const Densities* density, uint64_t seed);

}  // namespace nonzero
