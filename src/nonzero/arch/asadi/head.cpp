#include "nonzero/arch/asadi/head.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/base/parallel.h"
#include "nonzero/workload/attention.h"

namespace nonzero::asadi {
namespace {

constexpr uint64_t kWordBytes = 4;

}  // namespace

uint64_t moved_bytes(uint64_t iterations, uint64_t tokens, uint64_t head_dim) {
  return iterations * tokens * kWordBytes * (head_dim - 1);
}

HeadCycles& HeadCycles::operator+=(const HeadCycles& other) {
  linear1 += other.linear1;
  qk += other.qk;
  softmax += other.softmax;
  sv += other.sv;
  linear2 += other.linear2;
  move += other.move;
  control += other.control;
  return *this;
}

HeadCycles cycles_of(const Head& head, const Config& config, uint64_t passes) {
  const hw::ReramDigitalModule digital = config.digital();
  HeadCycles cycles;
  cycles.linear2 = config.linear_cycles(head.tokens);
  cycles.linear1 = passes * cycles.linear2;
  cycles.qk = digital.cycles(head.qk);
  cycles.softmax = digital.cycles(head.softmax);
  cycles.sv = digital.cycles(head.sv);
  cycles.move = config.oci().cycles(head.moved_bytes);
  cycles.control = config.controller().cycles(head.controlled);
  return cycles;
}

uint64_t window_of(const Csr& mask, const Config& config) {
  if (config.window > 0) return static_cast<uint64_t>(config.window);
  const uint64_t n = mask.rows;
  switch (config.window_rule) {
    case WindowRule::kEighth:
      return default_window(n);
    case WindowRule::kSixteenth:
      return std::max<uint64_t>(1, n / 16);
    case WindowRule::kThirtySecond:
      return std::max<uint64_t>(1, n / 32);
    case WindowRule::kQuarter:
      return std::max<uint64_t>(1, n / 4);
    case WindowRule::kAuto:
      break;
  }
  return choose_window(diagonal_profile(mask));
}

DiagonalOptions diagonal_options(uint64_t window, const Config& config) {
  return {window, config.conflict_free ? Placement::kConflictFree : Placement::kNearest,
          static_cast<uint64_t>(config.array_rows)};
}

std::optional<std::string> capacity_problem(uint64_t diagonals, uint64_t head_dim, const Config& config) {
  const hw::ReramDigitalModule digital = config.digital();
  const uint64_t needed = digital.cells_needed(diagonals, head_dim);
  if (needed <= digital.cells()) return std::nullopt;
  return fmt::format("{} diagonals of heads of {} need {} cells of a row, {} are there", diagonals, head_dim,
                     needed, digital.cells());
}

void check_capacity(uint64_t diagonals, uint64_t head_dim, const Config& config) {
  if (!config.check_capacity) return;
  if (const auto problem = capacity_problem(diagonals, head_dim, config))
    throw InputError(
        *problem,
        "a smaller window, a shorter sequence, more array_columns; or check_capacity=false, which times it "
        "as if the rows were long enough");
}

void compute_heads(const DiagonalMatrix& scores, uint64_t head_dim, const Config& config,
                   std::span<const HeadValues> values) {
  const auto scale = static_cast<float>(attention_scale(head_dim));
  parallel_for(values.size(), [&](uint64_t i) {
    const HeadValues& head = values[i];
    const DiagonalAttention done =
        diagonal_attention(scores, head.q, head.k, head.v, head_dim, scale, config.softmax_order);
    if (done.lost_rows > 0)
      throw InputError(
          fmt::format("the scores of {} rows lie too far below the head's largest for one maximum",
                      done.lost_rows),
          "softmax_order=rows");
    std::copy(done.z.begin(), done.z.end(), head.z.begin());
  });
}

Head walk_diagonals(const Csr& mask, uint64_t head_dim, const Config& config,
                    std::span<const HeadValues> values) {
  using Module = hw::ReramDigitalModule;
  Head head;
  head.window = window_of(mask, config);
  const DiagonalMatrix scores = to_diagonal(mask, diagonal_options(head.window, config));
  const uint64_t diagonals = scores.diagonals.size();
  check_capacity(diagonals, head_dim, config);
  head.tokens = mask.rows;
  head.head_dim = head_dim;
  head.nnz = mask.nnz();
  head.iterations = head.controlled = diagonals;
  head.overflow = scores.overflow();
  head.grey = scores.grey();
  head.slots = scores.slots();
  head.moved_bytes = moved_bytes(diagonals, mask.rows, head_dim);
  for (const StoredDiagonal& diagonal : scores.diagonals) {
    head.qk += Module::score(diagonal);
    head.sv += Module::weigh(diagonal);
  }
  head.qk += Module::add_slices(diagonals, head_dim);
  head.softmax = Module::softmax(diagonals, head_dim);
  compute_heads(scores, head_dim, config, values);
  return head;
}

}  // namespace nonzero::asadi
