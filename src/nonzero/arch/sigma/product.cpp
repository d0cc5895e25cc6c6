#include "nonzero/arch/sigma/product.h"

#include "nonzero/base/progress.h"
#include "nonzero/tensor/row_accumulator.h"

namespace nonzero::sigma {

class ProductBuilder::Rows {
 public:
  virtual ~Rows() = default;
  virtual void add(const Segment& segment) = 0;
  virtual Product finish() = 0;
};

template <class Sum>
class ProductBuilder::RowsOf final : public Rows {
 public:
  RowsOf(const Csr& stationary, const Csr& streaming)
      : stationary_(stationary), streaming_(streaming), row_(streaming.columns) {
    product_.rows = stationary.rows;
    product_.columns = streaming.columns;
    product_.offsets.reserve(stationary.rows + 1);
    product_.offsets.push_back(0);
  }

  void add(const Segment& segment) override {
    Progress::throw_if_stopped();
    flush_rows_before(segment.row);
    for (uint64_t e = segment.first_element; e < segment.end_element; ++e) {
      const Sum lane = static_cast<Sum>(stationary_.values[e]);
      const uint32_t k = stationary_.indices[e];
      for (uint64_t f = streaming_.offsets[k]; f < streaming_.offsets[k + 1]; ++f)
        row_.add(streaming_.indices[f], lane * static_cast<Sum>(streaming_.values[f]));
    }
  }

  Product finish() override {
    flush_rows_before(stationary_.rows);
    return std::move(product_);
  }

 private:
  void flush_rows_before(uint64_t row) {
    if (product_.offsets.size() > row) return;
    row_.flush(product_.indices, product_.values);
    product_.offsets.resize(row + 1, product_.indices.size());
  }

  const Csr& stationary_;
  const Csr& streaming_;
  RowAccumulator<Sum> row_;
  Product product_;
};

ProductBuilder::ProductBuilder(const Csr& stationary, const Csr& streaming, bool integer) {
  if (integer)
    rows_ = std::make_unique<RowsOf<double>>(stationary, streaming);
  else
    rows_ = std::make_unique<RowsOf<float>>(stationary, streaming);
}

ProductBuilder::~ProductBuilder() = default;

void ProductBuilder::add(const Segment& segment) { rows_->add(segment); }

Product ProductBuilder::finish() { return rows_->finish(); }

}  // namespace nonzero::sigma
