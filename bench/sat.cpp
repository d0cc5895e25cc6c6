// SAT's bound, beside what this machine needs, one thread: a whole training step of ResNet-50 within 1 s.

#include "lib/bench.h"
#include "nonzero/arch/list.h"
#include "nonzero/workload/suites.h"

using namespace nonzero;

int main() {
  const bench::Table table("SAT");
  const auto machine = find_accelerator("sat").make("", "", {});
  const std::vector<Operation> step = suite("sat-resnet50-224", nullptr, 1);
  table.row("ResNet-50 at 224 pixels, one training step",
            bench::best_of_five([&] { bench::keep(machine->simulate(step, {})); }),
            {1000, "", std::nullopt, std::nullopt});
}
