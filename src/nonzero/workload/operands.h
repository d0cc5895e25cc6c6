#pragma once

#include <memory>

#include "nonzero/workload/operation.h"

namespace nonzero {

// Both operands of a GEMM as a machine sees them: rounded to its data type, and either both
// compressed runs or both bit words.
struct Operands {
  std::shared_ptr<const Matrix> a, b;
};

// With values (compressed) where the product is wanted. `drop_stored_zeros`: as common.md says of
// bitmaps and GEMM suites; what the rounding makes zero counts as one.
Operands prepare_operands(const Operation& operation, DataType type, bool with_product,
                          bool drop_stored_zeros);

// The same of one operand, in the form it is given in: the very data where nothing changes it.
std::shared_ptr<const Matrix> prepare_operand(const Operand& operand, DataType type, bool with_product,
                                              bool drop_stored_zeros);

// A matrix as compressed runs: the very data where it is that already.
std::shared_ptr<const Csr> as_csr(const std::shared_ptr<const Matrix>& matrix);

// Says in the result how many stored zeros were dropped, where the result's counts show any.
void note_dropped_zeros(Result& result, const Operation& operation);

// Expected from the densities, or the exact formula where both operands are at hand; of a training step
// the dense forward pass; of a layer with int8 weights every weight other than zero, at every position; of
// attention both products at every non-zero of the masks.
uint64_t expected_effectual(const Operation& operation);

// The input of a layer with int8 weights: the given one, or codes drawn evenly from all of int8 with the
// operation's seed, of which all but a share of `density` become the zero point.
std::shared_ptr<const IntegerActivations> integer_activations(const Operation& operation);

// Queries, keys and values of attention: the given ones, or standard normal numbers drawn with the operation's
// seed. Throws InputError where the given ones are not of the operation's heads, tokens and head dimension.
std::shared_ptr<const AttentionTensors> attention_tensors(const Operation& operation);

// XXH3 of queries, keys and values, as a result shows it.
std::string hash_of(const AttentionTensors& tensors);

}  // namespace nonzero
