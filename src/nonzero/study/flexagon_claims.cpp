#include "nonzero/study/flexagon_claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "nonzero/arch/list.h"
#include "nonzero/study/flexagon_runs.h"
#include "nonzero/study/means.h"
#include "nonzero/tech/technology.h"
#include "nonzero/workload/data_folder.h"
#include "nonzero/workload/flexagon_layers.h"
#include "nonzero/workload/suites.h"

namespace nonzero {
namespace {

using flexagon::Dataflow;
using flexagon::PublishedRun;

constexpr uint64_t kSeed = 1;

// A fixed design of the paper runs one dataflow.
const std::map<std::string, Dataflow> kFixedDesigns = {{"sigma-like", Dataflow::kInnerM},
                                                       {"sparch-like", Dataflow::kOuterM},
                                                       {"gamma-like", Dataflow::kGustavsonM}};

const std::vector<std::string> kNetworks = {"alexnet",    "squeezenet",    "vgg16",      "resnet50",
                                            "ssd-resnet", "ssd-mobilenet", "distilbert", "mobilebert"};

double real(uint64_t number) { return static_cast<double>(number); }
double mib(uint64_t elements) { return real(elements) * 4 / (1 << 20); }

// The designs as Table 8 of the paper builds them, from the technology table's quoted blocks.
const std::map<std::string, std::vector<std::string>> kTable8 = {
    {"sigma-like", {"dn_tree", "multiplier_network", "rn_fan", "str_cache_1mib"}},
    {"sparch-like", {"dn_tree", "multiplier_network", "rn_merger", "str_cache_1mib", "psram_256kib"}},
    {"gamma-like", {"dn_tree", "multiplier_network", "rn_merger", "str_cache_1mib", "psram_128kib"}},
    {"flexagon", {"dn_tree", "multiplier_network", "rn_mrn", "str_cache_1mib", "psram_256kib"}},
    {"naive", {"naive_sram", "naive_muxes", "naive_datapath"}}};

double published_area(const std::string& design) {
  double sum = 0;
  for (const std::string& block : kTable8.at(design))
    sum += Technology::builtin("tsmc28").block("flexagon_" + block).area_um2 * 1e-6;
  return sum;
}

double published_power_mw(const std::string& design) {
  double sum = 0;
  for (const std::string& block : kTable8.at(design))
    sum += Technology::builtin("tsmc28").block("flexagon_" + block).power_mw.value();
  return sum;
}

double bottom_up_area(const std::string& design) {
  double sum = 0;
  for (const BillLine& line : find_accelerator(design).make("", "", {})->bill()) sum += line.area_mm2;
  return sum;
}

// Cycles of a network on a fixed design, or on the best of the three where no dataflow is named.
double network_cycles(const std::vector<FlexagonLayerRuns>& layers, std::optional<Dataflow> dataflow) {
  double cycles = 0;
  for (const FlexagonLayerRuns& layer : layers)
    cycles += real(layer.run(dataflow.value_or(layer.best())).cycles) * real(layer.repeat);
  return cycles;
}

// The layers several claims share, each set run once.
class Runs {
 public:
  const std::vector<FlexagonLayerRuns>& published() {
    return kept("published", kAllDataflows, [] { return flexagon_published_operations(kSeed); });
  }
  const std::vector<FlexagonLayerRuns>& nine() {
    return kept("nine", kMStationary, [] { return suite("flexagon-layers", nullptr, kSeed); });
  }
  const std::vector<FlexagonLayerRuns>& network(const std::string& name) {
    return kept(name, kMStationary, [&] { return suite("flexagon-" + name, nullptr, kSeed); });
  }
  const FlexagonLayerRuns& layer(const std::string& name) {
    for (const FlexagonLayerRuns& one : nine())
      if (one.layer == name) return one;
    throw std::logic_error("no layer " + name);
  }

 private:
  template <class Operations>
  const std::vector<FlexagonLayerRuns>& kept(const std::string& key, std::span<const Dataflow> dataflows,
                                             const Operations& operations) {
    const auto found = done_.find(key);
    if (found != done_.end()) return found->second;
    return done_[key] = run_flexagon_layers(operations(), dataflows);
  }

