#pragma once

#include "nonzero/arch/billing.h"
#include "nonzero/arch/systolic/config.h"

namespace nonzero::systolic {

// Components, events and their prices for this configuration.
Billing make_billing(const Config& config);

}  // namespace nonzero::systolic
