#include "nonzero/workload/suites.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/base/suggest.h"
#include "nonzero/workload/flexagon_layers.h"
#include "nonzero/workload/flexagon_networks.h"
#include "nonzero/workload/laplace_networks.h"
#include "nonzero/workload/real_networks.h"
#include "nonzero/workload/sat_networks.h"

namespace nonzero {
namespace {

struct Suite {
  std::string name;
  // `density` replaces the suite's own where given.
  std::function<std::vector<Operation>(const Densities* density, uint64_t seed)> make;
  std::function<std::vector<Operation>(std::optional<uint64_t> batch)> make_steps = nullptr;  // or this

  [[nodiscard]] std::vector<Operation> operations(const Densities* density, uint64_t seed,
                                                  std::optional<uint64_t> batch) const {
    if (make_steps != nullptr && density != nullptr)
      throw InputError(
          fmt::format("--density-a and --density-b have no meaning for the training steps of {}", name));
    if (make_steps != nullptr) return make_steps(batch);
    if (batch) throw InputError(fmt::format("--batch has no meaning for {}: it has no training steps", name));
    return make(density, seed);
  }
};

Suite sigma_suite(std::string name, Densities own) {
  return {std::move(name), [own](const Densities* density, uint64_t seed) {
            const Densities use = density != nullptr ? *density : own;
            std::vector<Operation> operations;
            for (const GemmShape& shape : sigma_gemms())
              operations.push_back(random_gemm(shape.name, shape.m, shape.n, shape.k, use.a, use.b,
                                               derive_seed(seed, operations.size())));
            return operations;
          }};
}

Suite network_suite(const NetworkStatistics& network) {
  return {"flexagon-" + network.name, [&network](const Densities* density, uint64_t seed) {
            const double a = density != nullptr ? 1 - density->a : network.sparsity_a / 100;
            const double b = density != nullptr ? 1 - density->b : network.sparsity_b / 100;
            std::vector<Operation> operations;
            for (const GemmShape& shape : synthetic_layers(network))
              operations.push_back(hash_masked_gemm(shape, a, b, seed));
            return operations;
          }};
}

Suite layer_suite(std::string name, bool with_real) {
  return {std::move(name), [with_real](const Densities* density, uint64_t seed) {
            return flexagon_layer_operations(with_real, density, seed);
          }};
}

Suite step_suite(const SatNetwork& network) {
  return {"sat-" + network.name, nullptr, [&network](std::optional<uint64_t> batch) {
            return sat_network(network.name, batch.value_or(network.batch));
          }};
}

// Laplace(8): the scale of BitWave's golden flips.
Suite laplace_suite(const SatNetwork& network) {
  const std::string name = "laplace-" + network.name;
  return {name, [name, &network](const Densities* density, uint64_t seed) {
            constexpr double kScale = 8;
            if (density != nullptr)
              throw InputError(
                  fmt::format("--density-a and --density-b have no meaning for the int8 layers of {}", name));
            return laplace_network(network.name, kScale, seed);
          }};
}

// A suite of files: both operands are given.
Suite real_suite(const std::string& name, std::vector<Operation> (*make)(uint64_t seed)) {
  return {name, [name, make](const Densities* density, uint64_t seed) {
            if (density != nullptr)
              throw InputError(fmt::format(
                  "--density-a and --density-b have no meaning for the real operands of {}", name));
            return make(seed);
          }};
}

const std::vector<Suite>& suites() {
  static const std::vector<Suite> all = [] {
    // SIGMA, Sec. VI: dense, and the two sparsity pairs of Fig. 12b and 14.
    std::vector<Suite> made = {sigma_suite("sigma-gemms", {0.2, 0.7}),
                               sigma_suite("sigma-gemms-mk30-kn80", {0.7, 0.2}),
                               sigma_suite("sigma-gemms-dense", {1, 1}), layer_suite("flexagon-layers", true),
                               layer_suite("flexagon-layers-synthetic", false)};
    for (const NetworkStatistics& network : flexagon_networks()) made.push_back(network_suite(network));
    made.push_back(real_suite("flexagon-published", flexagon_published_operations));
    made.push_back(real_suite("squeezenet-pruned", pruned_squeezenet_operations));
    made.push_back({"dlmc", dlmc_operations});
    for (const SatNetwork& network : sat_networks()) made.push_back(step_suite(network));
    for (const SatNetwork& network : sat_networks()) made.push_back(laplace_suite(network));
    return made;
  }();
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

std::vector<Operation> suite(const std::string& name, const Densities* density, uint64_t seed,
                             std::optional<uint64_t> batch) {
  for (const Suite& one : suites()) {
    if (one.name != name) continue;
    std::vector<Operation> operations = one.operations(density, seed, batch);
    for (Operation& operation : operations) {
      operation.network = name;
      operation.seed = seed;
    }
    return operations;
  }
  const std::vector<std::string> names = suite_names();
  throw InputError(fmt::format("unknown suite '{}'{}", name, did_you_mean(name, names)),
                   fmt::format("allowed: {}", fmt::join(names, ", ")));
}

}  // namespace nonzero
