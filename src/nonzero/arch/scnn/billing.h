#pragma once

#include "nonzero/arch/billing.h"
#include "nonzero/arch/scnn/config.h"

namespace nonzero::scnn {

// Components, events and their prices for this configuration.
Billing make_billing(const Config& config);

}  // namespace nonzero::scnn
