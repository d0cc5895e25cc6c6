#include "nonzero/study/bitwave_claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "nonzero/base/random.h"
#include "nonzero/codesign/bit_flip.h"
#include "nonzero/codesign/network_flip.h"
#include "nonzero/study/bitwave_runs.h"
#include "nonzero/study/means.h"
#include "nonzero/tensor/value_formats.h"
#include "nonzero/workload/data_folder.h"

namespace nonzero {
namespace {

constexpr uint32_t kFlippedColumns = 4;

// One network on BitWave, flipped BitWave and every rival.
struct Comparison {
  std::string network;
  BitTotals flipped;
  std::vector<BitTotals> machines;  // as bit_machines()
};

// Run once, for all the claims that read them.
const std::vector<Comparison>& comparisons() {
  static const std::vector<Comparison> all = [] {
    std::vector<Comparison> made;
    for (const BitNetwork& network : bit_networks()) {
      Comparison one{network.name, run_network(flipped_bitwave(kFlippedColumns), network), {}};
      one.machines.reserve(bit_machines().size());
      for (const BitMachine& machine : bit_machines()) one.machines.push_back(run_network(machine, network));
      made.push_back(std::move(one));
    }
    return made;
  }();
  return all;
}

double speed(const BitTotals& totals) { return static_cast<double>(totals.cycles); }
double energy(const BitTotals& totals) { return totals.energy_pj; }

// The rivals over flipped BitWave: above 1 where BitWave wins, losses below.
std::vector<std::vector<std::string>> ratio_table(double (*measure)(const BitTotals&)) {
  std::vector<std::vector<std::string>> table = {{"network"}};
  for (const BitMachine& machine : bit_machines()) table[0].push_back(machine.name);
  for (const Comparison& one : comparisons()) {
    std::vector<std::string> row = {one.network};
    for (const BitTotals& totals : one.machines)
      row.push_back(fmt::format("{:.2f}", measure(totals) / measure(one.flipped)));
    table.push_back(std::move(row));
  }
  return table;
}

// The first machine is BitWave itself.
Ours largest(double (*measure)(const BitTotals&)) {
  Ours ours;
  ours.value = 0;
  std::string where;
  for (const Comparison& one : comparisons())
    for (size_t i = 1; i < one.machines.size(); ++i) {
      const double ratio = measure(one.machines[i]) / measure(one.flipped);
      if (ratio <= *ours.value) continue;
      ours.value = ratio;
      where = fmt::format("{} on {}", bit_machines()[i].name, one.network);
    }
  ours.detail = fmt::format(
      "{} over BitWave with z = {} whatever the accuracy; activations without zeros but drawn ones", where,
      kFlippedColumns);
  if (!data_folder()) ours.detail += "; without the real networks, whose folder is not at hand";
  return ours;
}

Ours with_table(Ours ours, double (*measure)(const BitTotals&)) {
  ours.table = ratio_table(measure);
  return ours;
}

size_t index_of(const std::string& name) {
  const auto& all = bit_machines();
  return static_cast<size_t>(
      std::find_if(all.begin(), all.end(), [&](const BitMachine& one) { return one.name == name; }) -
      all.begin());
}

Ours mean_over_stripes(bool of_energy) {
  const size_t stripes = index_of("stripes"), bitwave = index_of("bitwave");
  std::vector<double> ratios;
  Ours ours;
  ours.table = {{"network", of_energy ? "energy over Stripes" : "speed-up over Stripes"}};
  for (const Comparison& one : comparisons()) {
    const BitTotals &ref = one.machines[stripes], &own = one.machines[bitwave];
    ratios.push_back(of_energy ? energy(own) / energy(ref) : speed(ref) / speed(own));
    ours.table.push_back({one.network, fmt::format("{:.3f}", ratios.back())});
  }
  ours.value = mean(ratios);
  ours.detail = "mean over the networks below, bits not flipped";
  return ours;
}

Ours flip_example() {
  constexpr std::array<int8_t, 4> kGroup = {-3, 4, 5, -4}, kPublished = {-4, 4, 5, -4};
  constexpr uint32_t kZeroColumns = 5;
  std::array<int8_t, 4> group = kGroup;
  flip_group(group, kZeroColumns, FlipMode::kExact);
  return {group == kPublished ? 1.0 : 0.0,
          fmt::format("({}, {}, {}, {})", group[0], group[1], group[2], group[3])};
}

// Zeros in random places at the share that the paper's layer has.
std::vector<int8_t> weights_with_zeros() {
  constexpr double kZeros = 0.204;
  std::vector<int8_t> weights(36864);
  Random random(1);
  for (int8_t& weight : weights)
    weight = random.chance(kZeros) ? int8_t{0} : static_cast<int8_t>(1 + random.below(127));
  return weights;
}

Ours value_format(const std::string& format) {
  constexpr uint64_t kColumns = 576;  // 64 x 64 x 3 x 3 as 64 rows
  const std::vector<int8_t> weights = weights_with_zeros();
  const uint64_t bits = format == "ZRE" ? zre_bits(weights) : csr_bits(weights, kColumns);
  return {static_cast<double>(bits) / (8.0 * static_cast<double>(weights.size())),
          format + " of 64 x 576 weights, 20.4 % of them zero in random places"};
}

// ResNet-8 on the 600 images, which resolve more than the 200: one layer at a time, and all at once.
struct Resnet8Flips {
  Accuracy unflipped, all_flipped;
  std::vector<std::string> names;
  std::vector<uint32_t> tolerated;  // by layer: the largest z with a loss below a point
};

std::optional<Resnet8Flips> resnet8_flips() {
  const auto data = data_folder();
  if (!data) return std::nullopt;
  constexpr uint32_t kGroup = 16;
  constexpr double kTolerated = 1;  // points
  const IntegerNetwork network = read_integer_network((*data / "tflite" / "resnet8_int8.tflite").string());
  const ImageSet images = read_image_set((*data / "train" / "cifar10_jpeg_train600.npz").string());
  IntegerInference inference(network);
  const Quantisation& input = inference.input().quantisation;
  const std::vector<int8_t> codes =
      input_codes(images, input, inference.input().elements, pixel_range_for(input));
  CachedInference cached(std::move(inference), codes);
  const NetworkFlips flips(network, kGroup, FlipMode::kExact);
  MeasuredLoss loss(cached, images.labels, flips);
  Resnet8Flips result;
  result.unflipped = loss.unflipped();
  std::vector<uint32_t> z(network.layers.size(), 0);
  for (size_t layer = 0; layer < z.size(); ++layer) {
    uint32_t largest_z = 0;
    for (uint32_t tried = 1; tried <= kMostSearchedZeroColumns; ++tried) {
      z[layer] = tried;
      if (loss.total(z) < kTolerated) largest_z = tried;
    }
    z[layer] = 0;
    result.names.push_back(network.layers[layer].name);
    result.tolerated.push_back(largest_z);
  }
  std::fill(z.begin(), z.end(), kFlippedColumns);
  loss.total(z);
  result.all_flipped = loss.current();
  return result;
}

const std::optional<Resnet8Flips>& resnet8() {
  static const std::optional<Resnet8Flips> flips = resnet8_flips();
  return flips;
}

const char* const kNeedsData = "needs ResNet-8 and its images: name the data folder with NONZERO_DATA";

Ours flip_tolerance() {
  if (!resnet8()) return {std::nullopt, kNeedsData};
  constexpr uint32_t kForced = 3;
  const Resnet8Flips& flips = *resnet8();
  const auto tolerant =
      std::count_if(flips.tolerated.begin(), flips.tolerated.end(), [](uint32_t z) { return z >= kForced; });
  Ours ours;
  ours.value = static_cast<double>(tolerant) / static_cast<double>(flips.tolerated.size());
  ours.detail =
      fmt::format("ResNet-8, {} images (one image is {:.1f} points), groups of 16, each layer alone",
                  flips.unflipped.images, 100.0 / static_cast<double>(flips.unflipped.images));
  ours.table = {{"layer", "largest z at a loss below a point"}};
  for (size_t i = 0; i < flips.names.size(); ++i)
    ours.table.push_back({flips.names[i], fmt::format("{}", flips.tolerated[i])});
  return ours;
}

Ours four_forced_columns() {
  if (!resnet8()) return {std::nullopt, kNeedsData};
  const Resnet8Flips& flips = *resnet8();
  return {100 * (flips.unflipped.share() - flips.all_flipped.share()),
          fmt::format("ResNet-8: {:.1f} % before, {:.1f} % after, {} images, standard error {:.1f} points",
                      100 * flips.unflipped.share(), 100 * flips.all_flipped.share(), flips.unflipped.images,
                      100 * flips.unflipped.standard_error())};
}

}  // namespace

void add_bitwave_claims(ClaimModels& models) {
  models["bw/max-speedup-bound"] = [] { return largest(speed); };
  models["bw/max-efficiency-bound"] = [] { return largest(energy); };
  models["bw/max-speedup"] = [] { return with_table(largest(speed), speed); };
  models["bw/max-efficiency"] = [] { return with_table(largest(energy), energy); };
  models["bw/flip-example"] = flip_example;
  models["bw/flip-tolerance"] = flip_tolerance;
  models["bw/bbs-accuracy"] = four_forced_columns;
  models["bw/value-formats/zre"] = [] { return value_format("ZRE"); };
  models["bw/value-formats/csr"] = [] { return value_format("CSR"); };
  models["bw/bbs-speed/bitwave"] = [] { return mean_over_stripes(false); };
  models["bw/bbs-energy"] = [] { return mean_over_stripes(true); };
  for (const char* id : {"bw/conv2-columns/twos-complement", "bw/conv2-columns/sign-magnitude"})
    models[id] = [] { return Ours{std::nullopt, "ResNet18's own weights are not at hand"}; };
  for (const char* id : {"bw/area", "bw/power", "bw/bbs-pe/area", "bw/bbs-pe/power"})
    models[id] = [] {
      return Ours{std::nullopt, "the published figure is itself an entry of the technology table"};
    };
  models["bw/bbs-speed/bitvert"] = [] { return Ours{std::nullopt, "no model of BitVert in the house"}; };
}

}  // namespace nonzero
