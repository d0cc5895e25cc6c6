#pragma once

#include <cstdint>
#include <memory>

#include "nonzero/result/result.h"
#include "nonzero/tensor/formats.h"
#include "nonzero/tensor/tiles.h"
#include "nonzero/workload/semiring.h"

namespace nonzero::hottiles {

// Dout as the workers make it: a buffer for each kind of worker, or one for both; merged at the end.
class ProductWalk {
 public:
  virtual ~ProductWalk() = default;
  // A's elements [begin, end), all of `row`, on a worker of `type`.
  virtual void add(TileType type, uint64_t row, uint64_t begin, uint64_t end) = 0;
  virtual Product finish() = 0;

  // `private_buffers`: each type its own, to be merged. Integers add up exactly, floating point in fp32. Both
  // matrices carry values and outlive the walk. Throws InputError where the buffers exceed memory.
  static std::unique_ptr<ProductWalk> make(const Csr& a, const Csr& b, Semiring semiring, bool integer,
                                           bool private_buffers);
};

}  // namespace nonzero::hottiles
