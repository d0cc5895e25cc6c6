#include "nonzero/arch/hottiles/product.h"

#include <vector>

#include "nonzero/base/memory.h"

namespace nonzero::hottiles {
namespace {

// Rows x columns sums; a row that nobody added to is absent from the result.
template <class Ring, class Sum>
class Buffer {
 public:
  Buffer(uint64_t rows, uint64_t columns)
      : columns_(columns), sums_(rows * columns, Ring::kNone), touched_(rows) {}

  void add(uint64_t row, Sum value, const Csr& b, uint32_t k) {
    touched_[row] = 1;
    Sum* const sums = sums_.data() + row * columns_;
    const float* const values = b.values.data() + b.offsets[k];
    const uint32_t* const indices = b.indices.data() + b.offsets[k];
    const uint64_t count = b.offsets[k + 1] - b.offsets[k];
    if (count == columns_) {
      for (uint64_t n = 0; n < count; ++n)
        sums[n] = Ring::add(sums[n], Ring::multiply(value, static_cast<Sum>(values[n])));
    } else {
      for (uint64_t i = 0; i < count; ++i)
        sums[indices[i]] = Ring::add(sums[indices[i]], Ring::multiply(value, static_cast<Sum>(values[i])));
    }
  }

  void merge(const Buffer& other) {
    for (size_t i = 0; i < sums_.size(); ++i) sums_[i] = Ring::add(sums_[i], other.sums_[i]);
    for (size_t row = 0; row < touched_.size(); ++row) touched_[row] |= other.touched_[row];
  }

  [[nodiscard]] bool touched(uint64_t row) const { return touched_[row] != 0; }
  [[nodiscard]] Sum at(uint64_t row, uint64_t column) const { return sums_[row * columns_ + column]; }

 private:
  uint64_t columns_;
  std::vector<Sum> sums_;
  std::vector<uint8_t> touched_;
};

template <class Ring, class Sum>
class Walk final : public ProductWalk {
 public:
  Walk(const Csr& a, const Csr& b, bool private_buffers) : a_(a), b_(b) {
    const double sums = static_cast<double>(a.rows) * static_cast<double>(b.columns);
    require_memory(sums * sizeof(Sum) * (private_buffers ? 2 : 1), "the workers' outputs");
    buffers_.reserve(2);
    for (int i = 0; i < (private_buffers ? 2 : 1); ++i) buffers_.emplace_back(a.rows, b.columns);
  }

  void add(TileType type, uint64_t row, uint64_t begin, uint64_t end) override {
    Buffer<Ring, Sum>& buffer = type == TileType::hot ? buffers_.back() : buffers_.front();
    for (uint64_t e = begin; e < end; ++e) buffer.add(row, static_cast<Sum>(a_.values[e]), b_, a_.indices[e]);
  }

  Product finish() override {
    Buffer<Ring, Sum>& all = buffers_.front();
    if (buffers_.size() > 1) all.merge(buffers_.back());
    const bool dense = b_.nnz() == b_.rows * b_.columns;
    Product product{a_.rows, b_.columns, {0}, {}, {}};
    product.offsets.reserve(a_.rows + 1);
    for (uint64_t row = 0; row < a_.rows; ++row) {
      for (uint64_t n = 0; all.touched(row) && n < b_.columns; ++n) {
        const Sum sum = all.at(row, n);
        if (!dense && sum == Ring::kNone) continue;
        product.indices.push_back(static_cast<uint32_t>(n));
        product.values.push_back(static_cast<double>(sum));
      }
      product.offsets.push_back(product.indices.size());
    }
    return product;
  }

 private:
  const Csr& a_;
  const Csr& b_;
  std::vector<Buffer<Ring, Sum>> buffers_;
};

template <template <class> class Ring>
std::unique_ptr<ProductWalk> make_walk(const Csr& a, const Csr& b, bool integer, bool private_buffers) {
  if (integer) return std::make_unique<Walk<Ring<double>, double>>(a, b, private_buffers);
  return std::make_unique<Walk<Ring<float>, float>>(a, b, private_buffers);
}

}  // namespace

std::unique_ptr<ProductWalk> ProductWalk::make(const Csr& a, const Csr& b, Semiring semiring, bool integer,
                                               bool private_buffers) {
  switch (semiring) {
    case Semiring::kMinPlus:
      return make_walk<MinPlus>(a, b, integer, private_buffers);
    case Semiring::kMaxTimes:
      return make_walk<MaxTimes>(a, b, integer, private_buffers);
    case Semiring::kOrAnd:
      return make_walk<OrAnd>(a, b, integer, private_buffers);
    case Semiring::kPlusTimes:
      break;
  }
  return make_walk<PlusTimes>(a, b, integer, private_buffers);
}

}  // namespace nonzero::hottiles
