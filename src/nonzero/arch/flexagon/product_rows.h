#pragma once

#include <cstdint>
#include <span>

#include "nonzero/result/result.h"

namespace nonzero::flexagon {

// The writer of C: rows in order, each appended once; the row pointer follows.
class RowWriter {
 public:
  RowWriter(uint64_t rows, uint64_t columns) {
    product_.rows = rows;
    product_.columns = columns;
    product_.offsets.reserve(rows + 1);
    product_.offsets.push_back(0);
  }

  // The rows before `row` are done; what is put belongs to `row`.
  void begin(uint64_t row) { product_.offsets.resize(row + 1, product_.indices.size()); }

  template <class Value>
  void put(uint32_t column, Value value) {
    product_.indices.push_back(column);
    product_.values.push_back(static_cast<double>(value));
  }

  Product finish() {
    begin(product_.rows);
    return std::move(product_);
  }

 private:
  Product product_;
};

}  // namespace nonzero::flexagon
