#include "nonzero/hw/array/stce_stepped.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <stdexcept>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/array/stce_operands.h"

namespace nonzero::hw {
namespace {

void require_ready(uint64_t now, uint64_t ready) {
  if (now < ready)
    throw std::logic_error(
        fmt::format("a partial sum is added to in cycle {}, its last addition ends in {}", now, ready));
}

// What both dataflows share: the GEMM, the array and the output under way.
class Stepper {
 public:
  Stepper(const StceArray& array, const StceGemm& gemm, const StceOperands& operands)
      : array_(array), gemm_(gemm), operands_(operands) {
    done_.out.resize(gemm.positions * gemm.outputs);
  }

 protected:
  [[nodiscard]] float product(uint64_t row, uint64_t column, uint64_t step) {
    ++done_.busy_pe_cycles;
    return operands_.activation(row, column, step) * operands_.weight(column, step);
  }

  const StceArray& array_;
  const StceGemm& gemm_;
  const StceOperands& operands_;
  SteppedGemm done_;
};

class OutputStationary : public Stepper {
 public:
  using Stepper::Stepper;

  SteppedGemm run() {
    plan();
    cells_.resize(array_.cells());
    for (Cell& cell : cells_) cell.sums.resize(array_.interleave);
    ports_.resize(array_.columns);
    wave_.resize(array_.rows + array_.columns - 1);
    for (now_ = 0; batch_ < batches_.size() || drained_ < array_.columns * batches_.size(); ++now_) tick();
    done_.cycles = now_;
    return std::move(done_);
  }

 private:
  struct Batch {
    uint64_t column_tile = 0, first_tile = 0, tiles = 0;
  };
  struct Slot {
    bool filled = false, ends_batch = false;
    uint64_t batch = 0, tile = 0, step = 0;  // `tile` within its batch
  };
  struct Sum {
    float value = 0;
    uint64_t ready = 0;
  };
  struct Cell {
    std::vector<Sum> sums;
    std::deque<std::vector<float>> finished;  // a batch's results on their way through the pipeline
  };
  struct Port {
    std::deque<std::pair<uint64_t, uint64_t>> due;  // (cycle, batch): a batch is complete in this column
    std::vector<float> rows;                        // leaving, one per cycle
    uint64_t batch = 0, next = 0;
  };

  void plan() {
    const uint64_t row_tiles = ceil_div(gemm_.positions, array_.rows);
    for (uint64_t column = 0; column < ceil_div(gemm_.outputs, array_.columns); ++column)
      for (uint64_t tile = 0; tile < row_tiles; tile += array_.interleave)
        batches_.push_back({column, tile, std::min(array_.interleave, row_tiles - tile)});
  }

  // The controller: a batch's slots one per cycle, its last one not before the port can take the batch.
  Slot issue() {
    if (batch_ == batches_.size()) return {};
    const Batch& batch = batches_[batch_];
    const uint64_t stride = std::max(batch.tiles, array_.add_latency);
    const uint64_t slots = gemm_.steps() * stride;
    Slot slot;
    slot.batch = batch_;
    slot.filled = slot_ < slots && slot_ % stride < batch.tiles;
    slot.tile = slot_ % stride;
    slot.step = slot_ / stride;
    ++slot_;
    if (slot_ >= slots && now_ + 1 >= port_free_) {
      slot.ends_batch = true;
      port_free_ = now_ + 1 + array_.rows * batch.tiles;
      ++batch_;
      slot_ = 0;
    }
    return slot;
  }

  void tick() {
    std::rotate(wave_.rbegin(), wave_.rbegin() + 1, wave_.rend());
    wave_.front() = issue();
    for (uint64_t r = 0; r < array_.rows; ++r)
      for (uint64_t c = 0; c < array_.columns; ++c) compute(wave_[r + c], r, c);
    for (uint64_t c = 0; c < array_.columns; ++c) drain(c);
  }

