#include "nonzero/tensor/hash_mask.h"

#include <cmath>

#include "nonzero/base/progress.h"

namespace nonzero {

Csr generate_hash_mask(uint64_t rows, uint64_t columns, double sparsity, uint64_t base) {
  // Scaling by 2^53 is exact, so whole numbers compare as the fractions do.
  const auto threshold = static_cast<uint64_t>(std::ceil(sparsity * 0x1p53));
  Csr mask{rows, columns, {0}, {}, {}};
  mask.offsets.reserve(rows + 1);
  std::vector<uint32_t> row(columns);
  for (uint64_t i = 0; i < rows; ++i) {
    Progress::throw_if_stopped();
    const uint64_t first = base + i * columns;
    size_t kept = 0;
    for (uint64_t j = 0; j < columns; ++j) {
      row[kept] = static_cast<uint32_t>(j);
      kept += (split_mix_step(first + j) >> 11U) >= threshold ? 1 : 0;
    }
    mask.indices.insert(mask.indices.end(), row.begin(), row.begin() + static_cast<std::ptrdiff_t>(kept));
    mask.offsets.push_back(mask.indices.size());
  }
  return mask;
}

}  // namespace nonzero
