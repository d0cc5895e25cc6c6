#pragma once

#include "nonzero/arch/billing.h"
#include "nonzero/arch/sigma/mapping.h"
#include "nonzero/result/result.h"
#include "nonzero/workload/operation.h"

namespace nonzero::sigma {

// What a mapping makes each component do, counted into the result.
void count_activity(Result& result, const Mapping& mapping, const Config& config);

// Traffic by level; returns the cycles DRAM needs.
uint64_t count_memory(Result& result, const Mapping& mapping, bool a_stationary, const Config& config);

// Components, events and their prices for this configuration.
Billing make_billing(const Config& config);

}  // namespace nonzero::sigma
