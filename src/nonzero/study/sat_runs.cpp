#include "nonzero/study/sat_runs.h"

#include "nonzero/arch/list.h"
#include "nonzero/workload/suites.h"

namespace nonzero {
namespace {

double multiplications(const RunResult& run) {
  double sum = 0;
  for (const Result& r : run.results) sum += static_cast<double>(r.multiplications_effectual);
  return sum;
}

}  // namespace

RunResult sat_step(const std::string& network, const std::vector<std::string>& settings) {
  const auto machine = find_accelerator("sat").make("", "", settings);
  return machine->simulate(suite("sat-" + network, nullptr, 1), {});
}

uint64_t sat_cycles(const std::string& network, const std::vector<std::string>& settings) {
  return sat_step(network, settings).sequential_cycles;
}

const std::vector<std::string>& sat_cifar_networks() {
  static const std::vector<std::string> all = {"resnet9", "resnet18", "vgg19", "vit"};
  return all;
}

double sat_op_reduction(const std::string& network, const std::string& method) {
  return 1 - multiplications(sat_step(network, {"method=" + method})) /
                 multiplications(sat_step(network, {"method=dense"}));
}

}  // namespace nonzero
