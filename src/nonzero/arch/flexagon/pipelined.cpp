#include "nonzero/arch/flexagon/pipelined.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "nonzero/arch/flexagon/psram_config.h"
#include "nonzero/arch/flexagon/str_port.h"
#include "nonzero/arch/flexagon/unions.h"
#include "nonzero/base/math.h"
#include "nonzero/base/progress.h"
#include "nonzero/hw/memory/psram_counter.h"
#include "nonzero/hw/reduction/merger.h"

namespace nonzero::flexagon {
namespace {

using Run = hw::PsramCounter::Run;

class Walk {
 public:
  Walk(const Sides& sides, const Sides& by_rows, const Config& config, const Hooks& hooks)
      : sides_(sides),
        sta_(*sides.stationary),
        str_(*sides.streaming),
        rows_(*by_rows.stationary),
        fibers_(*by_rows.streaming),
        config_(config),
        hooks_(hooks),
        lanes_(config.lanes()),
        dn_(static_cast<uint64_t>(config.dn_bandwidth)),
        rn_(static_cast<uint64_t>(config.rn_bandwidth)),
        block_(static_cast<uint64_t>(config.psram_block_elements)),
        lanes_per_port_(ceil_div(lanes_, dn_)),
        cache_(str_, config),
        unions_(sides.columns, lanes_) {
    if (sides.method != Method::kInner) psram_.emplace(psram_geometry(config), psram_overflow(config));
  }

  Schedule go() {
    for (const uint32_t k : rows_.indices) s_.multiplications += length(k);
    switch (sides_.method) {
      case Method::kInner:
        inner();
        break;
      case Method::kOuter:
        outer();
        break;
      case Method::kGustavson:
        gustavson();
        break;
    }
    return finish();
  }

 private:
  [[nodiscard]] uint64_t length(uint64_t k) const { return fibers_.offsets[k + 1] - fibers_.offsets[k]; }
  [[nodiscard]] std::span<const uint32_t> fiber(uint64_t k) const { return fibers_.fiber(k); }

  // --- a tile ---------------------------------------------------------------------------------------

  void begin_tile(const Tile& tile) {
    Progress::throw_if_stopped();
    if (hooks_.tile) hooks_.tile(tile);
    if (psram_) psram_->begin_tile(s_.tiles);
    const uint64_t cycles =
        ceil_div(tile.size(), dn_) + (s_.tiles == 0 ? static_cast<uint64_t>(config_.l1_latency) +
                                                          static_cast<uint64_t>(config_.dram_latency)
                                                    : 0);
    load_ += cycles;
    span("load", cycles);
    s_.sta_reads += tile.size();
  }

  void end_tile(const Tile& tile, uint64_t stream, uint64_t busy) {
    if (cache_.line_serial()) stream = std::max(stream, cache_.busiest_bank());
    s_.stream_cycles += stream;
    idle_ += (lanes_ - tile.size()) * stream;
    stalled_ += tile.size() * (stream - busy);
    span("stream", stream);
    ++s_.tiles;
  }

  void span(const char* phase, uint64_t cycles) const {
    if (hooks_.span && cycles > 0) hooks_.span(phase, cycles, s_.tiles);
  }

  // The cycles of the network's busiest port, which serves neighbouring multipliers only. `multicast`:
  // an element for several of them passes once.
  uint64_t busiest_port(const Tile& tile, bool multicast) {
    if (!config_.dn_port_conflicts) return 0;
    uint64_t most = 0;
    for (uint64_t begin = tile.begin; begin < tile.end; begin += lanes_per_port_) {
      const uint64_t end = std::min(begin + lanes_per_port_, tile.end);
      ks_.clear();
      for (uint64_t e = begin; e < end; ++e) ks_.push_back(element_k(tile, e));
      if (multicast) {
        std::sort(ks_.begin(), ks_.end());
        ks_.erase(std::unique(ks_.begin(), ks_.end()), ks_.end());
      }
      uint64_t load = 0;
      for (const uint64_t k : ks_) load += length(k);
      most = std::max(most, load);
    }
    return most;
  }

  void write_psram() {
    psram_->write(runs_);
    runs_.clear();
  }

  [[nodiscard]] uint64_t element_k(const Tile& tile, uint64_t e) const {
    if (sides_.method != Method::kOuter) return sta_.indices[e];
    const auto begin = sta_.offsets.begin() + static_cast<int64_t>(tile.fiber_begin);
    return static_cast<uint64_t>(std::upper_bound(begin, sta_.offsets.end(), e) - sta_.offsets.begin()) - 1;
  }

  // --- inner product --------------------------------------------------------------------------------

