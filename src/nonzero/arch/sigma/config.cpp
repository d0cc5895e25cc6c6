#include "nonzero/arch/sigma/config.h"

#include <fmt/format.h>

#include "nonzero/base/math.h"
#include "nonzero/hw/memory/dram.h"
#include "nonzero/tech/technology.h"

namespace nonzero::sigma {

std::span<const ConfigField> fields() {
  static const ConfigFields<Config> all =
      ConfigFields<Config>()
          .whole(&Config::flex_dpes, "flex_dpes", 1, 1 << 14,
                 {"", "Flex-DPEs; times multipliers_per_dpe = P", "[paper, Sec. V]"})
          .whole(&Config::multipliers_per_dpe, "multipliers_per_dpe", 2, 1 << 16,
                 {"", "multipliers of one Flex-DPE, a power of two", "[paper, Sec. V]"})
          .whole(&Config::load_words, "load_words", 1, 1 << 30,
                 {"words/cycle", "load bandwidth B of the stationary operand", "[paper, Sec. V]"})
          .whole(
              &Config::stream_words, "stream_words", 1, kUnlimited,
              {"words/step",
               "distinct streaming words of one step: any number is the paper's evaluation, 128 the second published data set",
               "[derived]"},
              true)
          .choice(
              &Config::stationary, "stationary", {"mk", "kn", "best", "none"},
              {"",
               "operand held in the multipliers; best runs both and keeps the faster; none is no local reuse",
               "[paper, Sec. IV-D]"})
          .choice(&Config::timing, "timing", {"analytic", "detailed"},
                  {"", "analytic: counts expected from densities; detailed: walks the bitmaps",
                   "[paper, Sec. VI-A] / ours"})
          .choice(&Config::reduction, "reduction", {"fan", "art", "linear"},
                  {"", "reduction network of a Flex-DPE", "[paper, Fig. 6b]"})
          .choice(
              &Config::drain, "drain", {"array", "dpe"},
              {"", "add latency per fold: of all P multipliers, or of one Flex-DPE", "[derived] / [choice]"})
          .choice(&Config::data_type, "data_type", data_type_names(),
                  {"", "operands; floating point accumulates in fp32, integers exactly",
                   "[author code] / [paper]"})
          .choice(
              &Config::accumulate, "accumulate", {"free", "charged"},
              {"",
               "partial sums of rows that straddle Flex-DPEs or folds: free, or ceil(spilled / load_words) cycles",
               "[paper] / [choice]"})
          .choice(&Config::limited, "limited", {"published", "physical"},
                  {"", "with limited words: load and drain as if packed without slabs, or per slab-fold",
                   "[derived] / ours"})
          .choice(&Config::packing, "packing", {"slab", "row-major"},
                  {"", "with limited words: K cut into slabs, or folds in row-major order", "[derived]"})
          .choice(
              &Config::routing, "routing", {"sample", "full", "none"},
              {"", "with output: steps that go through the Benes network and the reduction tree word by word",
               "[choice]"})
          .real(&Config::routing_share, "routing_share", 0, 1,
                {"", "share of the steps that routing: sample takes", "[choice]"})
          .real(&Config::operand_buffer_mib, "operand_buffer_mib", 0, 1 << 20,
                {"MiB", "on-chip operand buffer", "[choice], TPU-like"})
          .word(&Config::dram, "dram", hw::dram_preset_names(), {"", "DRAM preset", "[choice]"})
          .real(&Config::clock_mhz, "clock_mhz", 1, 100000, {"MHz", "clock", "[secondary]"})
          .word(&Config::technology, "technology", Technology::builtin_names(),
                {"", "technology table for area and energy", "[paper, Sec. V]"});
  return all.all();
}

void check(const Config& config) {
  if (!is_power_of_two(static_cast<uint64_t>(config.multipliers_per_dpe)))
    throw InputError(fmt::format("multipliers_per_dpe = {}", config.multipliers_per_dpe),
                     "allowed: a power of two (the Benes network and FAN need one)");
  if (config.data_type == DataType::kPattern)
    throw InputError("data_type = pattern", "allowed: fp32, bf16, fp16, int8, int16");
}

}  // namespace nonzero::sigma
