#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/base/progress.h"
#include "nonzero/codesign/bit_flip.h"
#include "nonzero/codesign/layer_search.h"
#include "nonzero/codesign/network_bits.h"
#include "nonzero/workload/image_set.h"
#include "nonzero/workload/integer_inference.h"

// Bits of a whole network flipped, layer by layer, and what that does to its answers (BitWave spec,
// "Bit-flip", "Layer search").
namespace nonzero {

// Every layer of a network at every z from 0 to 8, each flipped once, from the given weights.
class NetworkFlips {
 public:
  // Throws InputError where G is not 4, 8, 16 or 32.
  NetworkFlips(const IntegerNetwork& network, uint32_t group, FlipMode mode);

  [[nodiscard]] uint64_t layers() const { return layers_.size(); }
  [[nodiscard]] uint32_t group() const { return group_; }
  [[nodiscard]] FlipMode mode() const { return mode_; }
  // [K, C, FY, FX]. z = 0: as given.
  [[nodiscard]] const std::vector<int8_t>& weights(uint64_t layer, uint32_t z) const {
    return at(layer, z).weights;
  }
  [[nodiscard]] const FlipReport& report(uint64_t layer, uint32_t z) const { return at(layer, z).report; }
  [[nodiscard]] const BitColumnStatistics& statistics(uint64_t layer, uint32_t z) const {
    return at(layer, z).statistics;
  }
  [[nodiscard]] double compressed_bytes(uint64_t layer, uint32_t z) const;

 private:
  struct Flipped {
    std::vector<int8_t> weights;
    FlipReport report;
    BitColumnStatistics statistics;
  };
  [[nodiscard]] const Flipped& at(uint64_t layer, uint32_t z) const { return layers_[layer][z]; }

  uint32_t group_;
  FlipMode mode_;
  std::vector<std::vector<Flipped>> layers_;  // [layer][z]
};

// The network with every layer at its z.
IntegerNetwork flipped_network(const IntegerNetwork& network, const NetworkFlips& flips,
                               std::span<const uint32_t> z);

// What the proxy adds up: |W - W'|^2 / |W|^2 of each layer at z = 0 … 7.
std::vector<ProxyLoss::Errors> proxy_errors(const NetworkFlips& flips);

struct Accuracy {
  uint64_t correct = 0, images = 0;

  [[nodiscard]] double share() const;
  [[nodiscard]] double standard_error() const;  // of a binomial: sqrt(p (1 - p) / n)
};

// Throws InputError where a label is no class of the network, or there is not one for each image.
Accuracy accuracy(std::span<const int8_t> logits, std::span<const uint32_t> labels, uint64_t classes);

// 10 log10(|y|^2 / |y - y'|^2) of outputs as codes of one quantisation; infinite where both are equal.
double sqnr_db(std::span<const int8_t> before, std::span<const int8_t> after,
               const Quantisation& quantisation);

// Input codes drawn from a normal distribution whose +-2 standard deviations are the codes' range [choice].
std::vector<int8_t> gaussian_codes(uint64_t images, uint64_t elements, uint64_t seed);

// Points of accuracy, of 100, that a setting loses beside the unflipped network, measured on labelled images.
class MeasuredLoss : public FlipLoss {
 public:
  // All must outlive the loss; `inference` holds the unflipped network and ends at the last z asked for.
  // Throws InputError as accuracy() does.
  MeasuredLoss(CachedInference& inference, std::span<const uint32_t> labels, const NetworkFlips& flips,
               const Progress* progress = nullptr);

  double total(std::span<const uint32_t> z) override;
  std::vector<double> raised(std::span<const uint32_t> z, std::span<const uint32_t> layers) override;

  [[nodiscard]] const Accuracy& unflipped() const { return unflipped_; }
  [[nodiscard]] Accuracy current() const;

 private:
  void move_to(std::span<const uint32_t> z);
  [[nodiscard]] double loss_of(std::span<const int8_t> logits) const;

  CachedInference& inference_;
  std::span<const uint32_t> labels_;
  const NetworkFlips& flips_;
  const Progress* progress_;
  uint64_t classes_;
  std::vector<uint32_t> z_;
  Accuracy unflipped_;
  uint64_t rounds_ = 0;
};

// One layer at one z, all others unflipped.
struct LayerPoint {
  uint64_t layer = 0;
  uint32_t z = 0;
  double mean_zero_columns = 0, compressed_bytes = 0, relative_error = 0;
  double layer_sqnr_db = 0;  // of the layer's own outputs on Gaussian inputs
  double sqnr_db = 0;        // of the network's logits on its images
  Accuracy accuracy;         // images = 0: no labels
};

// Every layer alone at z = 0 … 7. `labels` may be empty. `inference` holds the unflipped network.
std::vector<LayerPoint> layer_curves(const CachedInference& inference, std::span<const uint32_t> labels,
                                     const NetworkFlips& flips, const Progress* progress = nullptr);

}  // namespace nonzero
