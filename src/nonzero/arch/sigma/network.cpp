#include "nonzero/arch/sigma/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "nonzero/base/error.h"
#include "nonzero/hw/reduction/art.h"
#include "nonzero/hw/reduction/fan.h"
#include "nonzero/hw/reduction/linear.h"

namespace nonzero::sigma {
namespace {

constexpr uint64_t kSampleSeed = 2020;
constexpr uint64_t kMostOutputs = 100'000'000;

// The streaming word at (k, step), if it is not zero.
const float* find_word(const Csr& streaming, uint32_t k, uint64_t step) {
  const auto fiber = streaming.fiber(k);
  const auto found = std::lower_bound(fiber.begin(), fiber.end(), step);
  if (found == fiber.end() || *found != step) return nullptr;
  return &streaming.values[streaming.offsets[k] + static_cast<uint64_t>(found - fiber.begin())];
}

}  // namespace

WordByWord::WordByWord(const Csr& stationary, const Csr& streaming, const Config& config, Tamper tamper)
    : stationary_(stationary),
      streaming_(streaming),
      config_(config),
      tamper_(std::move(tamper)),
      benes_(static_cast<uint32_t>(config.multipliers_per_dpe)),
      random_(kSampleSeed) {
  if (!makes_product()) return;
  if (stationary.rows * streaming.columns > kMostOutputs)
    throw InputError(fmt::format("routing = full with {} x {} outputs", stationary.rows, streaming.columns),
                     fmt::format("allowed: up to {} outputs; routing = sample takes any size", kMostOutputs));
  if (config.data_type == DataType::kInt16)
    throw InputError("routing = full with data_type = int16",
                     "allowed: int8 and floating point; the networks add in fp32");
  sums_.assign(stationary.rows * streaming.columns, 0);
  present_.assign(sums_.size(), 0);
}

void WordByWord::add(const Segment& segment) {
  if (config_.routing == Routing::kNone) return;
  if (segment.slab >= open_.size()) open_.resize(segment.slab + 1);
  FlexDpe& dpe = open_[segment.slab];
  const auto lanes = static_cast<uint64_t>(config_.multipliers_per_dpe);
  const uint64_t number =
      segment.fold * static_cast<uint64_t>(config_.flex_dpes) + segment.first_lane / lanes;
  if (number != dpe.number) close(dpe);
  dpe.number = number;
  for (uint64_t e = segment.first_element; e < segment.end_element; ++e) {
    const uint32_t k = stationary_.indices[e];
    if (streaming_.offsets[k] == streaming_.offsets[k + 1]) continue;  // REGOR
    dpe.elements.push_back(e);
    dpe.rows.push_back(segment.row);
  }
}

void WordByWord::finish() {
  for (FlexDpe& dpe : open_) close(dpe);
}

// Geometric gaps: each step is sampled with the same probability, at a cost per sample only.
uint64_t WordByWord::steps_until_next_sample() {
  if (config_.routing_share >= 1) return 0;
  if (config_.routing_share <= 0) return ~uint64_t{0} / 2;
  const double gap = std::floor(std::log1p(-random_.unit()) / std::log1p(-config_.routing_share));
  return gap > 1e18 ? uint64_t{1} << 60U : static_cast<uint64_t>(gap);
}

void WordByWord::close(FlexDpe& dpe) {
  if (!dpe.elements.empty()) {
    const uint64_t steps = streaming_.columns;
    if (makes_product()) {
      for (uint64_t step = 0; step < steps; ++step) run_step(dpe, step);
    } else {
      // The very first step is always among the sample.
      uint64_t step = until_sample_;
      for (; step < steps; step += 1 + steps_until_next_sample()) run_step(dpe, step);
      until_sample_ = step - steps;
    }
    steps_seen_ += steps;
  }
  dpe.elements.clear();
  dpe.rows.clear();
}

std::vector<float> WordByWord::reduce(std::span<const int32_t> vec_ids,
                                      std::span<const float> products) const {
  const auto lanes = static_cast<uint32_t>(config_.multipliers_per_dpe);
  if (config_.reduction == Reduction::kArt) return hw::Art::reduce(hw::Art(lanes).plan(vec_ids), products);
  if (config_.reduction == Reduction::kFan) return hw::Fan::reduce(hw::Fan(lanes).plan(vec_ids), products);
  return hw::LinearReduction(lanes).reduce(vec_ids, products);
}

void WordByWord::run_step(const FlexDpe& dpe, uint64_t step) {
  const size_t lanes = benes_.lanes(), filled = dpe.elements.size();
  // SRC: the step's words that this Flex-DPE needs, renumbered in order of k.
  std::vector<uint32_t> needed;
  for (const uint64_t e : dpe.elements) needed.push_back(stationary_.indices[e]);
  std::sort(needed.begin(), needed.end());
  needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
  std::erase_if(needed, [&](uint32_t k) { return find_word(streaming_, k, step) == nullptr; });
  std::vector<float> words(lanes);
  for (size_t rank = 0; rank < needed.size(); ++rank)
    words[rank] = *find_word(streaming_, needed[rank], step);

  // DEST: the lanes, and the group (vecID) each belongs to.
  std::vector<int32_t> source(lanes, -1), vec_ids(lanes, -1);
  std::vector<uint64_t> group_rows;
  std::vector<char> group_used;
  for (size_t lane = 0; lane < filled; ++lane) {
    if (lane == 0 || dpe.rows[lane] != dpe.rows[lane - 1]) {
      group_rows.push_back(dpe.rows[lane]);
      group_used.push_back(0);
    }
    vec_ids[lane] = static_cast<int32_t>(group_rows.size()) - 1;
    const uint32_t k = stationary_.indices[dpe.elements[lane]];
    const auto rank = std::lower_bound(needed.begin(), needed.end(), k);
    if (rank == needed.end() || *rank != k) continue;
    source[lane] = static_cast<int32_t>(rank - needed.begin());
    group_used.back() = 1;
    ++words_routed_;
  }

  hw::BenesRouting routing = benes_.route(source);
  if (tamper_.routing) tamper_.routing(routing);
  if (tamper_.vec_ids) tamper_.vec_ids(vec_ids);
  const std::vector<float> delivered = benes_.apply<float>(routing, words);
  std::vector<float> products(lanes);
  for (size_t lane = 0; lane < filled; ++lane)
    if (source[lane] >= 0) products[lane] = stationary_.values[dpe.elements[lane]] * delivered[lane];
  const std::vector<float> sums = reduce(vec_ids, products);
  ++steps_routed_;

  for (size_t g = 0; g < sums.size() && g < group_rows.size(); ++g) {
    if (!makes_product()) continue;
    sums_[group_rows[g] * streaming_.columns + step] += static_cast<double>(sums[g]);
    present_[group_rows[g] * streaming_.columns + step] |= group_used[g];
  }
  if (makes_product()) return;
  std::vector<double> plain(group_rows.size()), magnitude(group_rows.size());
  for (size_t lane = 0; lane < filled; ++lane) {
    if (source[lane] < 0) continue;
    const double product =
        double{stationary_.values[dpe.elements[lane]]} * double{words[static_cast<size_t>(source[lane])]};
    const auto group = static_cast<size_t>(vec_ids[lane]);
    plain[group] += product;
    magnitude[group] += std::fabs(product);
  }
  for (size_t g = 0; g < plain.size(); ++g)
    if (g >= sums.size() || !(std::fabs(static_cast<double>(sums[g]) - plain[g]) <= 1e-5 * magnitude[g]))
      throw std::logic_error(fmt::format("step {}: the networks give another sum than the lanes of row {}",
                                         step, group_rows[g]));
}

Product WordByWord::product() const {
  Product product{stationary_.rows, streaming_.columns, {0}, {}, {}};
  for (uint64_t row = 0; row < product.rows; ++row) {
    for (uint64_t step = 0; step < product.columns; ++step) {
      if (!present_[row * product.columns + step]) continue;
      product.indices.push_back(static_cast<uint32_t>(step));
      product.values.push_back(sums_[row * product.columns + step]);
    }
    product.offsets.push_back(product.indices.size());
  }
  return product;
}

void WordByWord::report(Result& result) const {
  if (config_.routing == Routing::kNone) return;
  result.counters.add("benes.steps_routed", steps_routed_);
  result.counters.add("benes.words_routed", words_routed_);
  result.notes.push_back(
      fmt::format("{} of {} Flex-DPE steps were routed word by word", steps_routed_, steps_seen_));
}

}  // namespace nonzero::sigma
