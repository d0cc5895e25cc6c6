#include "nonzero/tensor/diagonal_kernels.h"

#include <fmt/format.h>

#include <cstring>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/progress.h"

namespace nonzero {
namespace {

constexpr uint64_t kLanes = 8;

struct Lanes {
  using Vector [[gnu::vector_size(kLanes * sizeof(float))]] = float;
  Vector v;
};

float sum(const Lanes& lanes) {
  const auto& v = lanes.v;
  return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7]));
}

// [rows, head_dim] with each row filled up with zeros to whole vectors.
class VectorRows {
 public:
  VectorRows(uint64_t rows, uint64_t head_dim)
      : head_dim_(head_dim), per_row_(ceil_div(head_dim, kLanes)), lanes_(rows * per_row_) {}
  VectorRows(std::span<const float> values, uint64_t head_dim)
      : VectorRows(values.size() / head_dim, head_dim) {
    for (uint64_t row = 0; row < values.size() / head_dim; ++row)
      std::memcpy(this->row(row), values.data() + row * head_dim, head_dim * sizeof(float));
  }

  [[nodiscard]] uint64_t per_row() const { return per_row_; }
  [[nodiscard]] const Lanes* row(uint64_t row) const { return lanes_.data() + row * per_row_; }
  [[nodiscard]] Lanes* row(uint64_t row) { return lanes_.data() + row * per_row_; }

  [[nodiscard]] std::vector<float> values() const {
    std::vector<float> all(lanes_.size() / per_row_ * head_dim_);
    for (uint64_t row = 0; row * head_dim_ < all.size(); ++row)
      std::memcpy(all.data() + row * head_dim_, this->row(row), head_dim_ * sizeof(float));
    return all;
  }

 private:
  uint64_t head_dim_, per_row_;
  std::vector<Lanes> lanes_;
};

void check_matrix(const DiagonalMatrix& mask, std::span<const float> matrix, uint64_t head_dim) {
  if (head_dim == 0) throw InputError("a head dimension of 0", "allowed: at least 1");
  if (matrix.size() / head_dim != mask.n || matrix.size() % head_dim != 0)
    throw InputError(fmt::format("{} values for {} tokens of {} dimensions", matrix.size(), mask.n, head_dim),
                     fmt::format("allowed: {} x {} values", mask.n, head_dim));
}

void check_weights(const DiagonalMatrix& mask, std::span<const float> weights) {
  if (weights.size() != mask.nnz())
    throw InputError(fmt::format("{} weights for {} elements", weights.size(), mask.nnz()),
                     "allowed: one per element");
}

// visit(element) for all, diagonal by diagonal within a tile of columns, whose rows of K or V stay in the
// cache while every diagonal passes.
constexpr uint64_t kTile = 64;

template <class Visit>
void for_each_element(const DiagonalMatrix& mask, const Visit& visit) {
  std::vector<uint64_t> next(mask.offsets.begin(), mask.offsets.end() - 1);
  for (uint64_t end = kTile; end < mask.n + kTile; end += kTile) {
    Progress::throw_if_stopped();
    for (uint64_t m = 0; m < next.size(); ++m) {
      uint64_t e = next[m];
      for (; e < mask.offsets[m + 1] && mask.elements[e].slot < end; ++e) visit(e);
      next[m] = e;
    }
  }
}

// kVectors per row, known to the compiler; 0: known at run time only.
template <uint64_t kVectors>
void sddmm(const DiagonalMatrix& mask, const VectorRows& q, const VectorRows& k, std::vector<float>& scores) {
  const uint64_t vectors = kVectors == 0 ? q.per_row() : kVectors;
  for_each_element(mask, [&](uint64_t e) {
    const Lanes* const left = q.row(mask.elements[e].row);
    const Lanes* const right = k.row(mask.elements[e].slot);
    Lanes products{};
    for (uint64_t i = 0; i < vectors; ++i) products.v += left[i].v * right[i].v;
    scores[e] = sum(products);
  });
}

template <uint64_t kVectors>
void spmm(const DiagonalMatrix& mask, std::span<const float> weights, const VectorRows& v, VectorRows& z) {
  const uint64_t vectors = kVectors == 0 ? v.per_row() : kVectors;
  for_each_element(mask, [&](uint64_t e) {
    const float weight = weights[e];
    const Lanes* const from = v.row(mask.elements[e].slot);
    Lanes* const to = z.row(mask.elements[e].row);
    for (uint64_t i = 0; i < vectors; ++i) to[i].v += weight * from[i].v;
  });
}

}  // namespace

std::vector<float> diagonal_sddmm(const DiagonalMatrix& mask, std::span<const float> q,
                                  std::span<const float> k, uint64_t head_dim) {
  check_matrix(mask, q, head_dim);
  check_matrix(mask, k, head_dim);
  const VectorRows left(q, head_dim), right(k, head_dim);
  std::vector<float> scores(mask.nnz());
  switch (left.per_row()) {
    case 1:
      sddmm<1>(mask, left, right, scores);
      break;
    case 8:
      sddmm<8>(mask, left, right, scores);
      break;
    default:
      sddmm<0>(mask, left, right, scores);
  }
  return scores;
}

std::vector<float> diagonal_spmm(const DiagonalMatrix& mask, std::span<const float> weights,
                                 std::span<const float> v, uint64_t head_dim) {
  check_matrix(mask, v, head_dim);
  check_weights(mask, weights);
  const VectorRows from(v, head_dim);
  VectorRows z(mask.n, head_dim);
  switch (from.per_row()) {
    case 1:
      spmm<1>(mask, weights, from, z);
      break;
    case 8:
      spmm<8>(mask, weights, from, z);
      break;
    default:
      spmm<0>(mask, weights, from, z);
  }
  return z.values();
}

}  // namespace nonzero
