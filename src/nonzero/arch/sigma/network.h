#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "nonzero/arch/sigma/mapping.h"
#include "nonzero/base/random.h"
#include "nonzero/hw/distribution/benes.h"
#include "nonzero/result/result.h"

namespace nonzero::sigma {

// What a test may break, to see that the output check notices.
struct Tamper {
  std::function<void(hw::BenesRouting&)> routing;
  std::function<void(std::vector<int32_t>& vec_ids)> vec_ids;
};

// Sends steps word by word through a Flex-DPE (SIGMA, Fig. 5): the SRC-DEST table is built, the
// Benes network routed and applied, each delivered word multiplied, and the reduction network's
// groups read where they leave. `routing: sample` does so for a seeded share of the steps and compares
// with a plain sum over the same lanes; `routing: full` does it for all, and the product is made of
// nothing else.
class WordByWord {
 public:
  // stationary: rows x K, streaming: K x steps, both with values.
  WordByWord(const Csr& stationary, const Csr& streaming, const Config& config, Tamper tamper = {});

  void add(const Segment& segment);
  // Ends the Flex-DPEs still open.
  void finish();

  [[nodiscard]] bool makes_product() const { return config_.routing == Routing::kFull; }
  // `routing: full` only; after finish().
  [[nodiscard]] Product product() const;
  // Writes what was routed into the result's counters.
  void report(Result& result) const;

 private:
  // One Flex-DPE's lanes in one fold: the stationary elements they hold and the rows these belong to.
  struct FlexDpe {
    uint64_t number = 0;
    std::vector<uint64_t> elements, rows;
  };

  void close(FlexDpe& dpe);
  void run_step(const FlexDpe& dpe, uint64_t step);
  [[nodiscard]] std::vector<float> reduce(std::span<const int32_t> vec_ids,
                                          std::span<const float> products) const;
  [[nodiscard]] uint64_t steps_until_next_sample();

  const Csr& stationary_;
  const Csr& streaming_;
  const Config& config_;
  Tamper tamper_;
  hw::Benes benes_;
  Random random_;
  std::vector<FlexDpe> open_;  // one per slab
  std::vector<double> sums_;   // routing: full, rows x steps
  std::vector<char> present_;
  uint64_t until_sample_ = 0;
  uint64_t steps_routed_ = 0, steps_seen_ = 0, words_routed_ = 0;
};

}  // namespace nonzero::sigma
