#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nonzero/arch/flexagon/dispatch.h"
#include "nonzero/tensor/hash_mask.h"
#include "support/matrices.h"

namespace nonzero::test {

// The paper's walk-through pattern, with values by which C is {2, 0, 2; 12, 10, 10}.
inline Csr walk_through_a() {
  return draw({". 2 . .",  //
               "3 . 5 7"});
}
inline Csr walk_through_b() {
  return draw({". 1 1",  //
               "1 . 1",  //
               "1 . .",  //
               "1 1 1"});
}

struct Layer {
  std::string name;
  uint64_t m, n, k;
  double sparsity_a, sparsity_b;  // percent
};

inline flexagon::OperandPair masks(const Layer& layer, uint64_t seed) {
  return {std::make_shared<const Csr>(
              generate_hash_mask(layer.m, layer.k, layer.sparsity_a / 100, hash_mask_base(seed, 0))),
          std::make_shared<const Csr>(
              generate_hash_mask(layer.k, layer.n, layer.sparsity_b / 100, hash_mask_base(seed, 1)))};
}

inline flexagon::OperandPair pair_of(const Csr& a, const Csr& b) {
  return {std::make_shared<const Csr>(a), std::make_shared<const Csr>(b)};
}

}  // namespace nonzero::test
