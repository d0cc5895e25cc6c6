#include "nonzero/arch/scnn/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>

#include "nonzero/arch/scnn/activations.h"
#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/progress.h"

namespace nonzero::scnn {
namespace {

// The non-zero weights of one group, input channel and phase.
struct WeightList {
  std::vector<hw::ScatterWeight> places;
  std::vector<int32_t> values;
};

// What the accumulators of all PEs add up to, at the outputs they stand for.
class Sums {
 public:
  Sums(const IntegerLayer& layer, const IntegerActivations& input, const Mapping& map)
      : layer_(layer),
        input_(input),
        map_(map),
        reach_y_(map.rows.reach(map.piece_h)),
        reach_x_(map.columns.reach(map.piece_w)),
        sums_(layer.shape.outputs()) {}

  // Every weight with every activation, as a PE multiplies them into accumulators that begin at `origin`.
  void add(uint64_t channel, const Activations::Cell& cell, const Activations::Origin& origin,
           const WeightList& list, size_t begin, size_t end) {
    const IntegerLayerShape& s = layer_.shape;
    for (const uint32_t position : cell.positions) {
      const uint64_t y = position / s.w, x = position % s.w;
      const uint64_t at = s.kind == LayerKind::kLinear ? x * s.c + channel : (channel * s.h + y) * s.w + x;
      const int64_t value = int64_t{input_.codes[at]} - layer_.input.zero_point;
      const auto row = static_cast<int64_t>(map_.rows.quotient(y));
      const auto column = static_cast<int64_t>(map_.columns.quotient(x));
      for (size_t i = begin; i < end; ++i) {
        const hw::ScatterWeight& weight = list.places[i];
        const int64_t oy = row - weight.y, ox = column - weight.x;
        if (oy < 0 || ox < 0 || oy >= static_cast<int64_t>(s.oy) || ox >= static_cast<int64_t>(s.ox))
          continue;
        if (static_cast<uint64_t>(oy) - origin.y >= reach_y_ ||
            static_cast<uint64_t>(ox) - origin.x >= reach_x_)
          throw std::logic_error(
              fmt::format("layer '{}': a product beyond its PE's accumulators", layer_.name));
        sums_[(weight.m * s.oy + static_cast<uint64_t>(oy)) * s.ox + static_cast<uint64_t>(ox)] +=
            value * list.values[i];
      }
    }
  }

  [[nodiscard]] Product product() const {
    const IntegerLayerShape& s = layer_.shape;
    Product out{s.k, s.oy * s.ox, {0}, {}, {}};
    out.offsets.reserve(s.k + 1);
    for (uint64_t i = 0; i < sums_.size(); ++i) {
      check_width(i);
      if (sums_[i] != 0) {
        out.indices.push_back(static_cast<uint32_t>(i % out.columns));
        out.values.push_back(static_cast<double>(sums_[i]));
      }
      if ((i + 1) % out.columns == 0) out.offsets.push_back(out.indices.size());
    }
    return out;
  }

 private:
  void check_width(uint64_t i) const {
    if (sums_[i] >= std::numeric_limits<int32_t>::min() && sums_[i] <= std::numeric_limits<int32_t>::max())
      return;
    const uint64_t positions = layer_.shape.oy * layer_.shape.ox;
    throw InputError(fmt::format("layer '{}': channel {}, position {} adds up to {}", layer_.name,
                                 i / positions, i % positions, sums_[i]),
                     "accumulators hold 32 bits");
  }

  const IntegerLayer& layer_;
  const IntegerActivations& input_;
  const Mapping& map_;
  uint64_t reach_y_, reach_x_;
  std::vector<int64_t> sums_;
};

class Walker {
 public:
  Walker(const IntegerLayer& layer, const IntegerActivations& input, const Mapping& map, const Config& config,
         bool compute_product)
      : layer_(layer),
        map_(map),
        config_(config),
        activations_(layer, input.codes, map),
        table_(activations_.places(), static_cast<uint32_t>(config.banks)),
        landing_(activations_.places().size()),
        pes_(map.tiles() * map.chain),
        totals_(pes_.size()) {
    if (compute_product) sums_.emplace(layer, input, map);
  }

