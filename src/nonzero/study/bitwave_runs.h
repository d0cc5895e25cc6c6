#pragma once

#include <string>
#include <vector>

#include "nonzero/workload/operation.h"

namespace nonzero {

// A network as BitWave and its rivals are compared on it.
struct BitNetwork {
  std::string name;
  std::vector<Operation> layers;
};

// ResNet-18's convolutions with Laplace(8) weights and, where the data folder is at hand, the shared networks
// MobileNetV2, ResNet-8 and vww96.
std::vector<BitNetwork> bit_networks();

// The convolutions of ResNet-18 at 224 pixels, their weights drawn from Laplace(b).
BitNetwork laplace_resnet18(double b);

// A machine as it is compared: a design and its settings.
struct BitMachine {
  std::string name, design;
  std::vector<std::string> settings;
};

// BitWave unflipped, then its rivals on equal terms (BitWave spec, "Baselines"), all billed by the same table.
const std::vector<BitMachine>& bit_machines();
// BitWave with bits flipped until every group has z zero columns.
BitMachine flipped_bitwave(uint32_t z);
// BitWave's means, added one at a time: two's complement, sign-magnitude, dynamic unrolling, bit-flip.
const std::vector<BitMachine>& bitwave_variants();

struct BitTotals {
  uint64_t cycles = 0;
  double energy_pj = 0;
};
BitTotals run_network(const BitMachine& machine, const BitNetwork& network);

}  // namespace nonzero
