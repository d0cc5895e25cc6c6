#pragma once

#include "nonzero/arch/billing.h"
#include "nonzero/arch/bitwave/config.h"

namespace nonzero::bitwave {

// Area by component, and energy by the counters that the model charges.
Billing make_billing(const Config& config);

}  // namespace nonzero::bitwave
