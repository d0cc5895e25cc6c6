#pragma once

#include "nonzero/arch/accelerator.h"
#include "nonzero/arch/billing.h"
#include "nonzero/arch/bit_peers/config.h"

namespace nonzero::bit_peers {

// What all peers share.
class PeerMachine : public Accelerator {
 public:
  PeerMachine(Kind kind, const Config& config);

  [[nodiscard]] std::optional<std::string> refuses(const Operation& operation) const override;
  [[nodiscard]] RunResult simulate(std::span<const Operation> operations,
                                   const SimulateOptions& options) const override;
  [[nodiscard]] std::vector<BillLine> bill() const override;

 private:
  Kind kind_;
  Config config_;
  Billing billing_;
};

// One of them as the list of accelerators wants it.
template <Kind kKind>
class Peer final : public PeerMachine {
 public:
  using Config = bit_peers::Config;
  static constexpr const char* kName = name_of(kKind);
  static constexpr const char* kSummary = summary_of(kKind);
  static std::span<const ConfigField> fields() { return bit_peers::fields(kKind); }
  static void check(const Config&) {}

  explicit Peer(const Config& config) : PeerMachine(kKind, config) {}
};

using Stripes = Peer<Kind::kStripes>;
using Pragmatic = Peer<Kind::kPragmatic>;
using Bitlet = Peer<Kind::kBitlet>;
using DenseInt8 = Peer<Kind::kDenseInt8>;
using HuaaLike = Peer<Kind::kHuaaLike>;

}  // namespace nonzero::bit_peers
