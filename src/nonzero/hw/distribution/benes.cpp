#include "nonzero/hw/distribution/benes.h"

#include <fmt/format.h>

#include <bit>
#include <string>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/distribution/benes_negotiate.h"
#include "nonzero/hw/distribution/benes_search.h"

namespace nonzero::hw {
namespace {

std::string print(std::span<const int32_t> map) {
  std::string text;
  for (const int32_t source : map) {
    text += text.empty() ? '(' : ',';
    text += std::to_string(source);
  }
  text += ')';
  return text;
}

}  // namespace

uint64_t BenesRouting::ports_used() const {
  uint64_t ports = 0;
  for (const uint8_t bits : used) ports += static_cast<uint64_t>(std::popcount(bits));
  return ports;
}

Benes::Benes(uint32_t lanes) : lanes_(lanes), levels_(2 * ceil_log2(lanes) + 1) {
  if (lanes < 2 || !is_power_of_two(lanes))
    throw InputError(fmt::format("a Benes network of {} lanes", lanes), "lanes must be a power of two >= 2");
}

uint32_t Benes::stride_into(uint32_t level) const {
  const uint32_t outer = ceil_log2(lanes_);
  return level <= outer ? lanes_ >> level : uint32_t{1} << (level - outer - 1);
}

BenesRouting Benes::route(std::span<const int32_t> source_of_lane) const {
  if (source_of_lane.size() != lanes_)
    throw InputError(
        fmt::format("a map of {} lanes for a Benes network of {}", source_of_lane.size(), lanes_));
  for (const int32_t source : source_of_lane)
    if (source < -1 || source >= static_cast<int64_t>(lanes_))
      throw InputError(fmt::format("source {} in the map {}", source, print(source_of_lane)),
                       fmt::format("a source is a lane from 0 to {}, or -1 for an idle lane", lanes_ - 1));

  auto middle = BenesSearch(lanes_).run(source_of_lane);
  if (!middle) middle = BenesNegotiation(lanes_).run(source_of_lane);
  if (!middle) throw InputError(fmt::format("no routing found for the Benes map {}", print(source_of_lane)));

  BenesRouting routing;
  routing.lanes = lanes_;
  routing.levels = levels_;
  routing.select.resize(size_t{levels_} * lanes_);
  routing.used.resize(size_t{levels_} * lanes_);
  for (uint32_t lane = 0; lane < lanes_; ++lane)
    if (source_of_lane[lane] >= 0)
      lay_path(routing, static_cast<uint32_t>(source_of_lane[lane]), (*middle)[lane], lane);
  trace_back(routing, source_of_lane);
  return routing;
}

// Inwards each link may flip one bit of the lane towards the middle switch's, outwards towards the output's.
void Benes::lay_path(BenesRouting& routing, uint32_t source, uint32_t middle, uint32_t output) const {
  uint32_t at = source;
  uint8_t entered = BenesRouting::kVertical;
  for (uint32_t level = 0; level < levels_; ++level) {
    const uint32_t target = level < levels_ / 2 ? middle : output;
    const uint32_t flip = level + 1 == levels_ ? 0 : (at ^ target) & stride_into(level + 1);
    const uint8_t leave = flip != 0 ? BenesRouting::kDiagonal : BenesRouting::kVertical;
    uint8_t& select = routing.select[size_t{level} * lanes_ + at];
    select = static_cast<uint8_t>((select & ~(1U << leave)) | (uint32_t{entered} << leave));
    at ^= flip;
    entered = leave;
  }
}

// Paths of one word may part and meet again; only the branch that the bits select counts as used.
void Benes::trace_back(BenesRouting& routing, std::span<const int32_t> source_of_lane) const {
  for (uint32_t lane = 0; lane < lanes_; ++lane)
    if (source_of_lane[lane] >= 0)
      routing.used[size_t{levels_ - 1} * lanes_ + lane] = 1U << BenesRouting::kVertical;
  for (uint32_t level = levels_ - 1; level > 0; --level) {
    for (uint32_t lane = 0; lane < lanes_; ++lane) {
      for (const uint8_t port : {BenesRouting::kVertical, BenesRouting::kDiagonal}) {
        if (!routing.carries(level, lane, port)) continue;
        const bool diagonal = routing.takes_diagonal(level, lane, port);
        const uint32_t from = diagonal ? lane ^ stride_into(level) : lane;
        routing.used[size_t{level - 1} * lanes_ + from] |=
            static_cast<uint8_t>(1U << (diagonal ? BenesRouting::kDiagonal : BenesRouting::kVertical));
      }
    }
  }
}

void Benes::check(const BenesRouting& routing, size_t words) const {
  const size_t switches = size_t{levels_} * lanes_;
  if (routing.lanes != lanes_ || routing.select.size() != switches || routing.used.size() != switches)
    throw InputError(fmt::format("a routing for {} lanes in a Benes network of {}", routing.lanes, lanes_));
  if (words != lanes_)
    throw InputError(fmt::format("{} words offered to a Benes network of {} lanes", words, lanes_));
}

}  // namespace nonzero::hw