  std::map<std::string, std::vector<FlexagonLayerRuns>> done_;
};

using SharedRuns = std::shared_ptr<Runs>;

// --- the authors' results, layer by layer ----------------------------------------------------------

struct PublishedErrors {
  std::vector<double> cycles, merge;
  uint64_t equal_misses = 0, right_winners = 0, layers = 0;
  std::vector<std::vector<std::string>> table;
};

double error_of(uint64_t ours, uint64_t published) {
  if (published == 0) return ours == 0 ? 0 : INFINITY;
  return std::abs(real(ours) - real(published)) / real(published);
}

Dataflow best_published(const FlexagonPublishedLayer& layer) {
  const auto least = std::min_element(layer.begin(), layer.end(),
                                      [](const auto& a, const auto& b) { return a.cycles < b.cycles; });
  return flexagon::kDataflows[static_cast<size_t>(least - layer.begin())];
}

PublishedErrors published_errors(Runs& runs) {
  const std::map<std::string, FlexagonPublishedLayer> results = flexagon_published_results();
  PublishedErrors errors;
  errors.table = {{"layer"}};
  for (const Dataflow dataflow : flexagon::kDataflows)
    errors.table[0].push_back(fmt::format("{} cycles, error", title(dataflow)));
  for (const char* column : {"L1 misses equal", "best", "best, published"})
    errors.table[0].emplace_back(column);
  for (const FlexagonLayerRuns& layer : runs.published()) {
    const FlexagonPublishedLayer& published = results.at(layer.layer);
    std::vector<std::string> row = {layer.layer};
    uint64_t equal = 0;
    for (const Dataflow dataflow : flexagon::kDataflows) {
      const PublishedRun& ours = layer.run(dataflow);
      const FlexagonPublished& theirs = published[static_cast<size_t>(dataflow)];
      errors.cycles.push_back(error_of(ours.cycles, theirs.cycles));
      errors.merge.push_back(error_of(ours.merge, theirs.merge_cycles));
      equal += ours.misses() == theirs.l1_misses ? 1 : 0;
      row.push_back(fmt::format("{} {:.3f} %", ours.cycles, 100 * errors.cycles.back()));
    }
    errors.equal_misses += equal;
    errors.right_winners += layer.best() == best_published(published) ? 1 : 0;
    ++errors.layers;
    row.push_back(fmt::format("{} of 6", equal));
    row.emplace_back(title(layer.best()));
    row.emplace_back(title(best_published(published)));
    errors.table.push_back(row);
  }
  return errors;
}

void add_published(ClaimModels& models, const SharedRuns& runs) {
  const auto errors = std::make_shared<std::optional<PublishedErrors>>();
  const auto add = [&](const std::string& id, double (*value)(const PublishedErrors&),
                       bool with_table = false) {
    models["flexagon/published/" + id] = [=]() -> Ours {
      if (!data_folder()) return {std::nullopt, "the authors' results are not at hand: set NONZERO_DATA"};
      if (!*errors) *errors = published_errors(*runs);
      Ours ours{value(**errors), ""};
      if (with_table) ours.table = (*errors)->table;
      return ours;
    };
  };
  add("misses", [](const PublishedErrors& e) { return real(e.equal_misses) / real(6 * e.layers); });
  add(
      "cycles-worst",
      [](const PublishedErrors& e) { return *std::max_element(e.cycles.begin(), e.cycles.end()); }, true);
  add("cycles-median", [](const PublishedErrors& e) { return median(e.cycles); });
  add("merge-worst",
      [](const PublishedErrors& e) { return *std::max_element(e.merge.begin(), e.merge.end()); });
  add("winners", [](const PublishedErrors& e) { return real(e.right_winners) / real(e.layers); });
}

// --- networks ---------------------------------------------------------------------------------------

void add_networks(ClaimModels& models, const SharedRuns& runs) {
  const auto speedups = [runs](std::optional<Dataflow> above, std::optional<Dataflow> below) {
    std::vector<double> all;
    all.reserve(kNetworks.size());
    for (const std::string& network : kNetworks)
      all.push_back(network_cycles(runs->network(network), above) /
                    network_cycles(runs->network(network), below));
    return all;
  };
  for (const auto& entry : kFixedDesigns) {
    const Dataflow dataflow = entry.second;
    models["flexagon/geomean-vs-" + entry.first] = [=] {
      const std::vector<double> all = speedups(dataflow, std::nullopt);
      std::string detail;
      for (size_t i = 0; i < all.size(); ++i)
        detail += fmt::format("{}{} {:.2f}", i == 0 ? "" : ", ", kNetworks[i], all[i]);
      return Ours{geometric_mean(all), detail};
    };
  }
  for (const std::string design : {"sparch-like", "gamma-like", "flexagon"}) {
    const auto fixed = kFixedDesigns.find(design);
    const std::optional<Dataflow> dataflow =
        fixed == kFixedDesigns.end() ? std::nullopt : std::optional(fixed->second);
    const double area = published_area(design) / published_area("sigma-like");
    models["flexagon/perf-per-area/" + design] = [=] {
      return Ours{geometric_mean(speedups(Dataflow::kInnerM, dataflow)) / area, ""};
    };
  }
  const auto share = [&](const std::string& network, const char* word, Dataflow dataflow) {
    models[fmt::format("flexagon/best-share/{}-{}", network, word)] = [=] {
      const std::vector<FlexagonLayerRuns>& layers = runs->network(network);
      const auto best = std::count_if(layers.begin(), layers.end(), [&](const FlexagonLayerRuns& layer) {
        return layer.best() == dataflow;
      });
      return Ours{static_cast<double>(best) / static_cast<double>(layers.size()), ""};
    };
  };
  share("ssd-resnet", "op", Dataflow::kOuterM);
  share("vgg16", "op", Dataflow::kOuterM);
  share("distilbert", "gust", Dataflow::kGustavsonM);
  share("mobilebert", "gust", Dataflow::kGustavsonM);
}

// --- the nine layers, and the four of them whose patterns are published -----------------------------

void add_nine(ClaimModels& models, const SharedRuns& runs) {
  for (const auto& entry : kFixedDesigns) {
    const Dataflow dataflow = entry.second;
    models["flexagon/nine-layers/" + entry.first] = [=] {
      std::vector<double> all;
      std::string detail;
      for (const FlexagonLayerRuns& layer : runs->nine()) {
        all.push_back(real(layer.run(dataflow).cycles) / real(layer.run(layer.best()).cycles));
        detail += fmt::format("{}{} {:.2f}", detail.empty() ? "" : ", ", layer.layer, all.back());
      }
      return Ours{geometric_mean(all), detail};
    };
  }
}

void add_layer(ClaimModels& models, const SharedRuns& runs, const std::string& layer) {
  using Value = std::function<double(const FlexagonLayerRuns&)>;
  const auto add = [&](const std::string& column, const Value& value) {
    models[fmt::format("flexagon/{}/{}", layer, column)] = [=]() -> Ours {
      if (!data_folder()) return {std::nullopt, "the layer's real pattern is not at hand: set NONZERO_DATA"};
      return {value(runs->layer(layer)), ""};
    };
  };
  constexpr Dataflow kInner = Dataflow::kInnerM, kOuter = Dataflow::kOuterM,
                     kGustavson = Dataflow::kGustavsonM;
  const auto speedup = [](const FlexagonLayerRuns& l, Dataflow dataflow) {
    return real(l.run(kInner).cycles) / real(l.run(dataflow).cycles);
  };
  add("op", [=](const auto& l) { return speedup(l, kOuter); });
  add("gust", [=](const auto& l) { return speedup(l, kGustavson); });
  add("flexagon", [=](const auto& l) { return speedup(l, l.best()); });
  add("merge-share",
      [](const auto& l) { return 100 * real(l.run(kOuter).merge) / real(l.run(kOuter).cycles); });
  add("str-ip", [](const auto& l) { return mib(l.run(kInner).str_reads); });
  add("str-op", [](const auto& l) { return mib(l.run(kOuter).str_reads); });
  add("psum-op", [](const auto& l) { return mib(l.run(kOuter).psums_written); });
  add("psum-gust", [](const auto& l) { return mib(l.run(kGustavson).psums_written); });
  const std::vector<std::pair<const char*, Dataflow>> columns = {
      {"ip", kInner}, {"op", kOuter}, {"gust", kGustavson}};
  for (const auto& entry : columns) {
    const Dataflow dataflow = entry.second;
    add(fmt::format("miss-{}", entry.first),
        [=](const auto& l) { return 100 * l.run(dataflow).miss_rate(); });
    add(fmt::format("fig16-{}", entry.first),
        [=](const auto& l) { return real(l.run(dataflow).misses()) * 4 / 1024; });
  }
}

// --- Table 8 ----------------------------------------------------------------------------------------

void add_table8(ClaimModels& models) {
  for (const std::string design : {"sigma-like", "sparch-like", "gamma-like", "flexagon"}) {
    models["flexagon/table8/" + design + "-area"] = [=] {
      return Ours{published_area(design), fmt::format("bottom-up {:.2f} mm2", bottom_up_area(design))};
    };
    models["flexagon/table8/" + design + "-power"] = [=] { return Ours{published_power_mw(design), ""}; };
    if (design == "flexagon") continue;
    models["flexagon/area-overhead/" + design] = [=] {
      return Ours{published_area("flexagon") / published_area(design),
                  fmt::format("bottom-up {:.2f}", bottom_up_area("flexagon") / bottom_up_area(design))};
    };
    models["flexagon/power-overhead/" + design] = [=] {
      return Ours{published_power_mw("flexagon") / published_power_mw(design), ""};
    };
  }
  models["flexagon/naive-area"] = [=] {
    return Ours{published_area("naive") / published_area("flexagon"), ""};
  };
}

}  // namespace

void add_flexagon_claims(ClaimModels& models) {
  const auto runs = std::make_shared<Runs>();
  add_published(models, runs);
  add_networks(models, runs);
  add_nine(models, runs);
  add_table8(models);
  for (const char* layer : {"SQ5", "SQ11", "R6", "MB215"}) add_layer(models, runs, layer);
}

}  // namespace nonzero
