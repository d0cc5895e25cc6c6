#include "nonzero/study/sat_claims.h"

#include <fmt/format.h>

#include "nonzero/study/means.h"
#include "nonzero/study/sat_runs.h"
#include "nonzero/study/training_runs.h"
#include "nonzero/workload/sat_networks.h"

namespace nonzero {
namespace {

double speedup(const std::string& network, const std::string& method) {
  return static_cast<double>(sat_cycles(network, {"method=dense"})) /
         static_cast<double>(sat_cycles(network, {"method=" + method}));
}

Ours headline_speedup() {
  std::vector<double> all;
  Ours ours;
  ours.table = {{"network", "srste", "sdgp", "bdwp"}};
  for (const SatNetwork& network : sat_networks())
    ours.table.push_back({network.name, fmt::format("{:.3f}", speedup(network.name, "srste")),
                          fmt::format("{:.3f}", speedup(network.name, "sdgp")),
                          fmt::format("{:.3f}", speedup(network.name, "bdwp"))});
  for (const std::string& network : sat_cifar_networks()) all.push_back(speedup(network, "bdwp"));
  ours.value = mean(all);
  const double ideal = 1 / (1 - 0.48);
  ours.detail = fmt::format(
      "mean of resnet9, resnet18, vgg19 and vit, which stand in for the paper's networks; the published value is "
      "{:.0f} % of the {:.2f}x that 48 % fewer operations allow",
      100 * 1.75 / ideal, ideal);
  return ours;
}

Ours op_reduction() {
  Ours ours;
  ours.table = {{"network", "srste", "sdgp", "bdwp"}};
  std::vector<double> imagenet;
  for (const SatNetwork& network : sat_networks()) {
    const double bdwp = sat_op_reduction(network.name, "bdwp");
    if (network.name.ends_with("-224")) imagenet.push_back(bdwp);
    ours.table.push_back({network.name,
                          fmt::format("{:.2f} %", 100 * sat_op_reduction(network.name, "srste")),
                          fmt::format("{:.2f} %", 100 * sat_op_reduction(network.name, "sdgp")),
                          fmt::format("{:.2f} %", 100 * bdwp)});
  }
  ours.value = mean(imagenet);
  ours.detail = "mean of ResNet-18 and ResNet-50 at 224 pixels; first layer and classifier dense";
  return ours;
}

// Of the reduced trainings that train/measure.sh made, where they are at hand.
Ours measured_accuracy_loss() {
  const auto runs = training_runs();
  const auto loss = runs ? accuracy_loss(*runs, "bdwp", "2:8") : std::nullopt;
  if (!loss)
    return {
        std::nullopt,
        "needs trained networks: set NONZERO_RUNS to what train/measure.sh filled (docs/training.md has its table)"};
  const std::string error =
      loss->standard_error ? fmt::format("{:.2f} %", 2 * *loss->standard_error) : std::string("–");
  constexpr uint64_t kEnoughSeeds = 3;
  return {loss->mean, fmt::format("{} of reduced trainings on optdigits and MNIST, 2 standard errors {}{}",
                                  loss->pairs == 1 ? "1 pair" : fmt::format("{} pairs", loss->pairs), error,
                                  loss->seeds < kEnoughSeeds ? "; warning: fewer than 3 start values" : "")};
}

}  // namespace

void add_sat_claims(ClaimModels& models) {
  models["sat/headline-speedup"] = headline_speedup;
  models["sat/op-reduction"] = op_reduction;
  models["sat/accuracy-loss"] = measured_accuracy_loss;
  const auto no_equal_terms = [] {
    return Ours{std::nullopt, "no model of the earlier FPGA trainers on equal terms"};
  };
  models["sat/fpga-throughput/low"] = no_equal_terms;
  models["sat/fpga-throughput/high"] = no_equal_terms;
  models["sat/fpga-efficiency/low"] = no_equal_terms;
  models["sat/fpga-efficiency/high"] = no_equal_terms;
  models["sat/srste-grouping/lambda"] = [] {
    return Ours{std::nullopt,
                "groups along Cin in NHWC order, as here; the value is nonzero train's default for srste"};
  };
  for (const char* setting : {"dense", "2-4", "2-8", "1-8"})
    models[std::string("sat/sdgp-accuracy/") + setting] = [] {
      return Ours{std::nullopt, "the authors' own training, 150 epochs"};
    };
}

}  // namespace nonzero
