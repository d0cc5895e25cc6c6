#pragma once

#include <memory>

#include "nonzero/arch/sigma/mapping.h"
#include "nonzero/workload/operands.h"

namespace nonzero::sigma {

// One stationary choice's two sides. For KN the transposed problem: B^T stationary, A^T streaming.
struct Sides {
  std::shared_ptr<const Matrix> stationary;  // rows x K
  std::shared_ptr<const Matrix> moving;      // owns what `streaming` points to
  Streaming streaming;
};

// `with_words`: also the streaming operand's elements, not only its row counts.
Sides arrange(const Operands& operands, bool mk, bool with_words);

}  // namespace nonzero::sigma
