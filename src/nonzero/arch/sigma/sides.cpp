#include "nonzero/arch/sigma/sides.h"

namespace nonzero::sigma {
namespace {

std::shared_ptr<const Matrix> transposed(const Matrix& matrix) {
  return std::visit([](const auto& m) { return std::make_shared<const Matrix>(transpose(m)); }, matrix);
}

std::vector<uint32_t> row_counts(const Matrix& matrix) {
  const std::vector<uint64_t> offsets = std::holds_alternative<Csr>(matrix)
                                            ? std::get<Csr>(matrix).offsets
                                            : row_offsets(std::get<Bitmap>(matrix));
  std::vector<uint32_t> counts(offsets.size() - 1);
  for (size_t r = 0; r < counts.size(); ++r) counts[r] = static_cast<uint32_t>(offsets[r + 1] - offsets[r]);
  return counts;
}

}  // namespace

Sides arrange(const Operands& operands, bool mk, bool with_words) {
  const Matrix& a = *operands.a;
  const Matrix& b = *operands.b;
  Sides sides;
  sides.stationary = mk ? operands.a : transposed(b);
  if (mk) {
    sides.streaming.steps = std::visit([](const auto& m) { return m.columns; }, b);
    sides.streaming.row_counts = row_counts(b);
  } else {
    sides.streaming.steps = std::visit([](const auto& m) { return m.rows; }, a);
    sides.streaming.row_counts = std::visit([](const auto& m) { return column_counts(m); }, a);
  }
  if (!with_words) return sides;
  const bool runs = std::holds_alternative<Csr>(a);
  // Runs are wanted by k (K x steps), bit words by step (steps x K).
  const bool as_given = runs == mk;
  sides.moving = as_given ? (mk ? operands.b : operands.a) : transposed(mk ? b : a);
  if (runs)
    sides.streaming.rows_csr = &std::get<Csr>(*sides.moving);
  else
    sides.streaming.columns = &std::get<Bitmap>(*sides.moving);
  return sides;
}

}  // namespace nonzero::sigma
