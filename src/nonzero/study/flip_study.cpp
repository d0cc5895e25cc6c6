#include "nonzero/study/flip_study.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

constexpr uint32_t kSensitivityZ = 4;  // spec, "Layer search"
constexpr uint64_t kGaussianSeed = 1;

class Study {
 public:
  Study(const IntegerNetwork& network, const LabelledCodes& search, const FlipStudyOptions& options)
      : network_(network), search_(search), options_(options) {
    study_.flips = std::make_shared<NetworkFlips>(network, options.group, options.mode);
  }

  FlipStudy run(const LabelledCodes& test) {
    check();
    start();
    if (options_.curves)
      study_.curves = layer_curves(*inference_, search_.labels, flips(), options_.progress);
    if (options_.z)
      study_.z = *options_.z;
    else
      search_settings();
    measure(test);
    return std::move(study_);
  }

 private:
  [[nodiscard]] const NetworkFlips& flips() const { return *study_.flips; }
  [[nodiscard]] bool searches() const { return !options_.z.has_value(); }

  void check() const {
    const bool labelled = search_.labelled();
    if (searches() && options_.objective == FlipObjective::kAccuracy && !labelled)
      throw InputError("accuracy is the objective, and there are no labelled images to measure it on",
                       "use: --images FILE --labels FILE, or --objective proxy");
    if (searches() && options_.objective == FlipObjective::kProxy && options_.measured_proxy && !labelled)
      throw InputError("a measured proxy without labelled images", "use: --images FILE --labels FILE");
    if (options_.curves && search_.codes.empty())
      throw InputError("curves without images", "use: --images FILE, with --labels FILE for accuracy");
    if (!options_.z) return;
    if (options_.z->size() != flips().layers())
      throw InputError(fmt::format("{} numbers of zero columns", options_.z->size()),
                       fmt::format("expected: {}, one per layer", flips().layers()));
    for (const uint32_t z : *options_.z)
      if (z > kMostZeroColumns)
        throw InputError(fmt::format("{} zero columns", z),
                         fmt::format("allowed: 0 to {}", kMostZeroColumns));
  }

  // Weights that cannot be run can still be flipped by the proxy or a given z.
  void start() {
    try {
      inference_.emplace(IntegerInference(network_), search_.codes);
    } catch (const InputError& error) {
      if (!search_.codes.empty()) throw;
      study_.not_run = error.what();
    }
  }

  [[nodiscard]] FlipCost cost() const {
    if (options_.cost) return options_.cost(flips());
    return [this](uint32_t layer, uint32_t z) { return flips().compressed_bytes(layer, z); };
  }

  std::unique_ptr<FlipLoss> make_loss() {
    if (options_.objective == FlipObjective::kAccuracy)
      return std::make_unique<MeasuredLoss>(*inference_, search_.labels, flips(), options_.progress);
    return std::make_unique<ProxyLoss>(proxy_errors(flips()), sensitivities());
  }

  std::vector<double> sensitivities() const {
    if (!options_.measured_proxy) return {};
    const uint64_t classes = inference_->network().logits().elements;
    const double unflipped = accuracy(inference_->logits(), search_.labels, classes).share();
    std::vector<double> lost;
    lost.reserve(flips().layers());
    for (uint64_t layer = 0; layer < flips().layers(); ++layer) {
      const auto logits = inference_->logits_with(layer, flips().weights(layer, kSensitivityZ));
      lost.push_back(std::max(0.0, 100 * (unflipped - accuracy(logits, search_.labels, classes).share())));
    }
    return lost;
  }

  void search_settings() {
    const auto loss = make_loss();
    SearchOptions options;
    options.budget = options_.budget;
    if (options_.warm_start) {
      std::vector<uint64_t> weights;
      for (const IntegerLayer& layer : network_.layers) weights.push_back(layer.shape.weights());
      options.z = nonzero::warm_start(weights, *loss, options_.budget);
    }
    study_.search = search_layers(static_cast<uint32_t>(flips().layers()), cost(), *loss, options);
    study_.z = study_.search->z;
  }

  void measure(const LabelledCodes& test) {
    if (!inference_) return;
    const IntegerInference before(network_), after(flipped_network(network_, flips(), study_.z));
    if (search_.labelled()) study_.on_search_set = compare(before, after, search_);
    if (test.labelled()) study_.on_test_set = compare(before, after, test);
    const LabelledCodes& images = test.codes.empty() ? search_ : test;
    if (!images.codes.empty()) {
      study_.images = change(before, after, images.codes);
      if (!images.labelled()) keep_logits(before, after, images.codes);
    }
    study_.gaussian =
        change(before, after, gaussian_codes(kGaussianInputs, before.input().elements, kGaussianSeed));
  }

  static BeforeAfter compare(const IntegerInference& before, const IntegerInference& after,
                             const LabelledCodes& set) {
    const uint64_t classes = before.logits().elements;
    return {accuracy(before.run(set.codes), set.labels, classes),
            accuracy(after.run(set.codes), set.labels, classes)};
  }

  static OutputChange change(const IntegerInference& before, const IntegerInference& after,
                             const std::vector<int8_t>& codes) {
    const inference::PlanTensor& logits = before.logits();
    const std::vector<int8_t> was = before.run(codes), is = after.run(codes);
    const auto first = labels_of(was, logits.elements), second = labels_of(is, logits.elements);
    OutputChange change{first.size(), 0, sqnr_db(was, is, logits.quantisation)};
    for (size_t i = 0; i < first.size(); ++i) change.other_answers += first[i] != second[i];
    return change;
  }

  void keep_logits(const IntegerInference& before, const IntegerInference& after,
                   const std::vector<int8_t>& codes) {
    const inference::PlanTensor& logits = before.logits();
    if (codes.size() / before.input().elements > kFewImages || logits.elements > kFewImages) return;
    const auto rows = [&](const std::vector<int8_t>& all) {
      std::vector<std::vector<double>> real;
      for (size_t at = 0; at < all.size(); ++at) {
        if (at % logits.elements == 0) real.emplace_back();
        real.back().push_back(logits.quantisation.scale * (all[at] - logits.quantisation.zero_point));
      }
      return real;
    };
    study_.logits_before = rows(before.run(codes));
    study_.logits_after = rows(after.run(codes));
  }

  const IntegerNetwork& network_;
  const LabelledCodes& search_;
  const FlipStudyOptions& options_;
  std::optional<CachedInference> inference_;
  FlipStudy study_;
};

}  // namespace

FlipStudy run_flip_study(const IntegerNetwork& network, const LabelledCodes& search,
                         const LabelledCodes& test, const FlipStudyOptions& options) {
  return Study(network, search, options).run(test);
}

}  // namespace nonzero
