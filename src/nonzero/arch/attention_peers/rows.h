#pragma once

#include <cstdint>
#include <span>

#include "nonzero/arch/asadi/head.h"

namespace nonzero::attention_peers {

// Rows of the mask that hold anything.
uint64_t filled_rows(const Csr& mask);

// Z of every head row by row, as CSR holds the scores; fp32. Rows without elements become 0.
// Throws InputError for a score that is not a number or infinite, naming its row and column.
void compute_rows(const Csr& mask, uint64_t head_dim, std::span<const asadi::HeadValues> values);

}  // namespace nonzero::attention_peers
