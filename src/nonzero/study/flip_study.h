#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nonzero/codesign/network_flip.h"

namespace nonzero {

// Inputs of a network as codes, with the class of each, if known.
struct LabelledCodes {
  std::vector<int8_t> codes;
  std::vector<uint32_t> labels;

  [[nodiscard]] bool labelled() const { return !labels.empty(); }
};

enum class FlipObjective : uint8_t { kAccuracy, kProxy };

struct FlipStudyOptions {
  uint32_t group = 16;
  FlipMode mode = FlipMode::kExact;
  FlipObjective objective = FlipObjective::kAccuracy;
  double budget = 0;                       // points of accuracy, or of the proxy
  std::optional<std::vector<uint32_t>> z;  // given: no search
  bool warm_start = false;                 // after the paper's policy
  bool measured_proxy = false;             // s_l = points lost with only l flipped, at z = 4
  bool curves = false;
  std::function<FlipCost(const NetworkFlips&)> cost;  // none: compressed bytes
  const Progress* progress = nullptr;
};

struct BeforeAfter {
  Accuracy before, after;
};

// What the flip does to the logits of some inputs.
struct OutputChange {
  uint64_t inputs = 0, other_answers = 0;  // whose largest logit is another one
  double sqnr_db = 0;
};

struct FlipStudy {
  std::shared_ptr<const NetworkFlips> flips;
  std::vector<uint32_t> z;
  std::optional<SearchResult> search;
  std::optional<BeforeAfter> on_search_set, on_test_set;
  std::optional<OutputChange> images, gaussian;
  // Logits of the images as real values, [image][class], where there are few and no labels.
  std::vector<std::vector<double>> logits_before, logits_after;
  std::vector<LayerPoint> curves;
  std::string not_run;  // why nothing was measured, where the network cannot be run
};

inline constexpr uint64_t kGaussianInputs = 16;
inline constexpr uint64_t kFewImages = 16;

// Searches or takes the z of every layer and measures the flipped network: accuracy on the search set and,
// apart from it, on the test set; the change of the logits on images and on Gaussian inputs. Throws InputError
// where accuracy is the objective and no labelled images are there, where the network cannot be run but must
// be, on z of another number of layers or above 8, and as the search does.
FlipStudy run_flip_study(const IntegerNetwork& network, const LabelledCodes& search,
                         const LabelledCodes& test, const FlipStudyOptions& options);

}  // namespace nonzero
