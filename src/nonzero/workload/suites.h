#pragma once

#include <optional>
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
// `density` replaces the suite's own densities where given, `batch` the batch of a suite of
// training steps; InputError where the suite has none of its own.
std::vector<Operation> suite(const std::string& name, const Densities* density, uint64_t seed,
                             std::optional<uint64_t> batch = std::nullopt);

}  // namespace nonzero
