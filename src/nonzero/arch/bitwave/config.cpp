#include "nonzero/arch/bitwave/config.h"

#include <fmt/format.h>

#include "nonzero/tech/technology.h"

namespace nonzero::bitwave {
namespace {

void add_mapping(ConfigFields<Config>& f) {
  f.choice(
       &Config::su, "su", {"auto", "1", "2", "3", "4", "5", "6", "7"},
       {"",
        "spatial unrolling; auto: of each layer the one of lowest latency, 7 for depthwise ones; ties: fewer "
        "active multipliers, then the lower number",
        "seven unrollings [secondary, Table I]; rule [choice]"})
      .flag(&Config::strict_su, "strict_su",
            {"",
             "refuse layers that a fixed su is not for, instead of giving depthwise layers 7 and others auto",
             "[choice]"})
      .choice(&Config::group, "group", {"auto", "8", "16", "32"},
              {"weights", "group size G, which is Cu of the unrolling; depthwise layers always 16",
               "[secondary]; auto per layer [choice]"})
      .choice(&Config::columns, "columns", {"sign_magnitude", "twos_complement"},
              {"", "code of the bit columns; twos_complement is the variant to compare with", "[paper]"})
      .flag(&Config::compress, "compress",
            {"", "skip and leave out zero columns; false: 8 bit a weight and every column", "[paper]"})
      .flag(&Config::raw_fallback, "raw_fallback",
            {"", "store a layer at 8 bit a weight where that lowers its latency", "[choice]"})
      .whole(&Config::min_tile_cycles, "min_tile_cycles", 0, 1024, {"cycles", "least of a tile", "[choice]"})
      .choice(&Config::sync, "sync", {"max", "ideal"},
              {"", "a tile takes its slowest group's cycles, or their mean: what buffers could gain at most",
               "[choice]"})
      .choice(&Config::weight_residency, "weight_residency", {"register", "streaming"},
              {"", "weights of a tile are read once, or again for each pass", "[choice]"});
}

void add_weights(ConfigFields<Config>& f) {
  f.choice(&Config::flip, "flip", flip_mode_names(),
           {"", "how the machine's weights are flipped before they run",
            "exact [choice]; lsb [third-party code]"})
      .whole(&Config::zero_columns, "zero_columns", 0, kMostZeroColumns,
             {"columns", "z: zero columns forced on every group of every layer; 0: none", "from the search"});
}

void add_accounts(ConfigFields<Config>& f) {
  f.whole(&Config::accumulator_bits, "accumulator_bits", 8, 32,
          {"bit", "an overflow of a computed product is an error",
           "[choice]; one RTL uses 16 [third-party code]"})
      .flag(&Config::stepped, "stepped",
            {"", "compute products engine by engine and cycle by cycle; small layers only", "[choice]"})
      .choice(
          &Config::energy_table, "energy_table", {"pe28", "core16"},
          {"",
           "pe28: PEs at 28 nm, as for every peer; core16: the chip's 70.24 pJ a cycle, not to be compared "
           "with others",
           "BBS Table V [secondary]; [paper]"})
      .real(&Config::idle_power_share, "idle_power_share", 0, 1,
            {"", "share of the array's power that does not follow the active multipliers", "[choice]"})
      .word(&Config::technology, "technology", Technology::builtin_names(),
            {"", "technology table for area and energy", "[choice]: the chip is of 16 nm"});
}

}  // namespace

std::optional<uint32_t> Config::fixed_su() const {
  if (su == SuChoice::kAuto) return std::nullopt;
  return static_cast<uint32_t>(su);
}

std::optional<uint32_t> Config::fixed_group() const {
  switch (group) {
    case GroupChoice::k8:
      return 8;
    case GroupChoice::k16:
      return 16;
    case GroupChoice::k32:
      return 32;
    case GroupChoice::kAuto:
      break;
  }
  return std::nullopt;
}

hw::ColumnRules Config::rules(bool raw) const {
  return {static_cast<uint64_t>(min_tile_cycles), sync, columns, raw};
}

std::span<const ConfigField> fields() {
  static const ConfigFields<Config> all = [] {
    ConfigFields<Config> f;
    add_mapping(f);
    add_weights(f);
    add_layer_memory(f);
    add_accounts(f);
    return f;
  }();
  return all.all();
}

void check(const Config& config) {
  const auto su = config.fixed_su(), group = config.fixed_group();
  if (su && group && kUnrollings[*su - 1].cu != *group)
    throw InputError(fmt::format("su = {} with group = {}", *su, *group),
                     fmt::format("allowed: its Cu, {}", kUnrollings[*su - 1].cu));
  if (config.zero_columns > 0 && config.flip == FlipMode::kOff)
    throw InputError(fmt::format("zero_columns = {} with flip = off", config.zero_columns),
                     "allowed: flip = exact or lsb");
  if (config.zero_columns > 0 && config.columns == ColumnCode::kTwosComplement)
    throw InputError("zero_columns with columns = twos_complement", "allowed: sign_magnitude");
  if (config.stepped && config.sync == hw::ColumnSync::kIdeal)
    throw InputError("stepped with sync = ideal", "allowed: sync = max");
}

}  // namespace nonzero::bitwave
