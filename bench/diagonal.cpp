// Sparse attention on stored diagonals beside plain walks over the rows of the mask in CSR, one head, one
// thread: kernels at 200 million multiply-adds per second or more, and 8192 tokens, format and SpMM, within 2 s.

#include "nonzero/tensor/diagonal.h"

#include <cmath>
#include <vector>

#include "lib/bench.h"
#include "nonzero/base/random.h"
#include "nonzero/tensor/attention_masks.h"
#include "nonzero/tensor/diagonal_kernels.h"

namespace {

using namespace nonzero;

constexpr double kMultiplyAddsPerMs = 200e3;

struct Head {
  uint64_t tokens = 0, head_dim = 0;
  Csr mask;
  std::vector<float> q, k, v;
};

Head make_head(const std::string& mask, uint64_t tokens, uint64_t head_dim) {
  Head head{tokens, head_dim, attention_mask(mask, tokens), {}, {}, {}};
  Random random(1);
  for (std::vector<float>* matrix : {&head.q, &head.k, &head.v}) {
    matrix->resize(tokens * head_dim);
    for (float& value : *matrix) value = static_cast<float>(random.normal());
  }
  return head;
}

// Row by row, as a CSR kernel would; values of the scores in the order of the mask's elements.
std::vector<float> plain_sddmm(const Head& head) {
  std::vector<float> scores(head.mask.nnz());
  const uint64_t d = head.head_dim;
  for (uint64_t row = 0; row < head.tokens; ++row)
    for (uint64_t e = head.mask.offsets[row]; e < head.mask.offsets[row + 1]; ++e)
      for (uint64_t a = 0; a < d; ++a)
        scores[e] += head.q[row * d + a] * head.k[head.mask.indices[e] * d + a];
  return scores;
}

std::vector<float> plain_spmm(const Head& head, const std::vector<float>& weights) {
  std::vector<float> z(head.v.size());
  const uint64_t d = head.head_dim;
  for (uint64_t row = 0; row < head.tokens; ++row)
    for (uint64_t e = head.mask.offsets[row]; e < head.mask.offsets[row + 1]; ++e)
      for (uint64_t a = 0; a < d; ++a) z[row * d + a] += weights[e] * head.v[head.mask.indices[e] * d + a];
  return z;
}

std::vector<float> plain_softmax(const Head& head, const std::vector<float>& scores, float scale) {
  std::vector<float> weights(scores.size());
  for (uint64_t row = 0; row < head.tokens; ++row) {
    const uint64_t begin = head.mask.offsets[row], end = head.mask.offsets[row + 1];
    float most = scores[begin], sum = 0;
    for (uint64_t e = begin; e < end; ++e) most = std::max(most, scores[e]);
    for (uint64_t e = begin; e < end; ++e) sum += weights[e] = std::exp((scores[e] - most) * scale);
    for (uint64_t e = begin; e < end; ++e) weights[e] /= sum;
  }
  return weights;
}

template <class Body>
double ms_of(const Body& body) {
  return bench::best_of_five([&] { bench::keep(body()); });
}

void kernel(const bench::Table& table, const std::string& what, const Head& head, double ms, double plain) {
  const double multiply_adds = static_cast<double>(head.mask.nnz() * head.head_dim);
  table.row(fmt::format("{}: {:.0f} M multiply-adds/s", what, multiply_adds / 1e3 / ms), ms,
            {multiply_adds / kMultiplyAddsPerMs, "plain CSR", plain, std::nullopt});
}

void measure(const std::string& mask, uint64_t tokens, uint64_t head_dim) {
  const bench::Table table(
      fmt::format("Attention on diagonals: {}, {} tokens, head of {}", mask, tokens, head_dim));
  const double mask_ms = ms_of([&] { return attention_mask(mask, tokens); });
  const Head head = make_head(mask, tokens, head_dim);
  const DiagonalOptions options{default_window(tokens)};
  const DiagonalMatrix matrix = to_diagonal(head.mask, options);
  const float scale = 1 / std::sqrt(static_cast<float>(head_dim));
  const std::vector<float> scores = diagonal_sddmm(matrix, head.q, head.k, head_dim);
  const std::vector<float> weights = diagonal_softmax(matrix, scores, scale);
  const std::vector<float> plain_scores = plain_sddmm(head);
  const std::vector<float> plain_weights = plain_softmax(head, plain_scores, scale);

  table.row(fmt::format("mask, {} elements", head.mask.nnz()), mask_ms);
  const double build = ms_of([&] { return to_diagonal(head.mask, options); });
  const double csc = ms_of([&] { return to_csc(head.mask); });
  table.row(fmt::format("format, {} diagonals", matrix.diagonals.size()), build,
            {std::nullopt, "CSR to CSC", csc, std::nullopt});
  const DiagonalOptions apart{options.window, Placement::kConflictFree};
  table.row("format, conflict_free", ms_of([&] { return to_diagonal(head.mask, apart); }),
            {std::nullopt, "CSR to CSC", csc, std::nullopt});
  table.row("decompression", ms_of([&] { return to_csr(matrix); }),
            {std::nullopt, "CSR to CSC", csc, std::nullopt});
  kernel(table, "SDDMM", head, ms_of([&] { return diagonal_sddmm(matrix, head.q, head.k, head_dim); }),
         ms_of([&] { return plain_sddmm(head); }));
  const double plain_soft = ms_of([&] { return plain_softmax(head, plain_scores, scale); });
  table.row("softmax, row by row", ms_of([&] { return diagonal_softmax(matrix, scores, scale); }),
            {std::nullopt, "plain CSR", plain_soft, std::nullopt});
  table.row("softmax, the hardware's order",
            ms_of([&] { return deferred_softmax(matrix, scores, scale, head_dim); }),
            {std::nullopt, "plain CSR", plain_soft, std::nullopt});
  const double spmm = ms_of([&] { return diagonal_spmm(matrix, weights, head.v, head_dim); });
  kernel(table, "SpMM", head, spmm, ms_of([&] { return plain_spmm(head, plain_weights); }));
  table.row("format and SpMM", build + spmm, {2000, "", std::nullopt, std::nullopt});
}

}  // namespace

int main() {
  measure("diagloc:rho=0.1,phi=0.5,seed=7", 512, 64);
  measure("diagloc:rho=0.1,phi=0.5,seed=7", 8192, 64);
  measure("longformer:window=256", 4096, 64);
  measure("bigbird", 2048, 8);
}
