#include "nonzero/arch/attention_peers/pim.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/arch/asadi/heads.h"
#include "nonzero/arch/attention_peers/rows.h"
#include "nonzero/arch/staged.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/cost_reram.h"
#include "nonzero/workload/operands.h"

namespace nonzero::attention_peers {
namespace {

constexpr uint64_t kWordBytes = 4;

// Of all heads together.
struct Elements {
  uint64_t all = 0, outside = 0;  // outside the window
  uint64_t window = 0;            // the widest head's
};

// The banks' values alone: their time follows from the number of elements.
asadi::Head compute_by_rows(const Csr& mask, uint64_t head_dim, const asadi::Config&,
                            std::span<const asadi::HeadValues> values) {
  compute_rows(mask, head_dim, values);
  return {};
}

asadi::Head compute_by_diagonals(const Csr& mask, uint64_t head_dim, const asadi::Config& config,
                                 std::span<const asadi::HeadValues> values) {
  const uint64_t window = asadi::window_of(mask, config);
  asadi::compute_heads(to_diagonal(mask, asadi::diagonal_options(window, config)), head_dim, config, values);
  return {};
}

class Run {
 public:
  Run(const char* name, PimFormat format, const Operation& operation, const PimConfig& config,
      const Billing& billing, const SimulateOptions& options)
      : name_(name),
        format_(format),
        op_(operation),
        attention_(*operation.attention()),
        config_(config),
        billing_(billing),
        options_(options) {}

  Result go() {
    identify();
    const Elements elements = count_elements();
    Stage scores = product("qk", elements, elements.all);
    scores.traffic_bytes["dram"].read.add("a", attention_.output_elements() * kWordBytes);  // Q
    scores.traffic_bytes["dram"].write.add("psum", elements.all * kWordBytes);
    add_stage(result_, std::move(scores));
    Stage weighted = product("sv", elements, format_ == PimFormat::kCsr ? elements.all : elements.outside);
    weighted.traffic_bytes["dram"].read.add("psum", elements.all * kWordBytes);
    weighted.traffic_bytes["dram"].write.add("c", attention_.output_elements() * kWordBytes);
    add_stage(result_, std::move(weighted));
    finish(elements);
    if (options_.compute_product) compute();
    if (options_.timeline) fill_staged_timeline(result_, 0);
    billing_.bill(result_);
    return std::move(result_);
  }

 private:
  void identify() {
    result_.accelerator = name_;
    result_.timing = "analytic";
    describe(result_, op_);
    result_.operand_type = "fp32";
    result_.accumulate_type = "fp32";
    result_.clock_hz = config_.clock_mhz * 1e6;
    result_.config = config_values(pim_fields(), &config_);
  }

  [[nodiscard]] Elements count_elements() const {
    Elements elements;
    for (const auto& mask : attention_.masks) {
      const uint64_t window = asadi::window_of(*mask, config_.windowed());
      elements.window = std::max(elements.window, window);
      elements.outside += mask->nnz() - elements_within(diagonal_profile(*mask), window);
    }
    if (attention_.masks.size() == 1) elements.outside *= attention_.heads;
    elements.all = attention_.nnz();
    return elements;
  }

  // Where the scores lie: a column each and the rows' offsets, or a pair of indexes of each moved one.
  [[nodiscard]] uint64_t metadata_bytes(const Elements& elements) const {
    if (format_ == PimFormat::kCsr)
      return (elements.all + attention_.heads * (attention_.tokens + 1)) * kWordBytes;
    return ceil_div(elements.outside * 2 * ceil_log2(attention_.tokens), 8);
  }

  // One of the two products: banks work on all elements and wait for what `crossing` ones bring from other banks.
  [[nodiscard]] Stage product(const char* name, const Elements& elements, uint64_t crossing) {
    const hw::PimBanks memory = config_.memory();
    const uint64_t bytes = memory.cross_bank_bytes(crossing, attention_.head_dim);
    Stage stage;
    stage.name = name;
    stage.phases.add(std::string("stream.") + name, memory.bank_cycles(elements.all, attention_.head_dim));
    stage.phases.add("stall_memory.cross_bank", memory.cross_bank_cycles(bytes));
    stage.traffic_bytes["dram"].read.add("b", elements.all * attention_.head_dim * kWordBytes);
    stage.traffic_bytes["dram"].read.add("metadata", metadata_bytes(elements));
    stage.traffic_bytes["cross_bank"].read.add("b", bytes);
    result_.counters.add("cross_bank.bytes", bytes);
    streaming_ += stage.phases.get(std::string("stream.") + name);
    return stage;
  }

