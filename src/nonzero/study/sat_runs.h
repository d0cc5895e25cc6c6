#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nonzero/result/result.h"

namespace nonzero {

// One whole training step of a built-in network on SAT.
RunResult sat_step(const std::string& network, const std::vector<std::string>& settings);
uint64_t sat_cycles(const std::string& network, const std::vector<std::string>& settings);

// The networks at CIFAR size, over which means are taken.
const std::vector<std::string>& sat_cifar_networks();

// Share of the dense step's multiplications that a method leaves out.
double sat_op_reduction(const std::string& network, const std::string& method);

}  // namespace nonzero
