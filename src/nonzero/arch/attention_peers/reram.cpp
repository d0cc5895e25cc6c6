#include "nonzero/arch/attention_peers/reram.h"

#include "nonzero/arch/attention_peers/rows.h"

namespace nonzero::attention_peers {

using asadi::Head;
using Module = hw::ReramDigitalModule;

Head walk_csr(const Csr& mask, uint64_t head_dim, const asadi::Config& config,
              std::span<const asadi::HeadValues> values) {
  const Module digital = config.digital();
  Head head = asadi::walk_diagonals(mask, head_dim, config, {});
  head.iterations = filled_rows(mask);
  head.grey = head.overflow = head.window = 0;
  head.slots = head.iterations * mask.rows;
  head.moved_bytes = asadi::moved_bytes(head.iterations, mask.rows, head_dim);
  head.qk = digital.score_rows(head.iterations, mask.nnz(), mask.rows, head_dim);
  head.sv = digital.weigh_rows(head.iterations, mask.nnz(), mask.rows);
  compute_rows(mask, head_dim, values);
  return head;
}

Head walk_dense(const Csr& mask, uint64_t head_dim, const asadi::Config& config,
                std::span<const asadi::HeadValues> values) {
  const uint64_t n = mask.rows, diagonals = 2 * n - 1;
  asadi::check_capacity(diagonals, head_dim, config);
  Head head;
  head.tokens = n;
  head.head_dim = head_dim;
  head.nnz = mask.nnz();
  head.window = head.iterations = head.controlled = diagonals;
  head.slots = diagonals * n;
  head.moved_bytes = asadi::moved_bytes(diagonals, n, head_dim);
  for (uint64_t d = 0; d < diagonals; ++d) {
    StoredDiagonal diagonal;
    diagonal.index = static_cast<int64_t>(d) - static_cast<int64_t>(n - 1);
    diagonal.normal = n;
    head.qk += Module::score(diagonal);
    head.sv += Module::weigh(diagonal);
  }
  head.qk += Module::add_slices(diagonals, head_dim);
  head.softmax = Module::softmax(diagonals, head_dim);
  if (!values.empty())
    asadi::compute_heads(to_diagonal(mask, asadi::diagonal_options(diagonals, config)), head_dim, config,
                         values);
  return head;
}

}  // namespace nonzero::attention_peers
