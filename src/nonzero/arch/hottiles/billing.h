#pragma once

#include "nonzero/arch/billing.h"
#include "nonzero/arch/hottiles/config.h"

namespace nonzero::hottiles {

// Components, events and their prices for this configuration.
Billing make_billing(const Config& config);

}  // namespace nonzero::hottiles
