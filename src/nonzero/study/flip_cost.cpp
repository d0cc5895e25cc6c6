#include "nonzero/study/flip_cost.h"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "nonzero/arch/list.h"
#include "nonzero/base/parallel.h"
#include "nonzero/workload/integer_network.h"

namespace nonzero {
namespace {

using Cycles = std::array<double, kMostSearchedZeroColumns + 1>;

}  // namespace

FlipCost bitwave_cycles(const IntegerNetwork& network, const NetworkFlips& flips) {
  const std::vector<std::string> settings = {fmt::format("group={}", flips.group())};
  const std::unique_ptr<Accelerator> machine = find_accelerator("bitwave").make("", "", settings);
  auto cycles = std::make_shared<std::vector<Cycles>>(flips.layers());
  parallel_for(flips.layers() * Cycles().size(), [&](uint64_t job) {
    const uint64_t layer = job / Cycles().size(), z = job % Cycles().size();
    IntegerLayer flipped = network.layers[layer];
    flipped.weights = flips.weights(layer, static_cast<uint32_t>(z));
    const Operation operation = convolution_operation(std::move(flipped));
    const RunResult run = machine->simulate({&operation, 1}, {});
    (*cycles)[layer][z] =
        static_cast<double>(run.results.front().cycles) * static_cast<double>(operation.repeat);
  });
  return [cycles](uint32_t layer, uint32_t z) { return (*cycles)[layer][z]; };
}

}  // namespace nonzero
