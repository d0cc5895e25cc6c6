#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "nonzero/workload/operands.h"
#include "nonzero/workload/operation.h"

namespace nonzero {
namespace {

Extents extents_of(const Gemm& gemm) { return {gemm.a.rows(), gemm.b.columns(), gemm.a.columns()}; }

Extents extents_of(const TrainingStep& step) {
  const StepShape& s = step.shape;
  if (s.is_attention()) return {s.tokens, s.tokens, s.head_dim};
  return {s.cout, s.positions(), s.cin * s.kh * s.kw};
}

Extents extents_of(const IntegerConvolution& convolution) {
  const IntegerLayerShape& s = convolution.layer->shape;
  return {s.k, s.oy * s.ox, s.c * s.fy * s.fx};
}

Extents extents_of(const Attention& attention) {
  return {attention.tokens, attention.tokens, attention.head_dim};
}

void describe_operands(Result& result, const Gemm& gemm) {
  result.nnz_a = gemm.a.expected_nnz();
  result.nnz_b = gemm.b.expected_nnz();
  result.a = {gemm.a.hash(), gemm.a.source()};
  result.b = {gemm.b.hash(), gemm.b.source()};
}

// Weights and input activations; a step's attention has neither of its own.
void describe_operands(Result& result, const TrainingStep& step) {
  const StepShape& s = step.shape;
  const double inputs = static_cast<double>(s.inputs()) * static_cast<double>(s.cin);
  result.nnz_a = s.weights();
  result.nnz_b = s.is_attention() ? 0 : static_cast<uint64_t>(std::llround(inputs * step.density_x));
  result.a = step.weight;
  result.b = step.x;
}

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

void describe_operands(Result& result, const IntegerConvolution& convolution) {
  const IntegerLayer& layer = *convolution.layer;
  const auto non_zeros = [](const std::vector<int8_t>& codes, int8_t zero) {
    return codes.size() - static_cast<uint64_t>(std::count(codes.begin(), codes.end(), zero));
  };
  result.nnz_a = non_zeros(layer.weights, 0);
  result.a = {hash_of_bytes(bytes_of(layer.weights)), layer.source};
  if (!convolution.input) {
    const std::string source = drawn_input_source(convolution, result.seed);
    result.nnz_b =
        static_cast<uint64_t>(std::llround(static_cast<double>(layer.shape.inputs()) * convolution.density));
    result.b = {hash_of_bytes(source), source};
    return;
  }
  const IntegerActivations& input = *convolution.input;
  result.nnz_b = non_zeros(input.codes, static_cast<int8_t>(layer.input.zero_point));
  result.b = {hash_of_bytes(bytes_of(input.codes)), input.source};
}

// A: the masks of all heads; B: queries, keys and values together.
void describe_operands(Result& result, const Attention& attention) {
  result.nnz_a = attention.nnz();
  std::string hashes;
  for (const auto& mask : attention.masks)
    hashes += hash_of_bytes(bytes_of(mask->offsets)) + hash_of_bytes(bytes_of(mask->indices));
  result.a = {hash_of_bytes(hashes), attention.mask_source};
  result.nnz_b = 3 * attention.heads * attention.tokens * attention.head_dim;
  if (!attention.tensors) {
    const std::string source = fmt::format("drawn:normal,seed={}", result.seed);
    result.b = {hash_of_bytes(source), source};
    return;
  }
  result.b = {hash_of(*attention.tensors), attention.tensors->source};
}

}  // namespace

std::string hash_of(const AttentionTensors& tensors) {
  return hash_of_bytes(hash_of_bytes(bytes_of(tensors.q)) + hash_of_bytes(bytes_of(tensors.k)) +
                       hash_of_bytes(bytes_of(tensors.v)));
}

Extents Operation::extents() const {
  return std::visit([](const auto& one) { return extents_of(one); }, body);
}

void describe(Result& result, const Operation& operation) {
  result.operation = operation.name;
  result.kind = operation.kind;
  result.network = operation.network;
  const Extents extents = operation.extents();
  result.m = extents.m;
  result.n = extents.n;
  result.k = extents.k;
  result.repeat = operation.repeat;
  result.seed = operation.seed;
  std::visit([&](const auto& one) { describe_operands(result, one); }, operation.body);
}

}  // namespace nonzero
