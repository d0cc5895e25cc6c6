#include "nonzero/workload/flexagon_networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/base/memory.h"
#include "nonzero/base/random.h"
#include "nonzero/tensor/hash_mask.h"

namespace nonzero {
namespace {

constexpr double kElementsPerMebibyte = 1024.0 * 1024.0 / 4;  // 4 bytes an element (Table 5)

bool in_order(const SizeRange& range) {
  return range.least > 0 && range.least <= range.average && range.average <= range.most;
}

void check_range(const NetworkStatistics& network, const char* operand, const SizeRange& range) {
  if (in_order(range)) return;
  std::string allowed = "0 < minimum <= average <= maximum";
  const bool exchanged = in_order({network.a.average, network.a.least, network.b.most}) &&
                         in_order({network.b.average, network.b.least, network.a.most});
  if (exchanged)
    allowed += "; the maxima of A and B stand exchanged, as in the paper's rows of VGG-16 and SSD-Resnets";
  else if (range.most < range.average)
    allowed += "; a maximum below the average is a misprint, as in the paper's row of MobileBERT";
  throw InputError(
      fmt::format("network '{}': compressed size of {} has minimum {}, average {}, maximum {} MiB",
                  network.name, operand, range.least, range.average, range.most),
      allowed);
}

void check(const NetworkStatistics& network) {
  for (const double sparsity : {network.sparsity_a, network.sparsity_b})
    if (!(sparsity >= 0 && sparsity < 100))
      throw InputError(fmt::format("network '{}': sparsity {} %", network.name, sparsity),
                       "allowed: 0 to 100, 100 left out");
  if (network.layers < 2)
    throw InputError(fmt::format("network '{}': {} layers", network.name, network.layers),
                     "allowed: 2 or more");
  check_range(network, "A", network.a);
  check_range(network, "B", network.b);
}

double size_at(const SizeRange& range, double exponent, uint64_t i, uint64_t layers) {
  const double u = static_cast<double>(i) / static_cast<double>(layers - 1);
  return range.least * std::pow(range.most / range.least, std::pow(u, exponent));
}

double mean_size(const SizeRange& range, double exponent, uint64_t layers) {
  double sum = 0;
  for (uint64_t i = 0; i < layers; ++i) sum += size_at(range, exponent, i, layers);
  return sum / static_cast<double>(layers);
}

// The mean falls as the exponent grows: the larger it is, the longer sizes stay at the minimum.
double exponent_for_mean(const SizeRange& range, uint64_t layers) {
  double low = 1e-6, high = 1e3;
  constexpr int kHalvings = 200;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (mean_size(range, middle, layers) > range.average ? low : high) = middle;
  }
  return (low + high) / 2;
}

Operand hash_masked(uint64_t rows, uint64_t columns, double sparsity, uint64_t seed, uint64_t operand) {
  return Operand::lazy(rows, columns, 1 - sparsity,
                       fmt::format("hash mask:rows={},columns={},sparsity={},seed={},operand={}", rows,
                                   columns, sparsity, seed, operand == 0 ? "A" : "B"),
                       derive_seed(seed, 11 * (operand + 1)), [=]() -> Matrix {
                         require_memory(static_cast<double>(rows) * static_cast<double>(columns) *
                                            (1 - sparsity) * sizeof(uint32_t),
                                        fmt::format("a {} x {} mask", rows, columns));
                         return generate_hash_mask(rows, columns, sparsity, hash_mask_base(seed, operand));
                       });
}

}  // namespace

std::span<const NetworkStatistics> flexagon_networks() {
  static const std::vector<NetworkStatistics> networks = {
      {"alexnet", 7, 70, 48, {0.56, 0.02, 1.01}, {13.6, 0.18, 63.41}},
      {"squeezenet", 26, 70, 31, {0.05, 0.001, 0.58}, {1.54, 0.02, 26.6}},
      {"vgg16", 8, 90, 80, {0.55, 0.02, 0.90}, {2.90, 0.15, 10.42}},
      {"resnet50", 54, 89, 52, {0.19, 0.001, 1.0}, {1.30, 0.007, 26.64}},
      {"ssd-resnet", 37, 89, 49, {0.12, 0.003, 0.50}, {3.60, 0.003, 10.1}},
      {"ssd-mobilenet", 29, 74, 35, {0.16, 0.002, 1.0}, {0.31, 0.0004, 1.65}},
      {"distilbert", 36, 50, 0.04, {2.25, 1.12, 4.5}, {0.35, 0.23, 0.94}},
      {"mobilebert", 316, 50, 11, {0.10, 0.03, 0.125}, {0.07, 0.003, 0.10}},
  };
  return networks;
}

std::vector<GemmShape> synthetic_layers(const NetworkStatistics& network) {
  check(network);
  const uint64_t n = network.layers;
  const double exponent_a = exponent_for_mean(network.a, n), exponent_b = exponent_for_mean(network.b, n);
  const auto elements = [](double mebibytes, double sparsity) {
    return mebibytes * kElementsPerMebibyte / (1 - sparsity / 100);
  };
  std::vector<GemmShape> layers;
  for (uint64_t i = 0; i < n; ++i) {
    const double a = elements(size_at(network.a, exponent_a, i, n), network.sparsity_a);
    const double b = elements(size_at(network.b, exponent_b, n - 1 - i, n), network.sparsity_b);
    const double k = std::max(1.0, std::min(std::round(2 * std::sqrt(a)), std::floor(b)));
    layers.push_back({fmt::format("{}-{}", network.name, i),
                      static_cast<uint64_t>(std::max(1.0, std::round(a / k))),
                      static_cast<uint64_t>(std::max(1.0, std::round(b / k))), static_cast<uint64_t>(k)});
  }
  return layers;
}

Operation hash_masked_gemm(const GemmShape& shape, double sparsity_a, double sparsity_b, uint64_t seed) {
  return make_gemm(shape.name, hash_masked(shape.m, shape.k, sparsity_a, seed, 0),
                   hash_masked(shape.k, shape.n, sparsity_b, seed, 1), seed);
}

}  // namespace nonzero
