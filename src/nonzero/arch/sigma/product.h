#pragma once

#include <memory>

#include "nonzero/arch/sigma/mapping.h"
#include "nonzero/result/result.h"

namespace nonzero::sigma {

// Computes the product by following a mapping: each segment's lanes multiply the streaming words of
// their k; what the segments of one row leave is added outside the reduction trees, fold after fold.
// The lanes go in the outer loop and the steps in the inner one, which exchanges no operands.
class ProductBuilder {
 public:
  // stationary: rows x K, streaming: K x steps, both with values. `integer`: accumulate exactly.
  ProductBuilder(const Csr& stationary, const Csr& streaming, bool integer);
  ~ProductBuilder();
  ProductBuilder(const ProductBuilder&) = delete;
  ProductBuilder& operator=(const ProductBuilder&) = delete;

  // Segments in row order.
  void add(const Segment& segment);
  // The rows x steps product; the builder is spent.
  Product finish();

 private:
  class Rows;
  template <class Sum>
  class RowsOf;
  std::unique_ptr<Rows> rows_;
};

}  // namespace nonzero::sigma
