#include "nonzero/workload/suites.h"

#include <fmt/format.h>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/base/suggest.h"

namespace nonzero {
namespace {

struct Suite {
  std::string name;
  Densities density;
};

// SIGMA, Sec. VI: dense, and the two sparsity pairs of Fig. 12b and 14.
const std::vector<Suite>& suites() {
  static const std::vector<Suite> all = {
      {"sigma-gemms", {0.2, 0.7}},
      {"sigma-gemms-mk30-kn80", {0.7, 0.2}},
      {"sigma-gemms-dense", {1, 1}},
  };
  return all;
}

}  // namespace

const std::vector<GemmShape>& sigma_gemms() {
  static const std::vector<GemmShape> shapes = {
      {"128-2048-4096", 128, 2048, 4096},     {"320-3072-4096", 320, 3072, 4096},
      {"1632-36548-1024", 1632, 36548, 1024}, {"2048-4096-32", 2048, 4096, 32},
      {"1024-16-500000", 1024, 16, 500000},   {"35-8457-2560", 35, 8457, 2560},
      {"31999-1024-84", 31999, 1024, 84},     {"84-1024-4096", 84, 1024, 4096},
      {"2048-1-128", 2048, 1, 128},           {"256-256-2048", 256, 256, 2048},
  };
  return shapes;
}

std::vector<std::string> suite_names() {
  std::vector<std::string> names;
  for (const Suite& one : suites()) names.push_back(one.name);
  return names;
}

std::vector<Operation> suite(const std::string& name, const Densities* density, uint64_t seed) {
  for (const Suite& one : suites()) {
    if (one.name != name) continue;
    const Densities use = density != nullptr ? *density : one.density;
    std::vector<Operation> operations;
    for (const GemmShape& shape : sigma_gemms()) {
      operations.push_back(random_gemm(shape.name, shape.m, shape.n, shape.k, use.a, use.b,
                                       derive_seed(seed, operations.size())));
      operations.back().network = name;
      operations.back().seed = seed;
    }
    return operations;
  }
  const std::vector<std::string> names = suite_names();
  throw InputError(fmt::format("unknown suite '{}'{}", name, did_you_mean(name, names)),
                   fmt::format("allowed: {}", fmt::join(names, ", ")));
}

}  // namespace nonzero