  Walk go() {
    walk_.activations = activations_.count();
    walk_.weights = layer_.weights.size() -
                    static_cast<uint64_t>(std::count(layer_.weights.begin(), layer_.weights.end(), 0));
    uint64_t draining = 0;
    for (uint64_t piece = 0; piece < map_.pieces(); ++piece)
      for (uint64_t group = 0; group < map_.groups; ++group) {
        Progress::throw_if_stopped();
        const uint64_t busy = round(piece, group);
        if (draining > busy) walk_.drain += draining - busy;
        draining = drain(group);
      }
    walk_.drain += draining;
    settle();
    if (sums_) walk_.product = std::make_shared<const Product>(sums_->product());
    return std::move(walk_);
  }

 private:
  struct Busy {
    uint64_t steps = 0, cycles = 0;
  };

  [[nodiscard]] uint64_t outputs_of(uint64_t group) const {
    return std::min(layer_.shape.k - group * map_.group_of_chain(), map_.group_of_chain());
  }

  // One group of output channels over one piece of every tile; the cycles of the slowest PE.
  uint64_t round(uint64_t piece, uint64_t group) {
    std::fill(pes_.begin(), pes_.end(), Busy{});
    for (uint64_t q = 0; q < map_.chain; ++q) work(piece, group, q);
    const auto slowest = std::max_element(pes_.begin(), pes_.end(),
                                          [](const Busy& a, const Busy& b) { return a.cycles < b.cycles; });
    walk_.stream += slowest->steps;
    walk_.conflicts += slowest->cycles - slowest->steps;
    ++walk_.rounds;
    for (size_t i = 0; i < pes_.size(); ++i) {
      totals_[i].steps += pes_[i].steps;
      totals_[i].cycles += pes_[i].cycles;
    }
    return slowest->cycles;
  }

  // What the PEs at place q of their chains do in a round.
  void work(uint64_t piece, uint64_t group, uint64_t q) {
    const IntegerLayerShape& s = layer_.shape;
    const uint64_t first = group * map_.group_of_chain();
    if (map_.own_outputs) {
      const uint64_t begin = std::min(s.k, first + q * map_.group);
      const uint64_t end = std::min(s.k, begin + map_.group);
      for (uint64_t k = begin; k < end;) {
        const uint64_t channel = k / s.multiplier;
        const uint64_t next = std::min(end, (channel + 1) * s.multiplier);
        multiply(piece, q, channel, 0, k, next);
        k = next;
      }
      return;
    }
    const uint64_t end = std::min(s.c, (q + 1) * map_.channels_per_pe);
    for (uint64_t c = q * map_.channels_per_pe; c < end; ++c)
      multiply(piece, q, c, c, first, first + outputs_of(group));
  }

  // All products of one input channel with the output channels [begin, end).
  void multiply(uint64_t piece, uint64_t q, uint64_t channel, uint64_t weight_channel, uint64_t begin,
                uint64_t end) {
    for (uint64_t phase = 0; phase < activations_.phases(); ++phase) {
      collect(weight_channel, phase, begin, end);
      const uint64_t count = list_.places.size();
      walk_.weight_broadcasts += count;
      const Activations::Cell all = activations_.cells(channel, phase, piece);
      if (count == 0 || all.places.empty()) continue;
      walk_.activation_reads += all.places.size();
      count_places(all.places);
      const auto f = static_cast<uint64_t>(config_.weights_per_vector);
      for (uint64_t i = 0; i < count; i += f) step(piece, q, channel, phase, i, std::min(count, i + f));
    }
  }

  // One vector of weights with all vectors of activations.
  void step(uint64_t piece, uint64_t q, uint64_t channel, uint64_t phase, uint64_t begin, uint64_t end) {
    table_.hold({&list_.places[begin], end - begin});
    for (const uint32_t place : present_) walk_.effectual += table_.landing(place) * landing_[place];
    const auto lanes = static_cast<uint64_t>(config_.activations_per_vector);
    const uint64_t step_lanes = lanes * static_cast<uint64_t>(config_.weights_per_vector);
    for (uint64_t tile = 0; tile < map_.tiles(); ++tile) {
      const Activations::Cell cell = activations_.cell(channel, phase, piece, tile);
      if (cell.places.empty()) continue;
      const uint64_t steps = ceil_div(cell.places.size(), lanes);
      const uint64_t issued = cell.places.size() * (end - begin);
      Busy& pe = pes_[q * map_.tiles() + tile];
      pe.steps += steps;
      pe.cycles += table_.cycles(cell.places, lanes);
      walk_.issued += issued;
      walk_.empty_lanes += steps * step_lanes - issued;
      walk_.weight_reads += steps * (end - begin);
      if (sums_) sums_->add(channel, cell, activations_.origin(piece, tile), list_, begin, end);
    }
  }