  void inner() {
    for_each_tile(sides_, lanes_, false, [&](const Tile& tile) {
      begin_tile(tile);
      uint64_t clusters = 0;
      for (uint64_t row = tile.fiber_begin; row < tile.fiber_end; ++row)
        clusters += sta_.offsets[row + 1] > sta_.offsets[row];
      const uint64_t columns = sides_.columns;
      const uint64_t reinjected = tile.fold > 0 ? columns : 0;
      const uint64_t read = fibers_.offsets[tile.k_end] - fibers_.offsets[tile.k_begin];
      s_.str_reads += read;
      s_.psums_reinjected += reinjected;
      s_.reduction_inputs += columns * (tile.size() + (tile.fold > 0));
      slots_ += columns * tile.size();
      touch_columns(tile);
      const uint64_t stream = std::max({columns, ceil_div(read + reinjected, dn_),
                                        ceil_div(columns * clusters, rn_), busiest_port(tile, true)});
      end_tile(tile, stream, columns);
    });
    count_outputs();
  }

  // The segments of all columns that lie in the tile's range of k, in storage order.
  void touch_columns(const Tile& tile) {
    if (cache_.line_serial() && tile.folds == 1) cache_.request(0, str_.nnz(), 1);
    const bool all_lines = tile.folds == 1 || (cache_.fits() && !cache_.line_serial());
    if (all_lines) {
      cache_.sweep();
      return;
    }
    if (line_of_.empty()) locate_lines();
    const uint64_t first = fibers_.offsets[tile.k_begin], end = fibers_.offsets[tile.k_end];
    for (uint64_t e = first; e < end; ++e) cache_.mark(line_of_[e]);
    cache_.touch_marked();
  }

  // Of each element of rows k, the line it has in the streaming operand's storage by columns. Columns lie
  // behind one another, so their segments touch their lines in rising order.
  void locate_lines() {
    std::vector<uint64_t> next(fibers_.offsets.begin(), fibers_.offsets.end() - 1);
    line_of_.resize(str_.nnz());
    for (uint64_t e = 0; e < str_.nnz(); ++e)
      line_of_[next[str_.indices[e]]++] = static_cast<uint32_t>(e / config_.line_elements());
  }

  // Structural non-zeros of C, without timing.
  void count_outputs() {
    for (uint64_t row = 0; row < rows_.rows; ++row) {
      if (row % 1024 == 0) Progress::throw_if_stopped();
      s_.nnz_c += union_of(rows_.fiber(row));
    }
  }

  // --- outer product --------------------------------------------------------------------------------

  void outer() {
    for_each_tile(sides_, lanes_, false, [&](const Tile& tile) {
      begin_tile(tile);
      uint64_t longest = 0, sent = 0, leaving = 0;
      for (uint64_t k = tile.fiber_begin; k < tile.fiber_end; ++k) {
        const uint64_t first = std::max(tile.begin, sta_.offsets[k]),
                       last = std::min(tile.end, sta_.offsets[k + 1]);
        const uint64_t held = last - first;
        if (held == 0) continue;
        longest = std::max(longest, length(k));
        // One read serves all multipliers, unless the port serves each.
        sent += length(k) * (cache_.line_serial() ? held : 1);
        leaving += length(k) * held;
        for (uint64_t e = first; e < last; ++e) runs_.push_back({sta_.indices[e], k, length(k)});
        cache_.touch(fibers_.offsets[k], fibers_.offsets[k + 1]);
        if (cache_.line_serial()) cache_.request(fibers_.offsets[k], fibers_.offsets[k + 1], held);
      }
      write_psram();
      s_.str_reads += sent;
      slots_ += tile.size() * longest;
      end_tile(tile,
               std::max({longest, ceil_div(sent, dn_), ceil_div(leaving, rn_), busiest_port(tile, true)}),
               longest);
    });
    s_.psums_from_multipliers = s_.multiplications;
    merge_rows();
  }

  // Rows in order; k ascending.
  void merge_rows() {
    for (uint64_t row = 0; row < rows_.rows; ++row) {
      if (row % 1024 == 0) Progress::throw_if_stopped();
      const std::span<const uint32_t> ks = rows_.fiber(row);
      runs_.clear();
      for (const uint32_t k : ks)
        if (length(k) > 0) runs_.push_back({static_cast<uint32_t>(row), k, length(k)});
      if (runs_.empty()) continue;
      if (runs_.size() > lanes_) {
        flush_merge();
        unions_.begin(runs_.size());
        rounds_.assign(unions_.rounds(), {});
        for (size_t i = 0; i < runs_.size(); ++i) {
          unions_.add(fiber(runs_[i].k));
          rounds_[0].fibers.push_back(runs_[i]);
          close_groups(0, i + 1 == runs_.size());
        }
      } else {
        merge_short_row();
      }
    }
    flush_merge();
  }

