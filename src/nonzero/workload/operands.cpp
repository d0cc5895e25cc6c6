#include "nonzero/workload/operands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero {
namespace {

bool loses_elements(const Matrix& matrix, DataType type) {
  return std::visit(
      [&](const auto& m) {
        return std::any_of(m.values.begin(), m.values.end(),
                           [&](float v) { return v == 0.0F || round_to(type, v) == 0.0F; });
      },
      matrix);
}

std::shared_ptr<const Matrix> as_runs(std::shared_ptr<const Matrix> matrix) {
  if (std::holds_alternative<Csr>(*matrix)) return matrix;
  return std::make_shared<const Matrix>(to_csr(std::get<Bitmap>(*matrix)));
}

uint64_t effectual_of(const Gemm& gemm) {
  if (gemm.a.at_hand() && gemm.b.at_hand())
    return effectual_multiplications(*gemm.a.matrix(), *gemm.b.matrix());
  return static_cast<uint64_t>(
      std::llround(static_cast<double>(gemm.a.rows()) * static_cast<double>(gemm.b.columns()) *
                   static_cast<double>(gemm.a.columns()) * gemm.a.density() * gemm.b.density()));
}

uint64_t effectual_of(const TrainingStep& step) { return step.shape.forward_multiplications(); }

uint64_t effectual_of(const IntegerConvolution& convolution) {
  const IntegerLayer& layer = *convolution.layer;
  const auto zeros = static_cast<uint64_t>(std::count(layer.weights.begin(), layer.weights.end(), 0));
  return (layer.weights.size() - zeros) * layer.shape.oy * layer.shape.ox;
}

uint64_t effectual_of(const Attention& attention) { return 2 * attention.nnz() * attention.head_dim; }

}  // namespace

std::shared_ptr<const Matrix> prepare_operand(const Operand& operand, DataType type, bool with_product,
                                              bool drop_stored_zeros) {
  std::shared_ptr<const Matrix> matrix = operand.matrix();
  if (!with_product && (!drop_stored_zeros || !loses_elements(*matrix, type))) return matrix;
  return std::make_shared<const Matrix>(with_values(*matrix, operand.value_seed(), type, drop_stored_zeros));
}

std::shared_ptr<const Csr> as_csr(const std::shared_ptr<const Matrix>& matrix) {
  if (const Bitmap* bits = std::get_if<Bitmap>(matrix.get()))
    return std::make_shared<const Csr>(to_csr(*bits));
  return {matrix, &std::get<Csr>(*matrix)};
}

Operands prepare_operands(const Operation& operation, DataType type, bool with_product,
                          bool drop_stored_zeros) {
  Operands operands{prepare_operand(operation.gemm().a, type, with_product, drop_stored_zeros),
                    prepare_operand(operation.gemm().b, type, with_product, drop_stored_zeros)};
  if (operands.a->index() != operands.b->index()) {
    operands.a = as_runs(operands.a);
    operands.b = as_runs(operands.b);
  }
  return operands;
}

void note_dropped_zeros(Result& result, const Operation& operation) {
  const auto note = [&](const char* operand, const Operand& given, uint64_t kept) {
    if (given.at_hand() && given.expected_nnz() > kept)
      result.notes.push_back(
          fmt::format("{} stored zeros of {} were dropped", given.expected_nnz() - kept, operand));
  };
  note("A", operation.gemm().a, result.nnz_a);
  note("B", operation.gemm().b, result.nnz_b);
}

uint64_t expected_effectual(const Operation& operation) {
  return std::visit([](const auto& kind) { return effectual_of(kind); }, operation.body);
}

std::shared_ptr<const IntegerActivations> integer_activations(const Operation& operation) {
  const IntegerConvolution& convolution = *operation.convolution();
  if (convolution.input) return convolution.input;
  auto drawn = std::make_shared<IntegerActivations>();
  drawn->source = drawn_input_source(convolution, operation.seed);
  Random random(derive_seed(operation.seed, 3));
  drawn->codes.resize(convolution.layer->shape.inputs());
  for (int8_t& code : drawn->codes) code = static_cast<int8_t>(static_cast<int64_t>(random.below(256)) - 128);
  if (convolution.density >= 1) return drawn;
  const auto zero = static_cast<int8_t>(convolution.layer->input.zero_point);
  for (int8_t& code : drawn->codes)
    if (!random.chance(convolution.density)) code = zero;
  return drawn;
}

std::shared_ptr<const AttentionTensors> attention_tensors(const Operation& operation) {
  const Attention& attention = *operation.attention();
  if (const auto& given = attention.tensors) {
    if (given->heads != attention.heads || given->tokens != attention.tokens ||
        given->head_dim != attention.head_dim)
      throw InputError(fmt::format("{}: Q, K and V of {} heads x {} tokens x {}, attention of {} x {} x {}",
                                   given->source, given->heads, given->tokens, given->head_dim,
                                   attention.heads, attention.tokens, attention.head_dim),
                       "they must be alike");
    return given;
  }
  auto drawn = std::make_shared<AttentionTensors>();
  drawn->heads = attention.heads;
  drawn->tokens = attention.tokens;
  drawn->head_dim = attention.head_dim;
  drawn->source = fmt::format("drawn:normal,seed={}", operation.seed);
  uint64_t stream = 5;
  for (std::vector<float>* values : {&drawn->q, &drawn->k, &drawn->v}) {
    Random random(derive_seed(operation.seed, stream++));
    values->resize(attention.heads * attention.tokens * attention.head_dim);
    for (float& value : *values) value = static_cast<float>(random.normal());
  }
  return drawn;
}

}  // namespace nonzero