  void finish(const Elements& elements) {
    result_.counters.add("iterations", elements.all);
    result_.multiplications_effectual = result_.multiplications_issued =
        2 * elements.all * attention_.head_dim;
    const auto lanes = static_cast<double>(config_.banks) * static_cast<double>(config_.lanes);
    const double useful = static_cast<double>(result_.multiplications_effectual) / lanes;
    const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
    result_.stationary_utilisation = elements.all > 0 ? 1 : 0;
    result_.compute_utilisation = share(useful, static_cast<double>(streaming_));
    result_.overall_utilisation = share(useful, static_cast<double>(result_.cycles));
    result_.explanation =
        fmt::format("{} non-zeros of {} heads over {} banks", elements.all, attention_.heads, config_.banks);
    if (format_ == PimFormat::kDiagonals)
      result_.explanation +=
          fmt::format(", {} of them outside a window of {}", elements.outside, elements.window);
    result_.notes.emplace_back("softmax and linear layers are not timed");
  }

  void compute() {
    const asadi::WalkHead walk = format_ == PimFormat::kCsr ? compute_by_rows : compute_by_diagonals;
    result_.product = asadi::walk_heads(op_, config_.windowed(), walk, attention_tensors(op_)).z;
    result_.output.nnz = result_.product->nnz();
  }

  const char* name_;
  PimFormat format_;
  const Operation& op_;
  const Attention& attention_;
  const PimConfig& config_;
  const Billing& billing_;
  const SimulateOptions& options_;
  uint64_t streaming_ = 0;
  Result result_;
};

// The energy of a byte across banks stands for the whole memory [choice]; what is logic is billed as area.
Billing make_billing(const PimConfig& config) {
  const Technology& tech = Technology::builtin(config.technology);
  const hw::Arithmetic fp32 = hw::Arithmetic::of(DataType::kFp32);
  hw::Block lane = hw::systolic_array_block(tech, 1, 1, fp32);
  lane.leakage_mw = 0;
  Billing billing;
  billing.component("simd",
                    lane.times(static_cast<double>(config.banks) * static_cast<double>(config.lanes)));
  billing.event("cross_bank", "cross_bank.bytes", hw::cross_bank_byte_energy(tech));
  return billing;
}

}  // namespace

Pim::Pim(const char* name, PimFormat format, const PimConfig& config)
    : name_(name), format_(format), config_(config), billing_(make_billing(config)) {}

std::optional<std::string> Pim::refuses(const Operation& operation) const {
  const Attention* attention = operation.attention();
  if (attention == nullptr)
    return fmt::format("{} does not support '{}' operations; it runs sparse attention", name_,
                       operation.kind);
  if (const auto problem = asadi::shape_problem(*attention)) return problem;
  const uint64_t most = 2 * attention->tokens - 1;
  if (format_ == PimFormat::kDiagonals && static_cast<uint64_t>(config_.window) > most)
    return fmt::format("a window of {} diagonals for {} tokens; allowed: up to {}", config_.window,
                       attention->tokens, most);
  // Q, K, V, Z, and a value and a column for each score.
  const double words = 4.0 * static_cast<double>(attention->heads) * static_cast<double>(attention->tokens) *
                           static_cast<double>(attention->head_dim) +
                       2.0 * static_cast<double>(attention->nnz());
  const double gb = words * kWordBytes * 1e-9;
  if (gb > config_.memory_gb)
    return fmt::format("Q, K, V, Z and the scores take {:.3g} GB, {} has {:.3g}", gb, name_,
                       config_.memory_gb);
  return std::nullopt;
}

RunResult Pim::simulate(std::span<const Operation> operations, const SimulateOptions& options) const {
  return one_after_the_other(*this, operations, options, [&](const Operation& operation) {
    return Run(name_, format_, operation, config_, billing_, options).go();
  });
}

std::vector<BillLine> Pim::bill() const { return billing_.lines(); }

}  // namespace nonzero::attention_peers
