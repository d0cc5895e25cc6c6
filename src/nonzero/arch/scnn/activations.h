#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/arch/scnn/mapping.h"
#include "nonzero/hw/array/accumulator_banks.h"

namespace nonzero::scnn {

// The non-zero activations of a layer, by input channel, phase, piece and tile, as the PEs' RAMs hold them:
// in row-major order, each with its place (what the crossbar needs to know of it) and its position.
class Activations {
 public:
  // `input` as IntegerActivations has it; zero is the layer's zero point.
  Activations(const IntegerLayer& layer, std::span<const int8_t> input, const Mapping& map);

  struct Cell {
    std::span<const uint32_t> places, positions;  // position: y * W + x
  };
  [[nodiscard]] Cell cell(uint64_t channel, uint64_t phase, uint64_t piece, uint64_t tile) const;
  // Of all tiles together.
  [[nodiscard]] Cell cells(uint64_t channel, uint64_t phase, uint64_t piece) const;
  [[nodiscard]] const std::vector<hw::ScatterPlace>& places() const { return places_; }
  [[nodiscard]] uint64_t count() const { return places_of_.size(); }
  [[nodiscard]] uint64_t phases() const { return phases_; }

  // The piece's first output row and column of a tile: where its accumulators begin.
  struct Origin {
    uint64_t y = 0, x = 0;
  };
  [[nodiscard]] Origin origin(uint64_t piece, uint64_t tile) const;

 private:
  // A row or column of the plane: where it lies and what its place is made of.
  struct Line {
    uint32_t tile = 0, piece = 0, phase = 0, kind = 0;
  };
  struct Kind {
    uint32_t local = 0;  // of the accumulators: the output's distance from the first, the kernel left out
    int32_t low = 0, high = 0;
    bool operator==(const Kind&) const = default;
  };
  struct Lines {
    std::vector<Line> lines;
    std::vector<Kind> kinds;
  };
  static Lines cut(const Axis& axis, uint64_t grid, uint64_t pieces, uint64_t piece, uint32_t kept_bits);
  void make_places(const Lines& rows, const Lines& columns, bool flat);
  void fill(const IntegerLayer& layer, std::span<const int8_t> input, const Lines& rows,
            const Lines& columns);
  [[nodiscard]] Cell between(uint64_t begin, uint64_t end) const;
  [[nodiscard]] uint64_t index(uint64_t channel, uint64_t phase, uint64_t piece, uint64_t tile) const {
    return ((channel * phases_ + phase) * map_.pieces() + piece) * map_.tiles() + tile;
  }

  Mapping map_;
  uint64_t phases_ = 1;
  std::vector<hw::ScatterPlace> places_;
  std::vector<uint64_t> offsets_;  // of the cells, and the end
  std::vector<uint32_t> places_of_, positions_;
};

// The first output that input `first` of a piece reaches.
uint64_t first_output(const Axis& axis, uint64_t first);

}  // namespace nonzero::scnn
