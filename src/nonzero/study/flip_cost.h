#pragma once

#include "nonzero/codesign/network_flip.h"

namespace nonzero {

// Cycles of the design `bitwave`, its groups those of the flips, on each layer at 0 to 7 zero columns. Throws
// InputError as the machine does. `network` and `flips` must outlive it.
FlipCost bitwave_cycles(const IntegerNetwork& network, const NetworkFlips& flips);

}  // namespace nonzero