  void compute(const Slot& slot, uint64_t r, uint64_t c) {
    Cell& cell = cells_[r * array_.columns + c];
    const Batch& batch = batches_[std::min<uint64_t>(slot.batch, batches_.size() - 1)];
    const uint64_t row = (batch.first_tile + slot.tile) * array_.rows + r;
    const uint64_t column = batch.column_tile * array_.columns + c;
    if (slot.filled && row < gemm_.positions && column < gemm_.outputs) {
      Sum& sum = cell.sums[slot.tile];
      if (slot.step == 0) sum = {0, now_};
      require_ready(now_, sum.ready);
      sum.value += product(row, column, slot.step);
      sum.ready = now_ + array_.add_latency;
    }
    if (!slot.ends_batch) return;
    std::vector<float> results;
    for (uint64_t tile = 0; tile < batch.tiles; ++tile) results.push_back(cell.sums[tile].value);
    cell.finished.push_back(std::move(results));
    if (r == array_.rows - 1) ports_[c].due.emplace_back(now_ + array_.depth + 1, slot.batch);
  }

  void drain(uint64_t c) {
    Port& port = ports_[c];
    if (!port.due.empty() && port.due.front().first == now_) {
      if (port.next < port.rows.size()) throw std::logic_error("a drain port is asked for two batches");
      load(port, c);
    }
    if (port.next == port.rows.size()) return;
    const Batch& batch = batches_[port.batch];
    const uint64_t row = batch.first_tile * array_.rows + port.next;
    const uint64_t column = batch.column_tile * array_.columns + c;
    if (row < gemm_.positions && column < gemm_.outputs)
      done_.out[row * gemm_.outputs + column] = port.rows[port.next];
    if (++port.next == port.rows.size()) ++drained_;
  }

  void load(Port& port, uint64_t c) {
    port.batch = port.due.front().second;
    port.due.pop_front();
    port.rows.clear();
    port.next = 0;
    for (uint64_t tile = 0; tile < batches_[port.batch].tiles; ++tile)
      for (uint64_t r = 0; r < array_.rows; ++r)
        port.rows.push_back(cells_[r * array_.columns + c].finished.front()[tile]);
    for (uint64_t r = 0; r < array_.rows; ++r) cells_[r * array_.columns + c].finished.pop_front();
  }

  std::vector<Batch> batches_;
  std::vector<Cell> cells_;
  std::vector<Port> ports_;
  std::vector<Slot> wave_;  // by r + c
  uint64_t now_ = 0, batch_ = 0, slot_ = 0, port_free_ = 0, drained_ = 0;
};

class WeightStationary : public Stepper {
 public:
  WeightStationary(const StceArray& array, const StceGemm& gemm, const StceOperands& operands)
      : Stepper(array, gemm, operands), held_(gemm.sparse ? gemm.ratio.n : 1) {}

  SteppedGemm run() {
    plan();
    const uint64_t row_delay = held_ * array_.add_latency;
    const uint64_t last_delay = (array_.rows - 1) * row_delay + array_.columns - 1;
    for (now_ = 0;; ++now_) {
      issued_.push_back(issue());
      for (uint64_t r = 0; r < array_.rows; ++r)
        for (uint64_t c = 0; c < array_.columns; ++c)
          if (const uint64_t delay = r * row_delay + c; delay <= now_) compute(issued_[now_ - delay], r, c);
      if (tile_ == tiles_.size() && now_ >= last_slot_ + last_delay) break;
    }
    done_.cycles = now_ + 1 + array_.depth;
    return std::move(done_);
  }

 private:
  struct Tile {
    uint64_t column_tile = 0, first_row = 0, rows = 0, k_tile = 0;
  };
  struct Slot {
    bool filled = false;
    uint64_t tile = 0, row = 0, weight = 0;  // `row` within its tile
  };
  struct Sum {
    float value = 0;
    uint64_t ready = 0;
  };

