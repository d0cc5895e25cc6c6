#include "nonzero/arch/hottiles/hottiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "nonzero/arch/hottiles/activity.h"
#include "nonzero/arch/hottiles/billing.h"
#include "nonzero/arch/hottiles/views.h"
#include "nonzero/base/parallel.h"
#include "nonzero/workload/operands.h"

namespace nonzero::hottiles {
namespace {

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

// hot-only -> hot_only: a part of a counter's name.
std::string counter_name(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

bool same_split(const TilePartition& a, const TilePartition& b) {
  return a.mode == b.mode && a.of_tile == b.of_tile;
}

class Run {
 public:
  Run(const Operation& operation, const Config& config, const Billing& billing,
      const SimulateOptions& options)
      : op_(operation), config_(config), billing_(billing), options_(options) {}

  Result go() {
    identify();
    take_operands();
    mapping_ = map_tiles(*a_, op_.n(), config_);
    simulate();
    const Schedule& schedule = schedules_.front();
    if (config_.timing == Timing::kSimulated)
      charge(result_, schedule);
    else
      charge(result_, mapping_.partition.prediction);
    count_activity(result_, schedule, mapping_, config_);
    fill_utilisation(schedule);
    compare();
    explain(schedule);
    if (options_.timeline) fill_timeline(schedule);
    if (options_.views)
      result_.views.emplace_back(
          "tile_map", tile_map_view(op_.name, *a_, mapping_, schedule, contenders_, result_.clock_hz));
    billing_.bill(result_);
    return std::move(result_);
  }

 private:
  [[nodiscard]] const Gemm& gemm() const { return op_.gemm(); }

  void identify() {
    result_.accelerator = HotTiles::kName;
    result_.timing = config_.timing == Timing::kSimulated ? "simulated" : "predicted";
    describe(result_, op_);
    result_.operand_type = name(config_.data_type);
    result_.accumulate_type = is_integer(config_.data_type) ? "int64" : "fp32";
    result_.clock_hz = config_.clock_hz();
    result_.config = config_values(fields(), &config_);
    if (gemm().semiring != Semiring::kPlusTimes)
      result_.notes.push_back(fmt::format("semiring {}", name(gemm().semiring)));
  }

  // Zeros of A are dropped where adding them changes nothing. B is looked at where its values matter, or its zeros.
  void take_operands() {
    const bool drop = gemm().semiring == Semiring::kPlusTimes;
    const bool values = options_.compute_product;
    const auto a = prepare_operand(gemm().a, config_.data_type, values, drop);
    a_ = as_csr(a);
    result_.nnz_a = a_->nnz();
    result_.multiplications_issued = a_->nnz() * op_.n();
    result_.multiplications_effectual = result_.multiplications_issued;
    const bool dense = gemm().b.density() >= 1;
    if (!dense)
      result_.notes.emplace_back("B is not dense: its zeros are stored, moved and multiplied like all else");
    if (!dense || values) take_b(*a, drop);
    note_dropped_zeros(result_, op_);
  }

  void take_b(const Matrix& a, bool drop) {
    const bool values = options_.compute_product;
    const auto b = prepare_operand(gemm().b, config_.data_type, values, drop);
    result_.nnz_b = nnz(*b);
    result_.multiplications_effectual = effectual_multiplications(a, *b);
    if (values) b_ = as_csr(b);
  }

  // The partition at hand and, once each, the contenders that split the tiles in another way.
  void simulate() {
    std::vector<const TilePartition*> splits = {&mapping_.partition};
    schedule_of_.reserve(mapping_.contenders.size());
    for (const TilePartition& one : mapping_.contenders) {
      const auto known = std::find_if(splits.begin(), splits.end(),
                                      [&](const TilePartition* other) { return same_split(one, *other); });
      schedule_of_.push_back(static_cast<size_t>(known - splits.begin()));
      if (known == splits.end()) splits.push_back(&one);
    }
    std::unique_ptr<ProductWalk> product;
    if (options_.compute_product)
      product = ProductWalk::make(*a_, *b_, gemm().semiring, is_integer(config_.data_type),
                                  merges(mapping_.partition, mapping_.machine));
    schedules_.resize(splits.size());
    parallel_for(splits.size(), [&](uint64_t i) {
      schedules_[i] = simulate_partition(*a_, mapping_, *splits[i], config_, i == 0 ? product.get() : nullptr,
                                         i == 0 && options_.timeline);
    });
    if (!product) return;
    Product c = product->finish();
    result_.output.nnz = c.nnz();
    result_.product = std::make_shared<const Product>(std::move(c));
  }

  [[nodiscard]] Contender contender(const std::string& name, const TilePartition& partition,
                                    const Schedule& schedule) const {
    return {name, whole_cycles(schedule.seconds(), result_.clock_hz),
            whole_cycles(partition.seconds(), result_.clock_hz), schedule.bytes()};
  }

  void compare() {
    contenders_.push_back(contender(config_.partition, mapping_.partition, schedules_.front()));
    result_.counters.add("simulated_cycles", contenders_.front().cycles);
    result_.counters.add("predicted_cycles", contenders_.front().predicted_cycles);
    for (size_t i = 0; i < mapping_.contenders.size(); ++i) {
      const TilePartition& one = mapping_.contenders[i];
      const Contender& c = contenders_.emplace_back(contender(one.name, one, schedules_[schedule_of_[i]]));
      const std::string prefix = counter_name(one.name);
      result_.counters.add(prefix + ".cycles", c.cycles);
      result_.counters.add(prefix + ".predicted_cycles", c.predicted_cycles);
      result_.counters.add(prefix + ".bytes", static_cast<uint64_t>(c.bytes));
    }
  }

  [[nodiscard]] const Contender* find_contender(const std::string& name) const {
    const auto found = std::find_if(contenders_.begin() + 1, contenders_.end(),
                                    [&](const Contender& one) { return one.name == name; });
    return found == contenders_.end() ? nullptr : &*found;
  }

  void explain(const Schedule& schedule) {
    const TiledMatrix& matrix = mapping_.matrix;
    const Contender& own = contenders_.front();
    result_.explanation = fmt::format(
        "{} ({}): {} of {} tiles of {} rows hot with {:.0f} % of the non-zeros, {} empty; predicted {:+.1f} %",
        mapping_.partition.name, name_of(schedule.mode), schedule.hot_work.tiles, matrix.tiles.size(),
        matrix.grid.tile_height,
        100 * share(static_cast<double>(schedule.hot_work.nnz), static_cast<double>(matrix.nnz)),
        matrix.grid.tiles() - matrix.tiles.size(),
        100 * (share(static_cast<double>(own.predicted_cycles), static_cast<double>(own.cycles)) -
               (own.cycles > 0 ? 1 : 0)));
    if (mapping_.chosen.reduced)
      result_.notes.push_back(
          fmt::format("small matrix: tiles of {} rows instead of the machine's, for all contenders",
                      matrix.grid.tile_height));
    note_rates(schedule);
    note_speedups();
  }

  void note_rates(const Schedule& schedule) {
    if (schedule.seconds() <= 0) return;
    std::vector<std::string> parts = {
        fmt::format("{:.2f} lines per non-zero",
                    share(schedule.bytes() / static_cast<double>(config_.line_bytes),
                          static_cast<double>(mapping_.matrix.nnz))),
        fmt::format("{:.1f} GB/s", schedule.bytes() / schedule.seconds() * 1e-9)};
    const auto add = [&](const char* type, const TypeWork& work) {
      if (work.active_seconds <= 0) return;
      const double operations =
          static_cast<double>(work.nnz) * static_cast<double>(op_.n()) * config_.ops_per_nonzero;
      parts.push_back(
          fmt::format("{} workers {:.1f} GFLOP/s while busy", type, operations / work.active_seconds * 1e-9));
    };
    add("hot", schedule.hot_work);
    add("cold", schedule.cold_work);
    result_.notes.push_back(fmt::format("simulated: {}", fmt::join(parts, ", ")));
  }

  void note_speedups() {
    std::vector<std::string> parts;
    const auto own = static_cast<double>(contenders_.front().cycles);
    double best = 0;
    for (const char* name : {"hot-only", "cold-only", "unaware"}) {
      const Contender* other = find_contender(name);
      if (other == nullptr || own <= 0) continue;
      const auto cycles = static_cast<double>(other->cycles);
      parts.push_back(fmt::format("{:.2f} x {}", cycles / own, name));
      if (std::string_view(name) != "unaware") best = best > 0 ? std::min(best, cycles) : cycles;
    }
    if (parts.empty()) return;
    if (best > 0) parts.push_back(fmt::format("{:.2f} x the best homogeneous", best / own));
    result_.notes.push_back(fmt::format("speed-up, simulated: {}", fmt::join(parts, ", ")));
  }

  // Useful lanes over all lanes of both kinds; a lane does two operations a cycle.
  void fill_utilisation(const Schedule& schedule) {
    const auto lanes = static_cast<double>(config_.simd_lanes);
    const double per_nonzero = config_.ops_per_nonzero / 2;
    const double cold = static_cast<double>(config_.cold_count()) * lanes;
    const double one_hot = config_.hot_nonzeros_per_cycle > 0
                               ? config_.hot_nonzeros_per_cycle * static_cast<double>(op_.n()) * per_nonzero
                               : static_cast<double>(config_.hot_macs_per_scale * config_.hot_scale) * lanes;
    const double hot = static_cast<double>(config_.hot_count()) * one_hot;
    const double useful = static_cast<double>(result_.multiplications_effectual) * per_nonzero;
    const double streaming = (schedule.both + schedule.hot + schedule.cold) * result_.clock_hz;
    result_.compute_utilisation = share(useful, (hot + cold) * streaming);
    result_.overall_utilisation = share(useful, (hot + cold) * static_cast<double>(result_.cycles));
  }

  void fill_timeline(const Schedule& schedule) {
    const auto cycle = [&](double seconds) { return static_cast<uint64_t>(seconds * result_.clock_hz); };
    const size_t hot = config_.hot_count();
    result_.timeline.reserve(schedule.spans.size());
    for (const WorkerSpan& span : schedule.spans) {
      const bool is_hot = span.worker < hot;
      result_.timeline.push_back(
          {fmt::format("{} {}", is_hot ? "hot" : "cold", is_hot ? span.worker : span.worker - hot),
           is_hot ? "stream.hot" : "stream.cold", cycle(span.begin), cycle(span.end), span.panel});
    }
    if (schedule.merge > 0)
      result_.timeline.push_back(
          {"merger", "merge", cycle(schedule.seconds() - schedule.merge), cycle(schedule.seconds()), 0});
  }

  const Operation& op_;
  const Config& config_;
  const Billing& billing_;
  const SimulateOptions& options_;
  std::shared_ptr<const Csr> a_, b_;
  Mapping mapping_;
  std::vector<Schedule> schedules_;    // of the partition at hand, then of further splits
  std::vector<size_t> schedule_of_;    // by contender
  std::vector<Contender> contenders_;  // the partition at hand first
  Result result_;
};

}  // namespace

HotTiles::HotTiles(const Config& config) : config_(config), billing_(make_billing(config)) {}

std::optional<std::string> HotTiles::refuses(const Operation& operation) const {
  if (std::holds_alternative<Gemm>(operation.body)) return std::nullopt;
  return fmt::format("{} does not support '{}' operations", kName, operation.kind);
}

RunResult HotTiles::simulate(std::span<const Operation> operations, const SimulateOptions& options) const {
  return one_after_the_other(*this, operations, options, [&](const Operation& operation) {
    return Run(operation, config_, billing_, options).go();
  });
}

std::vector<BillLine> HotTiles::bill() const { return billing_.lines(); }

}  // namespace nonzero::hottiles