  void collect(uint64_t channel, uint64_t phase, uint64_t begin, uint64_t end) {
    const IntegerLayerShape& s = layer_.shape;
    const uint64_t phase_y = phase / map_.columns.stride, phase_x = phase % map_.columns.stride;
    list_.places.clear();
    list_.values.clear();
    const auto taps = [&](uint64_t first, uint64_t last) {
      for (uint64_t r = 0; r < s.fy; ++r) {
        if (map_.rows.kernel_phase(r) != phase_y) continue;
        for (uint64_t c = 0; c < s.fx; ++c)
          if (map_.columns.kernel_phase(c) == phase_x)
            for (uint64_t k = first; k < last; ++k) take(channel, k, r, c);
      }
    };
    if (config_.weight_order == WeightOrder::kChannelsFirst)
      taps(begin, end);
    else
      for (uint64_t k = begin; k < end; ++k) taps(k, k + 1);
  }

  void take(uint64_t channel, uint64_t k, uint64_t r, uint64_t c) {
    const IntegerLayerShape& s = layer_.shape;
    const int8_t weight = layer_.weights[((k * s.c + channel) * s.fy + r) * s.fx + c];
    if (weight == 0) return;
    list_.places.push_back({static_cast<uint32_t>(k), static_cast<int32_t>(map_.columns.kernel_quotient(c)),
                            static_cast<int32_t>(map_.rows.kernel_quotient(r))});
    list_.values.push_back(weight);
  }

  // How many activations stand at each place that occurs.
  void count_places(std::span<const uint32_t> places) {
    for (const uint32_t place : present_) landing_[place] = 0;
    present_.clear();
    for (const uint32_t place : places)
      if (landing_[place]++ == 0) present_.push_back(place);
  }

  uint64_t drain(uint64_t group) {
    const uint64_t outputs = outputs_of(group);
    const uint64_t of_pe = map_.own_outputs ? std::min(outputs, map_.group) : outputs;
    if (!map_.own_outputs) walk_.link_words += (map_.chain - 1) * outputs * map_.extent() * map_.tiles();
    walk_.link_words += outputs * map_.halo() * map_.tiles();
    return map_.drain_cycles(of_pe, static_cast<uint64_t>(config_.link_words));
  }

  // Multiplier-cycles of the PEs that wait for the slowest, and of those that never work.
  void settle() {
    const auto lanes = static_cast<uint64_t>(config_.weights_per_vector * config_.activations_per_vector);
    const uint64_t busy = walk_.stream + walk_.conflicts;
    for (const Busy& pe : totals_) {
      walk_.conflict_lanes += (pe.cycles - pe.steps) * lanes;
      (pe.steps > 0 ? walk_.waiting_lanes : walk_.idle_lanes) += (busy - pe.cycles) * lanes;
    }
    walk_.idle_lanes += (static_cast<uint64_t>(config_.pes) - totals_.size()) * busy * lanes;
  }

  const IntegerLayer& layer_;
  const Mapping& map_;
  const Config& config_;
  Activations activations_;
  hw::ScatterTable table_;
  std::vector<uint64_t> landing_;
  std::vector<uint32_t> present_;
  std::vector<Busy> pes_, totals_;
  WeightList list_;
  std::optional<Sums> sums_;
  Walk walk_;
};

}  // namespace

Walk walk_layer(const IntegerLayer& layer, const IntegerActivations& input, const Mapping& map,
                const Config& config, bool compute_product) {
  return Walker(layer, input, map, config, compute_product).go();
}

}  // namespace nonzero::scnn
