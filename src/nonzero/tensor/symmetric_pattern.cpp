#include "nonzero/tensor/symmetric_pattern.h"

#include <algorithm>

#include "nonzero/base/math.h"
#include "nonzero/base/parallel.h"
#include "nonzero/base/progress.h"

namespace nonzero {
namespace {

constexpr uint64_t kRowsAtOnce = 1024;

template <class Body>
void for_rows(uint64_t rows, const Body& body) {
  parallel_for(ceil_div(rows, kRowsAtOnce), [&](uint64_t block) {
    Progress::throw_if_stopped();
    const uint64_t end = std::min(rows, (block + 1) * kRowsAtOnce);
    for (uint64_t r = block * kRowsAtOnce; r < end; ++r) body(r);
  });
}

}  // namespace

Csr symmetric_pattern(uint64_t rows, std::vector<std::pair<uint32_t, uint32_t>> edges) {
  std::vector<uint64_t> offsets(rows + 1);
  for (const auto& [a, b] : edges) {
    ++offsets[a + uint64_t{1}];
    if (a != b) ++offsets[b + uint64_t{1}];
  }
  for (uint64_t r = 0; r < rows; ++r) offsets[r + 1] += offsets[r];
  std::vector<uint32_t> ends(offsets.back());
  std::vector<uint64_t> next(offsets.begin(), offsets.end() - 1);
  for (const auto& [a, b] : edges) {
    ends[next[a]++] = b;
    if (a != b) ends[next[b]++] = a;
  }
  std::vector<std::pair<uint32_t, uint32_t>>().swap(edges);  // room for the pattern
  Csr csr{rows, rows, std::vector<uint64_t>(rows + 1), {}, {}};
  for_rows(rows, [&](uint64_t r) {
    uint32_t* const begin = ends.data() + offsets[r];
    uint32_t* const end = ends.data() + offsets[r + 1];
    std::sort(begin, end);
    csr.offsets[r + 1] = static_cast<uint64_t>(std::unique(begin, end) - begin);
  });
  for (uint64_t r = 0; r < rows; ++r) csr.offsets[r + 1] += csr.offsets[r];
  csr.indices.resize(csr.offsets.back());
  for_rows(rows, [&](uint64_t r) {
    std::copy_n(ends.data() + offsets[r], csr.offsets[r + 1] - csr.offsets[r],
                csr.indices.data() + csr.offsets[r]);
  });
  return csr;
}

}  // namespace nonzero
