#include "nonzero/arch/systolic/config.h"

#include "nonzero/hw/memory/dram.h"
#include "nonzero/tech/technology.h"

namespace nonzero::systolic {

std::span<const ConfigField> fields() {
  static const ConfigFields<Config> all =
      ConfigFields<Config>()
          .whole(&Config::rows, "rows", 1, 1 << 20,
                 {"cells", "rows R; K lies along them", "[paper, Sec. VI]"})
          .whole(&Config::columns, "columns", 1, 1 << 20,
                 {"cells", "columns C; the stationary operand's other dimension lies along them",
                  "[paper, Sec. VI]"})
          .choice(
              &Config::fold, "fold", {"sigma", "scalesim"},
              {"", "cost of a fold: the published load + stream + drain, or SCALE-Sim's skewed wave front",
               "[paper, Table II] / [author code]"})
          .choice(
              &Config::stationary, "stationary", {"mk", "kn", "best"},
              {"", "with fold: sigma, the operand held in the cells; best runs both", "[paper, Sec. VI-C]"})
          .choice(
              &Config::dataflow, "dataflow", {"ws", "is", "os"},
              {"",
               "with fold: scalesim, weight- (B), input- (A) or output-stationary; os counts with fold: sigma too",
               "[author code]"})
          .choice(
              &Config::timing, "timing", {"analytic", "detailed"},
              {"", "effectual work expected from densities, or counted; the cycles are the same", "[choice]"})
          .whole(
              &Config::load_words, "load_words", 1, 1 << 30,
              {"words/cycle",
               "input bandwidth; recorded only, since the published load of one row a cycle does not depend on it",
               "[paper, Sec. V]"})
          .choice(&Config::data_type, "data_type", data_type_names(),
                  {"", "operands; floating point accumulates in fp32, integers exactly", "[paper, Sec. V]"})
          .real(&Config::operand_buffer_mib, "operand_buffer_mib", 0, 1 << 20,
                {"MiB", "on-chip operand buffer", "[choice], TPU-like"})
          .word(&Config::dram, "dram", hw::dram_preset_names(), {"", "DRAM preset", "[choice]"})
          .real(&Config::clock_mhz, "clock_mhz", 1, 100000, {"MHz", "clock", "[secondary]"})
          .word(&Config::technology, "technology", Technology::builtin_names(),
                {"", "technology table for area and energy", "[paper, Sec. V]"});
  return all.all();
}

void check(const Config& config) {
  if (config.data_type == DataType::kPattern)
    throw InputError("data_type = pattern", "allowed: fp32, bf16, fp16, int8, int16");
}

}  // namespace nonzero::systolic
