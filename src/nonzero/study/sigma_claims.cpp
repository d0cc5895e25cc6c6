#include "nonzero/study/sigma_claims.h"

#include <fmt/format.h>

#include "nonzero/arch/list.h"
#include "nonzero/hw/cost.h"
#include "nonzero/study/means.h"
#include "nonzero/workload/suites.h"

namespace nonzero {
namespace {

constexpr uint64_t kSeed = 1;
constexpr double kClockHz = 500e6;
const std::vector<Densities> kSparsePairs = {{0.2, 0.7}, {0.7, 0.2}};  // MK 80 KN 30, MK 30 KN 80

std::vector<double> ratios(const std::vector<Result>& above, const std::vector<Result>& below) {
  std::vector<double> all;
  for (size_t i = 0; i < above.size(); ++i)
    all.push_back(static_cast<double>(above[i].cycles) / static_cast<double>(below[i].cycles));
  return all;
}

std::vector<double> efficiencies(const std::vector<Result>& results) {
  std::vector<double> all;
  all.reserve(results.size());
  for (const Result& r : results) all.push_back(r.overall_utilisation);
  return all;
}

// The simulations several claims share, each run once.
class SigmaRuns {
 public:
  using Settings = std::vector<std::string>;

  // The ten GEMMs in analytic timing on the default machines (bf16 operands, fp32 sums), as the paper's own model counts.
  const std::vector<Result>& gemms(const std::string& design, const Settings& settings,
                                   const Densities& density) {
    const std::string key =
        fmt::format("{} {} {} {}", design, fmt::join(settings, " "), density.a, density.b);
    const auto found = done_.find(key);
    if (found != done_.end()) return found->second;
    Settings all = settings;
    all.emplace_back("timing=analytic");
    const auto machine = find_accelerator(design).make("", "", all);
    return done_[key] = machine->simulate(suite("sigma-gemms", &density, kSeed), {}).results;
  }

  const std::vector<Result>& dense(const std::string& design, const Settings& settings = {}) {
    return gemms(design, settings, {1, 1});
  }

