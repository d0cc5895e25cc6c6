#pragma once

#include "nonzero/arch/asadi/machine.h"

namespace nonzero::attention_peers {

// The scores by rows: one iteration of each product per row that holds anything. Softmax and control are those
// of ASADI on the same mask [choice].
asadi::Head walk_csr(const Csr& mask, uint64_t head_dim, const asadi::Config& config,
                     std::span<const asadi::HeadValues> values);

// All 2n - 1 diagonals, whatever the mask leaves of them.
asadi::Head walk_dense(const Csr& mask, uint64_t head_dim, const asadi::Config& config,
                       std::span<const asadi::HeadValues> values);

class ReramCsr final : public asadi::Machine {
 public:
  using Config = asadi::Config;
  static constexpr const char* kName = "reram-csr";
  static constexpr const char* kSummary = "ASADI's arrays with the scores in CSR: an iteration per row";
  static std::span<const ConfigField> fields() { return asadi::fields(); }
  static void check(const Config& config) { asadi::check(config); }

  explicit ReramCsr(const Config& config) : Machine(kName, config, walk_csr) {}
};

// Its rows of cells are taken as long as 2n - 1 diagonals need.
struct DenseConfig : asadi::Config {
  DenseConfig() { check_capacity = false; }
};

class AsadiDense final : public asadi::Machine {
 public:
  using Config = DenseConfig;
  static constexpr const char* kName = "asadi-dense";
  static constexpr const char* kSummary = "ASADI's arrays computing every diagonal: dense in-situ attention";
  static std::span<const ConfigField> fields() { return asadi::fields(); }
  static void check(const Config& config) { asadi::check(config); }

  explicit AsadiDense(const Config& config) : Machine(kName, config, walk_dense) {}
};

}  // namespace nonzero::attention_peers
