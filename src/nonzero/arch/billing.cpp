#include "nonzero/arch/billing.h"

namespace nonzero {
namespace {

double moved_bytes(const Result& result, const char* level) {
  const auto found = result.traffic_bytes.find(level);
  if (found == result.traffic_bytes.end()) return 0;
  return static_cast<double>(found->second.read.sum() + found->second.write.sum());
}

void add(Bill& bill, const std::string& component, const hw::Energy& energy) {
  bill.add(component, energy.pj, energy.low_pj, energy.high_pj);
}

}  // namespace

void Billing::component(const std::string& name, const hw::Block& block) {
  lines_.push_back({name, block.area_mm2(), block.leakage_mw});
}

void Billing::event(const std::string& name, std::string counter, const hw::Energy& energy) {
  events_.push_back({name, std::move(counter), energy});
}

void Billing::memory_bytes(const hw::Energy& dram_byte, const hw::Energy& buffer_byte) {
  dram_byte_ = dram_byte;
  buffer_byte_ = buffer_byte;
}

void Billing::bill(Result& result) const {
  for (const Event& event : events_)
    add(result.energy_pj, event.component,
        event.energy * static_cast<double>(result.counters.get(event.counter)));
  add(result.energy_pj, "buffer", buffer_byte_ * moved_bytes(result, "buffer"));
  add(result.energy_pj, "dram", dram_byte_ * moved_bytes(result, "dram"));
  for (const BillLine& line : lines_) {
    add(result.energy_pj, "leakage", hw::leakage_energy(line.leakage_mw, result.seconds()));
    result.area_mm2.add(line.component, line.area_mm2, line.area_mm2, line.area_mm2);
  }
}

}  // namespace nonzero