  void merge_short_row() {
    if (batch_.fibers + runs_.size() > lanes_ || !config_.merge_rows_in_parallel) flush_merge();
    unions_.begin(1);
    for (const Run& run : runs_) {
      unions_.add(fiber(run.k));
      batch_.elements += run.length;
    }
    batch_.fibers += runs_.size();
    batch_.largest = std::max(batch_.largest, unions_.size(0));
    batch_.unions += unions_.size(0);
    s_.nnz_c += unions_.size(0);
    psram_->consume(runs_);
  }

  void flush_merge() {
    if (batch_.fibers > 0) merge_pass(batch_.elements, batch_.largest, batch_.unions);
    batch_ = {};
  }

  // Ends the groups that are full, or at the row's end all of them, from round `from` of the unions on: a
  // group's output is a fiber of the round above, or a row of C.
  void close_groups(uint64_t from, bool row_ends) {
    for (uint64_t round = from; round < rounds_.size(); ++round) {
      std::vector<Run>& group = rounds_[round].fibers;
      if (group.size() < lanes_ && !row_ends) return;
      if (group.empty()) continue;
      const uint64_t size = unions_.size(round);
      uint64_t elements = 0;
      for (const Run& run : group) elements += run.length;
      merge_pass(elements, size, size);
      if (round == from) psram_->consume(group);
      const uint32_t row = group.front().row;
      group.clear();
      unions_.close(round);
      if (round + 1 == rounds_.size()) {
        s_.nnz_c += size;
        return;
      }
      // What a pass leaves takes the room of what it consumed, on chip and off [choice]: it overflows
      // nothing.
      s_.psums_from_passes += size;
      rounds_[round + 1].fibers.push_back({row, round, size});
    }
  }

  void merge_pass(uint64_t elements, uint64_t largest, uint64_t leaving) {
    uint64_t cycles = hw::merge_cycles(elements, largest, dn_);
    if (config_.merge_rows_in_parallel) cycles = std::max(cycles, ceil_div(leaving, rn_));
    merge_ += cycles;
    ++s_.merge_passes;
    s_.psums_read += elements;
    s_.reduction_inputs += elements;
    span("merge", cycles);
  }

  // --- Gustavson ------------------------------------------------------------------------------------

  void gustavson() {
    tile_of_k_.resize(sides_.inner, std::numeric_limits<uint32_t>::max());
    for_each_tile(sides_, lanes_, false, [&](const Tile& tile) {
      begin_tile(tile);
      uint64_t longest = 0, sent = 0;
      const auto stamp = static_cast<uint32_t>(s_.tiles);
      for (uint64_t e = tile.begin; e < tile.end; ++e) {
        const uint32_t k = sta_.indices[e];
        longest = std::max(longest, length(k));
        sent += length(k);
        if (cache_.line_serial()) cache_.request(fibers_.offsets[k], fibers_.offsets[k + 1], 1);
        if (tile_of_k_[k] == stamp) continue;
        tile_of_k_[k] = stamp;
        cache_.touch(fibers_.offsets[k], fibers_.offsets[k + 1]);
      }
      const Outputs out = tile.folds > 1 ? stream_pass(tile) : stream_rows(tile);
      s_.str_reads += sent;
      s_.reduction_inputs += sent;
      slots_ += tile.size() * longest;
      end_tile(tile,
               std::max({longest, out.largest, ceil_div(sent, dn_), ceil_div(out.total, rn_),
                         busiest_port(tile, false)}),
               longest);
      if (tile.folds > 1) close_groups(1, tile.fold + 1 == tile.folds);
    });
  }

  struct Outputs {
    uint64_t largest = 0, total = 0;
  };

  Outputs stream_rows(const Tile& tile) {
    Outputs out;
    for (uint64_t row = tile.fiber_begin; row < tile.fiber_end; ++row) {
      const uint64_t size = union_of(sta_.fiber(row));
      out.largest = std::max(out.largest, size);
      out.total += size;
    }
    s_.nnz_c += out.total;
    return out;
  }

  uint64_t union_of(std::span<const uint32_t> ks) {
    if (ks.size() == 1) return length(ks[0]);
    unions_.begin(1);
    for (const uint32_t k : ks) unions_.add(fiber(k));
    return unions_.size(0);
  }