  void plan() {
    const uint64_t k_tiles = ceil_div(gemm_.steps() / held_, array_.rows);
    const uint64_t block = array_.rows_per_block();
    for (uint64_t column = 0; column < ceil_div(gemm_.outputs, array_.columns); ++column)
      for (uint64_t row = 0; row < gemm_.positions; row += block)
        for (uint64_t k = 0; k < k_tiles; ++k)
          tiles_.push_back({column, row, std::min(block, gemm_.positions - row), k});
    sums_.resize(tiles_.size());
    weights_ready_ = array_.rows * held_;  // the first preload hides behind nothing
  }

  // Rows in groups of L_acc: weight 0 for each row of the group, then weight 1 for the same rows.
  Slot issue() {
    if (tile_ == tiles_.size() || (slot_ == 0 && now_ < weights_ready_)) return {};
    const Tile& tile = tiles_[tile_];
    // The next tile's weights enter from the moment this one's stream begins.
    if (slot_ == 0) weights_ready_ = now_ + array_.rows * held_;
    const uint64_t together = held_ == 1 ? 1 : array_.add_latency;
    const uint64_t group = slot_ / (held_ * together), within = slot_ % (held_ * together);
    Slot slot;
    slot.tile = tile_;
    slot.row = group * together + within % together;
    slot.weight = within / together;
    slot.filled = slot.row < tile.rows;
    if (++slot_ == held_ * together * ceil_div(tile.rows, together)) {
      last_slot_ = now_;
      slot_ = 0;
      ++tile_;
    }
    return slot;
  }

  void compute(const Slot& slot, uint64_t r, uint64_t c) {
    if (!slot.filled) return;
    const Tile& tile = tiles_[slot.tile];
    const uint64_t column = tile.column_tile * array_.columns + c;
    if (column >= gemm_.outputs) return;
    std::vector<Sum>& flowing = sums_[slot.tile];
    if (flowing.empty()) flowing.resize(tile.rows * array_.columns);
    Sum& sum = flowing[slot.row * array_.columns + c];
    require_ready(now_, sum.ready);
    const uint64_t step = (tile.k_tile * array_.rows + r) * held_ + slot.weight;
    const uint64_t row = tile.first_row + slot.row;
    if (step < gemm_.steps()) sum.value += product(row, column, step);
    sum.ready = now_ + array_.add_latency;
    if (r != array_.rows - 1 || slot.weight != held_ - 1) return;
    float& stored = done_.out[row * gemm_.outputs + column];
    stored = tile.k_tile == 0 ? sum.value : stored + sum.value;
  }

  uint64_t held_;  // weights per PE
  std::vector<Tile> tiles_;
  std::vector<std::vector<Sum>> sums_;  // per tile, rows x columns
  std::vector<Slot> issued_;            // by cycle
  uint64_t now_ = 0, tile_ = 0, slot_ = 0, weights_ready_ = 0, last_slot_ = 0;
};

}  // namespace

SteppedGemm step_stce(const StceArray& array, const StceGemm& gemm, StceDataflow dataflow,
                      std::span<const float> a, std::span<const float> w, const NmCompact* compact) {
  if (array.rows > kMostSteppedSide || array.columns > kMostSteppedSide)
    throw InputError(fmt::format("stepping an array of {} x {}", array.rows, array.columns),
                     fmt::format("allowed: up to {} x {}", kMostSteppedSide, kMostSteppedSide));
  const StceOperands operands(gemm, a, w, compact);
  if (gemm.positions == 0 || gemm.outputs == 0 || gemm.steps() == 0)
    return {0, 0, std::vector<float>(gemm.positions * gemm.outputs)};
  return dataflow == StceDataflow::kOutputStationary ? OutputStationary(array, gemm, operands).run()
                                                     : WeightStationary(array, gemm, operands).run();
}

}  // namespace nonzero::hw
