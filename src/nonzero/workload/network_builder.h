#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "nonzero/workload/integer_network.h"

namespace nonzero::network {

// Weights of one of the three kinds that files hold, in the file's order.
using StoredWeights = std::variant<std::vector<int8_t>, std::vector<uint8_t>, std::vector<float>>;

uint64_t size(const StoredWeights& weights);

// `blocks` matrices of rows x columns each, every one transposed: OHWI to [K, C, FY, FX] (K blocks of FY*FX
// x C), 1HWC to [C, 1, FY, FX] (one block of FY*FX x C), IO to OI.
StoredWeights transposed(const StoredWeights& weights, uint64_t blocks, uint64_t rows, uint64_t columns);

// A layer as a file has it, its weights in [K, C, FY, FX].
struct StoredLayer {
  IntegerLayer layer;  // without weights, scales and bias
  StoredWeights weights;
  std::vector<double> scales;        // one or K; none of float weights
  std::vector<int64_t> zero_points;  // none for 0; one or K
  std::vector<int32_t> bias;         // none or K
};

// Where a window of `kernel` taps stands under TensorFlow's padding SAME: what is missing before the first
// element. total = max(0, (out - 1) * stride + extent - in), the smaller half before.
uint64_t same_padding_before(uint64_t in, uint64_t out, uint64_t kernel, uint64_t stride, uint64_t dilation);

// Activation codes of uint8 as int8: 128 less, as the zero point.
Quantisation shifted_from_uint8(Quantisation quantisation);

// Takes layers as their files have them and makes them int8, symmetric; counts what that changes.
class NetworkBuilder {
 public:
  NetworkBuilder(std::string name, std::string source);

  // Throws InputError naming the layer for scales that are none, are not above 0 or not one or K, a bias that
  // is not K, weights that are not the shape's, NaN and Inf, loop bounds that are 0 or leave 64 bits.
  void add(StoredLayer stored, uint64_t operator_index = 0);
  void warn(std::string warning) { network_.warnings.push_back(std::move(warning)); }
  [[nodiscard]] uint64_t layers() const { return network_.layers.size(); }
  // Throws InputError where no layer was added.
  IntegerNetwork finish(std::shared_ptr<const TfliteModel> graph = nullptr);

 private:
  struct Count {
    uint64_t layers = 0, weights = 0;
  };
  void take_codes(std::vector<int8_t> codes, StoredLayer& stored);
  void requantise(std::vector<float> values, StoredLayer& stored);

  IntegerNetwork network_;
  Count asymmetric_, floats_, clamped_;
};

}  // namespace nonzero::network
