#include "nonzero/report/flip_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace nonzero {
namespace {

using Json = nlohmann::ordered_json;

std::string accuracy_text(const Accuracy& accuracy) {
  return fmt::format("{:.2f} +- {:.2f} %", 100 * accuracy.share(), 100 * accuracy.standard_error());
}

std::string text_of(const std::string& set, const BeforeAfter& accuracy) {
  return fmt::format(
      "Accuracy on {}: {} before, {} after ({} and {} of {} images; +- is the standard error).", set,
      accuracy_text(accuracy.before), accuracy_text(accuracy.after), accuracy.before.correct,
      accuracy.after.correct, accuracy.before.images);
}

std::string text_of(const std::string& inputs, const OutputChange& change) {
  return fmt::format("Logits on {}: {} dB signal to noise over {} inputs, {} with another answer.", inputs,
                     std::isinf(change.sqnr_db) ? "unlimited" : fmt::format("{:.1f}", change.sqnr_db),
                     change.inputs, change.other_answers);
}

std::string conditions(const FlipStudy& study, const FlipTitle& title) {
  const std::string flips =
      fmt::format("Flip {}, groups of {}.", name(study.flips->mode()), study.flips->group());
  if (!study.search) return flips + " The numbers of zero columns were given.";
  const bool accuracy = title.objective == FlipObjective::kAccuracy;
  return fmt::format(
      "{} Search within {:.4g}{} of {}: {} steps, {} evaluations, {:.0f} {}, {} {:.4g}{} lost.", flips,
      title.budget, accuracy ? " points" : "", accuracy ? "accuracy on the search set" : "the proxy",
      study.search->steps.size(), study.search->evaluations, study.search->gain, title.gain,
      accuracy ? "accuracy of" : "proxy of", study.search->loss, accuracy ? " points" : "");
}

std::vector<std::string> paragraphs(const FlipStudy& study, const FlipTitle& title) {
  std::vector<std::string> text = {conditions(study, title)};
  if (study.on_search_set)
    text.push_back(text_of(fmt::format("the search set ({})", title.search_set), *study.on_search_set));
  if (study.on_test_set)
    text.push_back(text_of(fmt::format("the test set ({})", title.test_set), *study.on_test_set));
  if (study.images) text.push_back(text_of("images", *study.images));
  if (study.gaussian) text.push_back(text_of("Gaussian inputs", *study.gaussian));
  for (size_t i = 0; i < study.logits_before.size(); ++i)
    text.push_back(fmt::format("Logits of image {}: {:.4g} before, {:.4g} after.", i,
                               fmt::join(study.logits_before[i], ", "),
                               fmt::join(study.logits_after[i], ", ")));
  if (!study.not_run.empty()) text.push_back("Not run: " + study.not_run + ".");
  return text;
}

std::vector<FlippedLayer> layers_of(const IntegerNetwork& network, const FlipStudy& study) {
  const NetworkFlips& flips = *study.flips;
  std::vector<FlippedLayer> layers;
  layers.reserve(study.z.size());
  for (uint64_t l = 0; l < study.z.size(); ++l) {
    const BitColumnStatistics &before = flips.statistics(l, 0), &after = flips.statistics(l, study.z[l]);
    FlippedLayer layer;
    layer.name = network.layers[l].name;
    layer.weights = before.weights;
    layer.group = network.layers[l].shape.kind == LayerKind::kDepthwise ? kDepthwiseGroup : flips.group();
    layer.target = study.z[l];
    layer.zero_before = before.mean_zero_columns();
    layer.zero_after = after.mean_zero_columns();
    layer.bits_before = before.compressed_bits;
    layer.bits_after = after.compressed_bits;
    layer.relative_error = std::sqrt(flips.report(l, study.z[l]).relative_error());
    layers.push_back(layer);
  }
  return layers;
}

// Accuracy in per cent where there are labels, else decibels of the logits.
std::vector<FlipPageCurve> curves_of(const IntegerNetwork& network, const FlipStudy& study, bool labelled) {
  std::vector<FlipPageCurve> curves;
  for (const LayerPoint& point : study.curves) {
    if (point.z == 0) curves.push_back({network.layers[point.layer].name, {}, {}});
    if (!labelled && std::isinf(point.sqnr_db)) continue;
    curves.back().zero_columns.push_back(point.mean_zero_columns);
    curves.back().measure.push_back(labelled ? 100 * point.accuracy.share() : point.sqnr_db);
  }
  return curves;
}

// The group that the flip changed most, as an example.
FlippedGroup example_group(const IntegerNetwork& network, const FlipStudy& study) {
  FlippedGroup example;
  int64_t most = 0;
  for (uint64_t l = 0; l < study.z.size(); ++l) {
    IntegerLayer layer = network.layers[l];
    const GroupedWeights before = grouped_weights(layer, study.flips->group());
    layer.weights = study.flips->weights(l, study.z[l]);
    const GroupedWeights after = grouped_weights(layer, study.flips->group());
    const uint64_t group = before.layout.group;
    for (uint64_t first = 0; first < before.values.size(); first += group) {
      int64_t changed = 0;
      for (uint64_t i = first; i < first + group; ++i) changed += before.values[i] != after.values[i];
      if (changed <= most) continue;
      most = changed;
      const auto begin = static_cast<std::ptrdiff_t>(first), end = begin + static_cast<std::ptrdiff_t>(group);
      example = {fmt::format("{}, group {}", layer.name, first / group),
                 {before.values.begin() + begin, before.values.begin() + end},
                 {after.values.begin() + begin, after.values.begin() + end}};
    }
  }
  return example;
}

Json json_of(const Accuracy& accuracy) {
  return {{"correct", accuracy.correct},
          {"images", accuracy.images},
          {"share", accuracy.share()},
          {"standard_error", accuracy.standard_error()}};
}

Json decibels(double value) { return std::isinf(value) ? Json(nullptr) : Json(value); }

Json json_of(const std::string& source, const BeforeAfter& accuracy) {
  return {{"source", source}, {"before", json_of(accuracy.before)}, {"after", json_of(accuracy.after)}};
}

Json json_of(const OutputChange& change) {
  return {{"inputs", change.inputs},
          {"other_answers", change.other_answers},
          {"sqnr_db", decibels(change.sqnr_db)}};
}

Json json_of(const SearchResult& search, const IntegerNetwork& network, const FlipTitle& title) {
  Json j = {{"objective", title.objective == FlipObjective::kAccuracy ? "accuracy" : "proxy"},
            {"budget", title.budget},
            {"gain_unit", title.gain},
            {"gain", search.gain},
            {"loss", search.loss},
            {"evaluations", search.evaluations},
            {"start", search.start},
            {"steps", Json::array()}};
  for (const SearchStep& step : search.steps)
    j["steps"].push_back({{"layer", network.layers[step.layer].name},
                          {"z", step.z},
                          {"gain", step.gain},
                          {"loss", step.loss},
                          {"total_loss", step.total_loss},
                          {"accepted", step.accepted}});
  return j;
}

Json layers_json(const IntegerNetwork& network, const FlipStudy& study) {
  Json layers = Json::array();
  for (const FlippedLayer& layer : layers_of(network, study))
    layers.push_back({{"name", layer.name},
                      {"weights", layer.weights},
                      {"group", layer.group},
                      {"z", layer.target},
                      {"zero_columns_before", layer.zero_before},
                      {"zero_columns_after", layer.zero_after},
                      {"bits_before", layer.bits_before},
                      {"bits_after", layer.bits_after},
                      {"relative_error", layer.relative_error}});
  return layers;
}

Json curves_json(const IntegerNetwork& network, const FlipStudy& study) {
  Json curves = Json::array();
  for (const LayerPoint& point : study.curves) {
    Json one = {
        {"layer", network.layers[point.layer].name},      {"z", point.z},
        {"zero_columns", point.mean_zero_columns},        {"compressed_bytes", point.compressed_bytes},
        {"layer_sqnr_db", decibels(point.layer_sqnr_db)}, {"sqnr_db", decibels(point.sqnr_db)}};
    if (point.accuracy.images > 0) one["accuracy"] = json_of(point.accuracy);
    curves.push_back(std::move(one));
  }
  return curves;
}

}  // namespace

