#pragma once

#include <string>
#include <vector>

#include "nonzero/arch/accelerator.h"
#include "nonzero/hw/cost.h"
#include "nonzero/result/result.h"

namespace nonzero {

// Turns a result's counters into energy and a machine's blocks into area: the machine names each
// component once, with its block and with the counters that cost it energy.
class Billing {
 public:
  // A component with area. Its leakage is billed over the run.
  void component(const std::string& name, const hw::Block& block);
  // `energy` for each event that `counter` counts, billed to `name`.
  void event(const std::string& name, std::string counter, const hw::Energy& energy);
  // DRAM and buffer bytes, billed to `dram` and `buffer`.
  void memory_bytes(const hw::Energy& dram_byte, const hw::Energy& buffer_byte);

  void bill(Result& result) const;
  [[nodiscard]] std::vector<BillLine> lines() const { return lines_; }

 private:
  struct Event {
    std::string component, counter;
    hw::Energy energy;
  };
  std::vector<BillLine> lines_;
  std::vector<Event> events_;
  hw::Energy dram_byte_, buffer_byte_;
};

}  // namespace nonzero
