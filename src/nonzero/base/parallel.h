#pragma once

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <cstdint>

namespace nonzero {

// body(i) for every i in [0, count), in any order; results must be stored by index, so that the
// number of threads cannot change them.
template <class Body>
void parallel_for(uint64_t count, const Body& body) {
  tbb::parallel_for(tbb::blocked_range<uint64_t>(0, count), [&](const tbb::blocked_range<uint64_t>& range) {
    for (uint64_t i = range.begin(); i != range.end(); ++i) body(i);
  });
}

}  // namespace nonzero
