#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nonzero/arch/list.h"
#include "nonzero/reference/product.h"
#include "nonzero/workload/suites.h"

namespace nonzero::test {

inline std::unique_ptr<Accelerator> machine(const std::string& design,
                                            const std::vector<std::string>& settings = {}) {
  return find_accelerator(design).make("", "", settings);
}

inline Result simulate(const std::string& design, const std::vector<std::string>& settings,
                       const Operation& op, bool product = false) {
  SimulateOptions options;
  options.compute_product = product;
  Result result = machine(design, settings)->simulate({&op, 1}, options).results.front();
  check_invariants(result);
  return result;
}

inline Operation gemm_of(const Csr& a, const Csr& b) {
  return make_gemm("test", Operand::of(a, "a"), Operand::of(b, "b"));
}

inline const GemmShape& gemm_named(const std::string& name) {
  for (const GemmShape& shape : sigma_gemms())
    if (shape.name == name) return shape;
  throw std::logic_error("no GEMM " + name);
}

// Operands rounded as the machine rounds them, and their plain product.
inline Product expected_product(const Operation& op, DataType type) {
  const Operand& a = op.gemm().a;
  const Operand& b = op.gemm().b;
  return reference::multiply(with_values(*a.matrix(), a.value_seed(), type, false),
                             with_values(*b.matrix(), b.value_seed(), type, false));
}

}  // namespace nonzero::test
