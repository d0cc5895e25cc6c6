#include "nonzero/arch/bit_peers/config.h"

#include "nonzero/tech/technology.h"

namespace nonzero::bit_peers {
namespace {

ConfigFields<Config> describe(Kind kind) {
  ConfigFields<Config> f;
  if (kind == Kind::kStripes)
    f.whole(&Config::precision, "precision", 2, 8,
            {"bit", "cycles of a tile and bits of a weight; layers that need more are refused", "[choice]"})
        .flag(&Config::precision_per_layer, "precision_per_layer",
              {"", "each layer at the bits that its largest weight needs",
               "as Stripes profiles layers [choice]"});
  f.choice(
       &Config::depthwise, "depthwise", {"channels", "broadcast"},
       {"",
        "depthwise layers: one tap of Ku channels side by side, each with activations of its own, or taps of one "
        "channel, as where activations reach all output channels alike",
        "[choice]"})
      .whole(&Config::min_tile_cycles, "min_tile_cycles", 0, 1024, {"cycles", "least of a tile", "[choice]"});
  add_layer_memory(f);
  f.whole(&Config::accumulator_bits, "accumulator_bits", 8, 32,
          {"bit", "an overflow of a computed product is an error", "[choice]"})
      .real(&Config::idle_power_share, "idle_power_share", 0, 1,
            {"", "share of the array's power that does not follow the active multipliers", "[choice]"})
      .word(&Config::technology, "technology", Technology::builtin_names(),
            {"", "technology table for area and energy", "[choice]"});
  return f;
}

}  // namespace

std::span<const ConfigField> fields(Kind kind) {
  static const std::vector<ConfigFields<Config>> all = {describe(Kind::kStripes), describe(Kind::kPragmatic),
                                                        describe(Kind::kBitlet), describe(Kind::kDenseInt8),
                                                        describe(Kind::kHuaaLike)};
  return all[static_cast<size_t>(kind)].all();
}

hw::SerialKind serial_kind(Kind kind) {
  switch (kind) {
    case Kind::kStripes:
      return hw::SerialKind::kStripes;
    case Kind::kPragmatic:
      return hw::SerialKind::kPragmatic;
    case Kind::kBitlet:
      return hw::SerialKind::kBitlet;
    case Kind::kDenseInt8:
    case Kind::kHuaaLike:
      break;
  }
  return hw::SerialKind::kParallel;
}

uint64_t multipliers(Kind kind) { return is_serial(kind) ? hw::kBitLanes : hw::kBitLanes / 8; }

std::vector<hw::SerialTile> tiles_of(Kind kind) {
  switch (kind) {
    case Kind::kBitlet:
      return {{64, 16, 32, true}};
    case Kind::kDenseInt8:
      return {{8, 2, 32}};
    case Kind::kHuaaLike:
      return {{8, 2, 32}, {16, 1, 32}, {8, 1, 64}, {32, 1, 16}, {8, 16, 4}, {8, 8, 8}};
    case Kind::kStripes:
    case Kind::kPragmatic:
      break;
  }
  return {{8, 16, 32}};
}

}  // namespace nonzero::bit_peers
