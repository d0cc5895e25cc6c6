#pragma once

#include <string>
#include <vector>

#include "nonzero/workload/operation.h"

namespace nonzero {

// The inference of one of sat_networks() on one image, its weights drawn from Laplace(b); attention
// scores, which have no weights, are left out. Throws InputError as laplace_weights().
std::vector<Operation> laplace_network(const std::string& network, double b, uint64_t seed);

}  // namespace nonzero
