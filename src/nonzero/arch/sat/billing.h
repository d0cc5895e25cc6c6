#pragma once

#include "nonzero/arch/billing.h"
#include "nonzero/arch/sat/config.h"

namespace nonzero::sat {

// Components, events and their prices for this configuration.
Billing make_billing(const Config& config);

}  // namespace nonzero::sat