  // One pass of a row longer than the array; its union is a fiber in the PSRAM.
  Outputs stream_pass(const Tile& tile) {
    if (tile.fold == 0) begin_long_row(sta_.fiber(tile.fiber_begin));
    for (uint64_t e = tile.begin; e < tile.end; ++e) unions_.add(fiber(sta_.indices[e]));
    const uint64_t size = unions_.size(0);
    unions_.close(0);
    s_.psums_from_multipliers += size;
    if (size > 0) {
      runs_.push_back({static_cast<uint32_t>(tile.fiber_begin), tile.fold, size});
      rounds_[1].fibers.push_back(runs_.front());
      write_psram();
    }
    return {size, size};
  }

  void begin_long_row(std::span<const uint32_t> ks) {
    uint64_t fibers = 0;
    for (size_t pass = 0; pass < ks.size(); pass += lanes_) {
      const std::span<const uint32_t> held = ks.subspan(pass, std::min<size_t>(lanes_, ks.size() - pass));
      fibers += std::any_of(held.begin(), held.end(), [&](uint32_t k) { return length(k) > 0; });
    }
    // What one pass leaves is read out of the PSRAM by a merging pass, too.
    unions_.begin(std::max<uint64_t>(fibers, 2) * lanes_);
    rounds_.assign(unions_.rounds(), {});
  }

  // --- the whole ------------------------------------------------------------------------------------

  Schedule finish() {
    const uint64_t reduce = s_.tiles > 0 ? ceil_log2(lanes_) + 2 : 0;
    const hw::PsramCounts psram = psram_ ? psram_->counts() : hw::PsramCounts{};
    s_.psram_spills = psram.spilled_blocks;
    s_.psram_peak_blocks = psram.peak_blocks;
    s_.line_misses = cache_.misses();
    const auto element = static_cast<uint64_t>(config_.element_bytes);
    const uint64_t bytes = element * (sta_.nnz() + s_.nnz_c) +
                           static_cast<uint64_t>(config_.str_cache_line_bytes) * s_.line_misses +
                           2 * element * block_ * s_.psram_spills;
    const uint64_t before = load_ + s_.stream_cycles + merge_ + reduce;
    const uint64_t needed = ceil_div(bytes, static_cast<uint64_t>(config_.dram_bytes_per_cycle));
    const uint64_t stall = needed > before ? needed - before : 0;
    s_.cycles = before + stall;
    s_.phases.add("load", load_);
    s_.phases.add("stream", s_.stream_cycles);
    s_.phases.add("stall_memory", stall);
    s_.phases.add("merge", merge_);
    s_.phases.add("reduce", reduce);
    span("reduce", reduce);
    span("stall_memory", stall);
    s_.pe_cycles.add("useful", s_.multiplications);
    if (sides_.method == Method::kInner) s_.pe_cycles.add("zero_operand", slots_ - s_.multiplications);
    if (sides_.method != Method::kInner) s_.pe_cycles.add("imbalance", slots_ - s_.multiplications);
    s_.pe_cycles.add("operand_stall", stalled_);
    s_.pe_cycles.add("reduce_stall", lanes_ * merge_);
    s_.pe_cycles.add("memory_stall", lanes_ * stall);
    s_.pe_cycles.add("fill_drain", lanes_ * (load_ + reduce));
    s_.pe_cycles.add("idle", idle_);
    s_.l1_misses = s_.line_misses + ceil_div(sta_.nnz(), config_.line_elements());
    s_.l1_accesses = sta_.nnz() + s_.str_reads + s_.psums_reinjected;
    return std::move(s_);
  }

  struct Batch {
    uint64_t fibers = 0, elements = 0, largest = 0, unions = 0;
  };
  struct Round {
    std::vector<Run> fibers;
  };

  const Sides& sides_;
  const Csr& sta_;
  const Csr& str_;
  const Csr& rows_;
  const Csr& fibers_;
  const Config& config_;
  const Hooks& hooks_;
  uint64_t lanes_, dn_, rn_, block_, lanes_per_port_;

  StrCache cache_;
  std::optional<hw::PsramCounter> psram_;  // of the dataflows that keep partial sums
  UnionTree unions_;
  std::vector<Run> runs_;
  std::vector<Round> rounds_;
  Batch batch_;
  std::vector<uint64_t> ks_;
  std::vector<uint32_t> line_of_, tile_of_k_;

  Schedule s_;
  uint64_t load_ = 0, merge_ = 0;
  // Of loaded multipliers while streaming: turns in which they could multiply, and the others; idle_ is
  // of the multipliers that are not loaded.
  uint64_t slots_ = 0, stalled_ = 0, idle_ = 0;
};

}  // namespace

Schedule schedule_pipelined(const Sides& sides, const Sides& by_rows, const Config& config,
                            const Hooks& hooks) {
  return Walk(sides, by_rows, config, hooks).go();
}

}  // namespace nonzero::flexagon
