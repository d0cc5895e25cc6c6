#pragma once

#include <cstdint>
#include <string>

#include "nonzero/base/config.h"

// A small configuration to try reading, writing and fuzzing on.

namespace nonzero::test {

enum class Order { kRows, kColumns };

struct Machine {
  int64_t multipliers = 128;
  int64_t words = kUnlimited;
  double clock_ghz = 0.5;
  bool pipelined = true;
  std::string memory = "ideal";
  Order order = Order::kRows;
  bool operator==(const Machine&) const = default;
};

// A field of every type.
inline const ConfigFields<Machine>& machine_fields() {
  static const auto all = [] {
    ConfigFields<Machine> f;
    f.whole(&Machine::multipliers, "multipliers", 1, 65536, {"", "Multipliers of the array", "paper §IV"});
    f.whole(&Machine::words, "words", 1, kUnlimited, {"words/cycle", "Words streamed per cycle", "[choice]"},
            true);
    f.real(&Machine::clock_ghz, "clock_ghz", 0.001, 10.0, {"GHz", "Clock", "Table II"});
    f.flag(&Machine::pipelined, "pipelined", {"", "Loads overlap", "[choice]"});
    f.word(&Machine::memory, "memory", {"ideal", "hbm"}, {"", "Memory behind the array", "[choice]"});
    f.choice(&Machine::order, "order", {"rows", "columns"}, {"", "Order of the walk", "[derived]"});
    return f;
  }();
  return all;
}

}  // namespace nonzero::test
