#include "nonzero/arch/scnn/activations.h"

#include <algorithm>
#include <numeric>

#include "nonzero/base/math.h"

namespace nonzero::scnn {
namespace {

// What decides the bank: two bits of a column or row, four of a flat position.
constexpr uint32_t kPlaneBits = 3, kFlatBits = 15;

uint64_t first_input(const Axis& axis, uint64_t grid, uint64_t piece_size, uint64_t tile, uint64_t piece) {
  return tile * ceil_div(axis.inputs, grid) + piece * piece_size;
}

}  // namespace

uint64_t first_output(const Axis& axis, uint64_t first) {
  const uint64_t quotient = axis.quotient(std::min(first, axis.inputs - 1));
  const uint64_t back = axis.last_kernel_quotient();
  return std::min(axis.outputs - 1, quotient > back ? quotient - back : 0);
}

Activations::Lines Activations::cut(const Axis& axis, uint64_t grid, uint64_t pieces, uint64_t piece_size,
                                    uint32_t kept_bits) {
  Lines cut;
  cut.lines.reserve(axis.inputs);
  const uint64_t tile_size = ceil_div(axis.inputs, grid);
  const auto last = static_cast<int64_t>(axis.last_kernel_quotient());
  for (uint64_t i = 0; i < axis.inputs; ++i) {
    Line line;
    line.tile = static_cast<uint32_t>(i / tile_size);
    line.piece = static_cast<uint32_t>(std::min(pieces - 1, i % tile_size / piece_size));
    line.phase = static_cast<uint32_t>(axis.phase(i));
    const uint64_t origin = first_output(axis, first_input(axis, grid, piece_size, line.tile, line.piece));
    const auto quotient = static_cast<int64_t>(axis.quotient(i));
    Kind kind;
    kind.local = static_cast<uint32_t>(quotient - static_cast<int64_t>(origin)) & kept_bits;
    kind.low = static_cast<int32_t>(std::max<int64_t>(0, quotient - static_cast<int64_t>(axis.outputs) + 1));
    kind.high = static_cast<int32_t>(std::min(last, quotient));
    const auto same = std::find(cut.kinds.begin(), cut.kinds.end(), kind);
    line.kind = static_cast<uint32_t>(same - cut.kinds.begin());
    if (same == cut.kinds.end()) cut.kinds.push_back(kind);
    cut.lines.push_back(line);
  }
  return cut;
}

void Activations::make_places(const Lines& rows, const Lines& columns, bool flat) {
  places_.reserve(rows.kinds.size() * columns.kinds.size());
  for (const Kind& row : rows.kinds)
    for (const Kind& column : columns.kinds) {
      hw::ScatterPlace place{column.local, row.local, column.low, column.high, row.low, row.high};
      if (flat) {
        place.x = (column.local & 1U) | ((column.local >> 1U) & 2U);
        place.y = ((column.local >> 1U) & 1U) | ((column.local >> 2U) & 2U);
      }
      places_.push_back(place);
    }
}

void Activations::fill(const IntegerLayer& layer, std::span<const int8_t> input, const Lines& rows,
                       const Lines& columns) {
  const IntegerLayerShape& s = layer.shape;
  const bool linear = s.kind == LayerKind::kLinear;
  const uint64_t channels = s.channels_in();
  // Twice over the plane: to count what each cell holds, then to put it there.
  offsets_.assign(channels * phases_ * map_.pieces() * map_.tiles() + 1, 0);
  std::vector<uint64_t> next;
  const auto each = [&](const auto& take) {
    for (uint64_t c = 0; c < channels; ++c)
      for (uint64_t y = 0; y < s.h; ++y) {
        const Line& row = rows.lines[y];
        for (uint64_t x = 0; x < s.w; ++x) {
          if (input[linear ? x * s.c + c : (c * s.h + y) * s.w + x] == layer.input.zero_point) continue;
          const Line& column = columns.lines[x];
          take(index(c, row.phase * map_.columns.stride + column.phase,
                     row.piece * map_.pieces_x + column.piece, row.tile * map_.grid_x + column.tile),
               row.kind * columns.kinds.size() + column.kind, y * s.w + x);
        }
      }
  };
  each([&](uint64_t cell, uint64_t, uint64_t) { ++offsets_[cell + 1]; });
  std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
  next.assign(offsets_.begin(), offsets_.end() - 1);
  places_of_.resize(offsets_.back());
  positions_.resize(offsets_.back());
  each([&](uint64_t cell, uint64_t place, uint64_t position) {
    const uint64_t at = next[cell]++;
    places_of_[at] = static_cast<uint32_t>(place);
    positions_[at] = static_cast<uint32_t>(position);
  });
}

Activations::Activations(const IntegerLayer& layer, std::span<const int8_t> input, const Mapping& map)
    : map_(map), phases_(map.rows.stride * map.columns.stride) {
  const Lines rows = cut(map.rows, map.grid_y, map.pieces_y, map.piece_h, kPlaneBits);
  const Lines columns =
      cut(map.columns, map.grid_x, map.pieces_x, map.piece_w, map.flat ? kFlatBits : kPlaneBits);
  make_places(rows, columns, map.flat);
  fill(layer, input, rows, columns);
}

Activations::Cell Activations::cell(uint64_t channel, uint64_t phase, uint64_t piece, uint64_t tile) const {
  const uint64_t at = index(channel, phase, piece, tile);
  return between(offsets_[at], offsets_[at + 1]);
}

Activations::Cell Activations::cells(uint64_t channel, uint64_t phase, uint64_t piece) const {
  const uint64_t at = index(channel, phase, piece, 0);
  return between(offsets_[at], offsets_[at + map_.tiles()]);
}

Activations::Cell Activations::between(uint64_t begin, uint64_t end) const {
  return {std::span(places_of_).subspan(begin, end - begin),
          std::span(positions_).subspan(begin, end - begin)};
}

Activations::Origin Activations::origin(uint64_t piece, uint64_t tile) const {
  return {first_output(map_.rows, first_input(map_.rows, map_.grid_y, map_.piece_h, tile / map_.grid_x,
                                              piece / map_.pieces_x)),
          first_output(map_.columns, first_input(map_.columns, map_.grid_x, map_.piece_w, tile % map_.grid_x,
                                                 piece % map_.pieces_x))};
}

}  // namespace nonzero::scnn
