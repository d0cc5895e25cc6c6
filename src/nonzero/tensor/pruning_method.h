#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nonzero {

// Which GEMMs of a training step see N:M operands, and what is pruned.
enum class PruningMethod : uint8_t {
  kDense,         // none
  kSrste,         // forward: weights along Cin (SR-STE)
  kSdgp,          // backward: output gradients along Cout (SDGP)
  kBponly,        // backward: weights along Cout; an ablation
  kTransposable,  // both passes, one mask
  kBdwp           // both passes, a mask each: along Cin and along Cout (Fang et al., TCAD 2023)
};

std::string name(PruningMethod method);
std::vector<std::string> pruning_method_names();  // in the enumerators' order
// Throws InputError with the nearest name where there is none.
PruningMethod pruning_method(const std::string& name);

// Weights of the forward and of the backward pass are stored N:M.
bool prunes_forward(PruningMethod method);
bool prunes_backward(PruningMethod method);

}  // namespace nonzero
