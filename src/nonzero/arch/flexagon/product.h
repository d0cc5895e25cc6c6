#pragma once

#include <memory>

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/arch/flexagon/mapping.h"
#include "nonzero/result/result.h"

namespace nonzero::flexagon {

// Computes the product by following a walk's tiles through the machine: multipliers, reduction network or
// merger, PSRAM. Sums are taken in double, integers in int64.
class ProductWalk {
 public:
  // `by_rows`: see schedule_pipelined. Both with values; they must outlive the walk. `integer`: exactly.
  static std::unique_ptr<ProductWalk> make(const Sides& sides, const Sides& by_rows, const Config& config,
                                           bool integer);

  ProductWalk() = default;
  ProductWalk(const ProductWalk&) = delete;
  ProductWalk& operator=(const ProductWalk&) = delete;
  virtual ~ProductWalk() = default;

  // Tiles in the walk's order.
  virtual void add(const Tile& tile) = 0;
  // rows x columns of the sides: C, or for an N-stationary dataflow its transpose. The walk is spent.
  virtual Product finish() = 0;
};

}  // namespace nonzero::flexagon