  // Both sparsity pairs, one after the other.
  std::vector<Result> sparse(const std::string& design, const Settings& settings = {}) {
    std::vector<Result> all;
    for (const Densities& pair : kSparsePairs) {
      const auto& some = gemms(design, settings, pair);
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }

  static const Result& named(const std::vector<Result>& results, const std::string& operation) {
    for (const Result& r : results)
      if (r.operation == operation) return r;
    throw std::logic_error("no GEMM " + operation);
  }

 private:
  std::map<std::string, std::vector<Result>> done_;
};

hw::Block sigma_array(uint64_t lanes) {
  return hw::sigma_array_block(Technology::builtin("tsmc28"), 16384 / lanes, lanes, 128,
                               hw::Arithmetic::of(DataType::kBf16), hw::ReductionKind::kFan);
}

hw::Block systolic_array() {
  return hw::systolic_array_block(Technology::builtin("tsmc28"), 128, 128,
                                  hw::Arithmetic::of(DataType::kBf16));
}

double network_ratio(hw::ReductionKind above, hw::ReductionKind below,
                     double hw::ReductionNetworkFigures::*figure) {
  const Technology& tech = Technology::builtin("tsmc28");
  return hw::reduction_network(tech, above, 512).*figure / (hw::reduction_network(tech, below, 512).*figure);
}

// Energy of the compute array alone, as Fig. 8 and 13 have it: no DRAM, buffer or controller.
double array_energy(const Result& r) {
  return r.energy_pj.total - r.energy_pj.by_component.get("dram") - r.energy_pj.by_component.get("buffer");
}

// The figure's curve: the same ratio at every size it shows.
std::string over_sizes(hw::ReductionKind above, hw::ReductionKind below,
                       double hw::ReductionNetworkFigures::*figure) {
  const Technology& tech = Technology::builtin("tsmc28");
  std::string text;
  for (uint64_t lanes = 16; lanes <= 512; lanes *= 2)
    text += fmt::format("{}{}: {:.2f}", text.empty() ? "" : ", ", lanes,
                        hw::reduction_network(tech, above, lanes).*figure /
                            (hw::reduction_network(tech, below, lanes).*figure));
  return text;
}

std::string per_shape(const std::function<double(const std::string&, const std::string&)>& of) {
  std::string text;
  for (const auto& [rows, columns] : std::vector<std::pair<std::string, std::string>>{
           {"128", "128"}, {"256", "64"}, {"512", "32"}, {"64", "256"}, {"32", "512"}})
    text += fmt::format("{}{}x{} {:.3f}", text.empty() ? "" : ", ", rows, columns, of(rows, columns));
  return text;
}

void add_gemm_claims(ClaimModels& models, const std::shared_ptr<SigmaRuns>& runs) {
  models["sigma/dense-efficiency/sigma"] = [runs] {
    return Ours{mean(efficiencies(runs->dense("sigma"))), ""};
  };
  models["sigma/dense-efficiency/tpu"] = [runs] {
    return Ours{mean(efficiencies(runs->dense("tpu"))),
                per_shape([&](const std::string& rows, const std::string& columns) {
                  return mean(efficiencies(runs->dense("tpu", {"rows=" + rows, "columns=" + columns})));
                })};
  };
  models["sigma/dense-speedup"] = [runs] {
    const std::vector<double> all = ratios(runs->dense("tpu"), runs->dense("sigma"));
    return Ours{geometric_mean(all), fmt::format("arithmetic mean {:.2f}", mean(all))};
  };
  models["sigma/sparse-speedup"] = [runs] {
    const std::vector<double> all = ratios(runs->sparse("tpu"), runs->sparse("sigma"));
    return Ours{geometric_mean(all), fmt::format("arithmetic mean {:.2f}", mean(all))};
  };
  for (const std::string design : {"sigma", "tpu"})
    models["sigma/sparse-efficiency/" + design] = [runs, design] {
      return Ours{mean(efficiencies(runs->sparse(design))), ""};
    };
  models["sigma/tpu-1024-16-500000"] = [runs] {
    return Ours{
        SigmaRuns::named(runs->dense("tpu", {"stationary=kn"}), "1024-16-500000").stationary_utilisation, ""};
  };

  for (const GemmShape& shape : sigma_gemms()) {
    const std::string name = shape.name;
    models["sigma/fig12a/" + name] = [runs, name] {
      const Result& tpu = SigmaRuns::named(runs->dense("tpu"), name);
      const Result& ours = SigmaRuns::named(runs->dense("sigma"), name);
      return Ours{static_cast<double>(tpu.cycles) / static_cast<double>(ours.cycles), ""};
    };
    models["sigma/cycles/" + name] = [runs, name] {
      const auto& all = runs->gemms("sigma", {"stream_words=128", "stationary=mk"}, {0.2, 1});
      return Ours{static_cast<double>(SigmaRuns::named(all, name).cycles), ""};
    };
    models["tpu/cycles/" + name] = [runs, name] {
      return Ours{static_cast<double>(SigmaRuns::named(runs->dense("tpu"), name).cycles), ""};
    };
  }
}

void add_reduction_claims(ClaimModels& models) {
  using Figures = hw::ReductionNetworkFigures;
  constexpr auto kFan = hw::ReductionKind::kFan, kArt = hw::ReductionKind::kArt,
                 kLinear = hw::ReductionKind::kLinear;
  const auto network = [](auto above, auto below, auto figure, const std::string& detail = "") {
    return [=] {
      return Ours{network_ratio(above, below, figure),
                  over_sizes(above, below, figure) + (detail.empty() ? "" : "; " + detail)};
    };
  };
  models["sigma/fan-vs-linear/area"] = network(kFan, kLinear, &Figures::area_um2);
  models["sigma/fan-vs-linear/power"] = network(kFan, kLinear, &Figures::power_mw);
  models["sigma/fan-vs-linear/edp"] =
      network(kFan, kLinear, &Figures::energy_delay, "the printed powers give 0.58, not the printed 0.55");
  models["sigma/art-vs-linear/area"] = network(kArt, kLinear, &Figures::area_um2);
  models["sigma/art-vs-linear/power"] = network(kArt, kLinear, &Figures::power_mw);
  models["sigma/fan-vs-art/edp"] =
      network(kFan, kArt, &Figures::energy_delay, "the printed powers give 0.70, not the printed 0.66");
}

void add_area_claims(ClaimModels& models, const std::shared_ptr<SigmaRuns>& runs) {
  const Technology& tech = Technology::builtin("tsmc28");
  models["sigma/area-overhead/area"] = [] {
    return Ours{sigma_array(128).area_um2 / systolic_array().area_um2, "bottom-up over bottom-up"};
  };
  models["sigma/area-overhead/tflops-per-watt"] = [runs] {
    const double efficiency =
        mean(efficiencies(runs->sparse("sigma"))) / mean(efficiencies(runs->sparse("tpu")));
    const double power = sigma_array(128).busy_power_mw(kClockHz) / systolic_array().busy_power_mw(kClockHz);
    return Ours{efficiency / power,
                fmt::format("sparse efficiencies {:.2f} : 1, bottom-up power {:.2f} : 1; with the "
                            "published power of 2 : 1 it is {:.2f}",
                            efficiency, power, efficiency / 2)};
  };
  models["sigma/bottom-up/sigma-area"] = [] { return Ours{sigma_array(128).area_mm2(), ""}; };
  models["sigma/bottom-up/sigma-power"] = [] {
    return Ours{sigma_array(128).busy_power_mw(kClockHz) * 1e-3, ""};
  };
  models["sigma/bottom-up/systolic-area"] = [] { return Ours{systolic_array().area_mm2(), ""}; };
  models["sigma/bottom-up/systolic-power"] = [] {
    return Ours{systolic_array().busy_power_mw(kClockHz) * 1e-3, ""};
  };
  models["sigma/bottom-up/controller-area"] = [&tech] {
    return Ours{hw::sigma_controller_block(tech, 128, 128).area_mm2(), ""};
  };
}

void add_energy_claims(ClaimModels& models, const std::shared_ptr<SigmaRuns>& runs) {
  models["sigma/energy/energy"] = [runs] {
    const std::vector<Result> tpu = runs->sparse("tpu");
    const std::vector<Result> ours = runs->sparse("sigma");
    std::vector<double> all, without_bus;
    for (size_t i = 0; i < tpu.size(); ++i) {
      all.push_back(array_energy(tpu[i]) / array_energy(ours[i]));
      without_bus.push_back(array_energy(tpu[i]) /
                            (array_energy(ours[i]) - ours[i].energy_pj.by_component.get("noc")));
    }
    const double bottom_up_power =
        sigma_array(128).busy_power_mw(kClockHz) / systolic_array().busy_power_mw(kClockHz);
    const double speedup = geometric_mean(ratios(tpu, ours));
    return Ours{
        geometric_mean(all),
        fmt::format(
            "compute arrays, energy by events: unlimited streaming sends every word past all Flex-DPEs; "
            "without that bus {:.2f}; power x time: {:.2f} with bottom-up power, {:.2f} with the published power",
            geometric_mean(without_bus), speedup / bottom_up_power, speedup / 2)};
  };
  models["sigma/energy/performance-per-area"] = [runs] {
    const double speedup = geometric_mean(ratios(runs->sparse("tpu"), runs->sparse("sigma")));
    return Ours{speedup * systolic_array().area_um2 / sigma_array(128).area_um2,
                fmt::format("speed-up {:.2f}, bottom-up areas; with the published areas {:.2f}", speedup,
                            speedup / 1.377)};
  };
  models["sigma/peak"] = [runs] {
    const double peak = 16384 * 2 * kClockHz * 1e-12;
    const double dense = mean(efficiencies(runs->dense("sigma"))),
                 sparse = mean(efficiencies(runs->sparse("sigma")));
    return Ours{peak * dense,
                fmt::format("{:.2f} at peak; {:.2f} with our dense average, {:.2f} with our sparse average",
                            peak, peak * dense, peak * sparse)};
  };
  models["sigma/fig14"] = [] {
    return Ours{std::nullopt, "the other sparse accelerators are not in the house yet"};
  };

  const auto fig9 = [runs](bool energy) {
    double best = 0;
    Ours ours;
    for (const uint64_t lanes : {32U, 64U, 128U, 256U, 512U, 1024U}) {
      const std::vector<std::string> settings = {fmt::format("multipliers_per_dpe={}", lanes),
                                                 fmt::format("flex_dpes={}", 16384 / lanes)};
      double total = 0, cycles = 0;
      for (const Result& r : runs->sparse("sigma", settings)) {
        total += array_energy(r);
        cycles += static_cast<double>(r.cycles);
      }
      const double figure = energy ? 1 / total : 1 / (cycles * sigma_array(lanes).area_um2);
      ours.detail += fmt::format("{}{}: {}", ours.detail.empty() ? "" : ", ", lanes,
                                 energy ? fmt::format("{:.3g} mJ", total * 1e-9)
                                        : fmt::format("{:.4g} mm2", sigma_array(lanes).area_mm2()));
      if (figure > best) {
        best = figure;
        ours.value = static_cast<double>(lanes);
      }
    }
    return ours;
  };
  models["sigma/fig9/least-energy"] = [fig9] { return fig9(true); };
  models["sigma/fig9/best-area-efficiency"] = [fig9] { return fig9(false); };
}

}  // namespace

void add_sigma_claims(ClaimModels& models) {
  const auto runs = std::make_shared<SigmaRuns>();
  add_gemm_claims(models, runs);
  add_reduction_claims(models);
  add_area_claims(models, runs);
  add_energy_claims(models, runs);
}

}  // namespace nonzero