FlipPage flip_page_data(const IntegerNetwork& network, const FlipStudy& study, const FlipTitle& title) {
  FlipPage page;
  page.title = "Bit columns of " + network.name + ", flipped";
  page.command = title.command;
  page.text = paragraphs(study, title);
  page.gain = title.gain;
  page.loss = title.objective == FlipObjective::kAccuracy ? "points lost" : "proxy";
  const bool labelled = !study.curves.empty() && study.curves.front().accuracy.images > 0;
  if (!labelled) {
    page.measure = "signal to noise of the logits";
    page.measure_unit = "dB";
  }
  page.layers = layers_of(network, study);
  page.curves = curves_of(network, study, labelled);
  if (study.search)
    for (const SearchStep& step : study.search->steps)
      page.steps.push_back(
          {network.layers[step.layer].name, step.z, step.gain, step.loss, step.total_loss, step.accepted});
  FlippedGroup example = example_group(network, study);
  if (!example.before.empty()) page.groups.push_back(std::move(example));
  return page;
}

Json flip_json(const IntegerNetwork& network, const FlipStudy& study, const FlipTitle& title) {
  Json j;
  j["schema"] = "nonzero.flip/1";
  j["version"] = NONZERO_VERSION;
  j["command"] = title.command;
  j["network"] = network.name;
  j["mode"] = name(study.flips->mode());
  j["group"] = study.flips->group();
  j["layers"] = layers_json(network, study);
  if (study.search) j["search"] = json_of(*study.search, network, title);
  if (study.on_search_set) j["accuracy"]["search_set"] = json_of(title.search_set, *study.on_search_set);
  if (study.on_test_set) j["accuracy"]["test_set"] = json_of(title.test_set, *study.on_test_set);
  if (study.images) j["logits"]["images"] = json_of(*study.images);
  if (study.gaussian) j["logits"]["gaussian"] = json_of(*study.gaussian);
  if (!study.logits_before.empty()) {
    j["logits"]["before"] = study.logits_before;
    j["logits"]["after"] = study.logits_after;
  }
  if (!study.curves.empty()) j["curves"] = curves_json(network, study);
  if (!study.not_run.empty()) j["not_run"] = study.not_run;
  j["written"] = title.written;
  return j;
}

Table curves_table(const IntegerNetwork& network, const FlipStudy& study) {
  Table table({"layer", "z", "zero columns", "compressed bytes", "relative error", "layer SQNR dB",
               "logits SQNR dB", "correct", "images", "accuracy", "standard error"});
  const auto decibel_text = [](double value) {
    return std::isinf(value) ? "" : fmt::format("{:.2f}", value);
  };
  for (const LayerPoint& point : study.curves) {
    const bool labelled = point.accuracy.images > 0;
    const auto measured = [&](const std::string& text) { return labelled ? text : std::string(); };
    table.add({network.layers[point.layer].name, fmt::format("{}", point.z),
               fmt::format("{:.4f}", point.mean_zero_columns), fmt::format("{:.1f}", point.compressed_bytes),
               fmt::format("{:.6g}", std::sqrt(point.relative_error)), decibel_text(point.layer_sqnr_db),
               decibel_text(point.sqnr_db), measured(fmt::format("{}", point.accuracy.correct)),
               measured(fmt::format("{}", point.accuracy.images)),
               measured(fmt::format("{:.4f}", point.accuracy.share())),
               measured(fmt::format("{:.4f}", point.accuracy.standard_error()))});
  }
  return table;
}

}  // namespace nonzero
