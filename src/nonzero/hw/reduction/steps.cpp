#include "nonzero/hw/reduction/steps.h"

#include <fmt/format.h>

#include "nonzero/base/error.h"

namespace nonzero::hw {

std::vector<float> follow_steps(uint32_t lanes, std::span<const ReductionStep> steps,
                                std::span<const uint32_t> sum_of_group, std::span<const float> products,
                                const char* network) {
  if (products.size() != lanes)
    throw InputError(fmt::format("{} products for {} of {} lanes", products.size(), network, lanes));
  std::vector<float> values(products.begin(), products.end());
  values.reserve(lanes + steps.size());
  for (const ReductionStep& step : steps) values.push_back(values[step.left] + values[step.right]);
  std::vector<float> sums;
  sums.reserve(sum_of_group.size());
  for (const uint32_t operand : sum_of_group) sums.push_back(values[operand]);
  return sums;
}

}  // namespace nonzero::hw
