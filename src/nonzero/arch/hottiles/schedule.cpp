#include "nonzero/arch/hottiles/schedule.h"

#include <algorithm>
#include <optional>

#include "nonzero/base/memory.h"
#include "nonzero/base/progress.h"
#include "nonzero/hw/memory/shared_bandwidth.h"
#include "nonzero/hw/reduction/output_merge.h"

namespace nonzero::hottiles {
namespace {

constexpr double kGiga = 1e9, kNano = 1e-9;

// Panels of which a type has a tile, in order, dealt out one by one.
class PanelQueue {
 public:
  PanelQueue(const TiledMatrix& matrix, const std::vector<TileType>& of_tile, TileType type) {
    for (size_t p = 0; p < matrix.panels.size(); ++p) {
      const TilePanel& panel = matrix.panels[p];
      const auto first = of_tile.begin() + static_cast<std::ptrdiff_t>(panel.first_tile);
      const auto last = first + static_cast<std::ptrdiff_t>(panel.tiles);
      if (std::find(first, last, type) != last) panels_.push_back(static_cast<uint32_t>(p));
    }
  }

  std::optional<uint32_t> take() {
    if (next_ == panels_.size()) return std::nullopt;
    return panels_[next_++];
  }

 private:
  std::vector<uint32_t> panels_;
  size_t next_ = 0;
};

// Where a worker stands in its panel: the next tile (hot) or the next row (cold), both within the panel.
struct Stand {
  std::optional<uint32_t> panel;
  uint64_t next = 0;
};

// What the simulation's parts look at.
struct Scene {
  const Csr& a;
  const Mapping& mapping;
  const TilePartition& partition;
  const Config& config;
  ProductWalk* product;

  [[nodiscard]] const TilePanel& panel(uint32_t index) const { return mapping.matrix.panels[index]; }
  [[nodiscard]] TileType type_of(uint64_t tile) const { return partition.of_tile[tile]; }
};

// A unit of work on its way.
struct Unit {
  hw::Transfer transfer;
  double compute_seconds = 0;
};

// The hot workers: tile by tile through their panels.
class HotSide {
 public:
  HotSide(const Scene& scene, uint64_t workers)
      : scene_(scene),
        sextans_(scene.config.sextans()),
        rows_(scene.config.simd_rows(scene.mapping.machine.columns)),
        queue_(scene.mapping.matrix, scene.partition.of_tile, TileType::hot),
        stands_(workers),
        cursors_(scene.product != nullptr ? workers : 0) {}

  std::optional<Unit> next(size_t worker) {
    Stand& stand = stands_[worker];
    if (!stand.panel || !find_tile(stand)) {
      stand = {queue_.take(), 0};
      if (!stand.panel) return std::nullopt;
      first_of_panel_ = true;
      if (scene_.product != nullptr) cursors_[worker].open(scene_.panel(*stand.panel));
      find_tile(stand);
    } else {
      first_of_panel_ = false;
    }
    return take(worker, stand);
  }

  [[nodiscard]] uint32_t panel(size_t worker) const { return *stands_[worker].panel; }
  [[nodiscard]] const TypeWork& work() const { return work_; }

 private:
  // Per row of a panel, how far its pieces have been taken.
  struct Cursor {
    std::vector<uint64_t> piece, element;

    void open(const TilePanel& panel) {
      piece.assign(panel.piece_offsets.begin(), panel.piece_offsets.end() - 1);
      element.assign(panel.rows, 0);
    }
  };

  // Moves on to the next hot tile, if there is one.
  bool find_tile(Stand& stand) const {
    const TilePanel& panel = scene_.panel(*stand.panel);
    while (stand.next < panel.tiles && scene_.type_of(panel.first_tile + stand.next) != TileType::hot)
      ++stand.next;
    return stand.next < panel.tiles;
  }

  Unit take(size_t worker, Stand& stand) {
    const TilePanel& panel = scene_.panel(*stand.panel);
    const uint64_t at = stand.next++;
    const bool last = !find_tile(stand);
    const Tile& tile = scene_.mapping.matrix.tiles[panel.first_tile + at];
    const hw::SextansTile moved = streams(panel, tile, first_of_panel_, last);
    const hw::SextansWork work = hw::sextans_tile(sextans_, rows_, moved);
    count(moved, work);
    if (scene_.product != nullptr) follow(cursors_[worker], panel, at);
    return {{moved.bytes(), work.seconds, scene_.config.hot_weight()}, work.compute_seconds};
  }

  [[nodiscard]] hw::SextansTile streams(const TilePanel& panel, const Tile& tile, bool first,
                                        bool last) const {
    const TileMachine& machine = scene_.mapping.machine;
    const bool kept = machine.hot.dout == TileReuse::inter_tile;
    uint64_t dout_rows = panel.rows;
    if (machine.hot.dout == TileReuse::none) dout_rows = tile.nnz;
    if (machine.hot.dout == TileReuse::demand) dout_rows = tile.distinct_rows;
    const TileBytes bytes = tile_bytes(scene_.mapping.matrix.grid, tile, machine.hot, machine, dout_rows);
    return {tile.nnz, bytes.a, bytes.din, first || !kept ? bytes.dout : 0, last || !kept ? bytes.dout : 0};
  }

  void count(const hw::SextansTile& moved, const hw::SextansWork& work) {
    ++work_.units;
    ++work_.tiles;
    work_.nnz += moved.nnz;
    work_.a_bytes += moved.a;
    work_.din_bytes += moved.din;
    work_.dout_read_bytes += moved.dout_in;
    work_.dout_write_bytes += moved.dout_out;
    work_.scratchpad_lines += work.scratchpad_lines;
  }

  void follow(Cursor& cursor, const TilePanel& panel, uint64_t tile) {
    for (uint64_t row = 0; row < panel.rows; ++row) {
      const uint64_t begin = scene_.a.offsets[panel.first_row + row];
      uint64_t& piece = cursor.piece[row];
      for (; piece < panel.piece_offsets[row + 1] && panel.pieces[piece].tile <= tile; ++piece) {
        const TilePiece& one = panel.pieces[piece];
        const uint64_t from = begin + cursor.element[row];
        if (one.tile == tile) scene_.product->add(TileType::hot, panel.first_row + row, from, from + one.nnz);
        cursor.element[row] += one.nnz;
      }
    }
  }

  const Scene& scene_;
  hw::SextansConfig sextans_;
  hw::SimdRows rows_;
  PanelQueue queue_;
  std::vector<Stand> stands_;
  std::vector<Cursor> cursors_;
  bool first_of_panel_ = false;
  TypeWork work_;
};

// The cold workers: chunk by chunk through their panels, or through all panels.
class ColdSide {
 public:
  ColdSide(const Scene& scene, uint64_t workers)
      : scene_(scene),
        chunk_rows_(static_cast<uint64_t>(scene.config.chunk_rows)),
        all_cold_(std::find(scene.partition.of_tile.begin(), scene.partition.of_tile.end(), TileType::hot) ==
                  scene.partition.of_tile.end()),
        by_chunk_(scene.config.cold_ownership == Ownership::kChunk ||
                  (scene.config.cold_ownership == Ownership::kAuto && all_cold_)),
        queue_(scene.mapping.matrix, scene.partition.of_tile, TileType::cold),
        stands_(workers) {
    const hw::SimdRows rows = scene.config.simd_rows(scene.mapping.machine.columns);
    const hw::SpadeConfig spade = scene.config.spade();
    require_memory(static_cast<double>(workers) * static_cast<double>(spade.cache_bytes / spade.line_bytes) *
                       sizeof(uint64_t),
                   "the directories of the cold workers' caches");
    pes_.reserve(workers);
    for (uint64_t i = 0; i < workers; ++i) pes_.emplace_back(spade, rows);
    for (const TileType type : scene.partition.of_tile) work_.tiles += type == TileType::cold;
  }

  std::optional<Unit> next(size_t worker) {
    // Whoever is free takes the next chunk from the one stand that all share.
    Stand& stand = by_chunk_ ? shared_ : stands_[worker];
    while (true) {
      if (!stand.panel || stand.next >= scene_.panel(*stand.panel).rows) stand = {queue_.take(), 0};
      if (!stand.panel) return std::nullopt;
      if (by_chunk_) stands_[worker].panel = stand.panel;
      const auto unit = take(pes_[worker], stand);
      if (unit) return unit;
    }
  }

  [[nodiscard]] uint32_t panel(size_t worker) const { return *stands_[worker].panel; }
  [[nodiscard]] const TypeWork& work() const { return work_; }

 private:
  // Nothing where the chunk holds no cold non-zero.
  std::optional<Unit> take(hw::SpadePe& pe, Stand& stand) {
    Progress::throw_if_stopped();
    const TilePanel& panel = scene_.panel(*stand.panel);
    const uint64_t end = std::min(panel.rows, stand.next + chunk_rows_);
    const uint64_t height = end - stand.next;
    uint64_t rows = 0, nnz = 0;
    for (uint64_t row = stand.next; row < end; ++row) {
      const uint64_t found = all_cold_ ? visit_row(pe, panel, row) : visit_pieces(pe, panel, row);
      nnz += found;
      rows += found > 0;
    }
    stand.next = end;
    if (nnz == 0) return std::nullopt;
    const hw::SpadeWork work = pe.close(sparse_bytes(nnz, height), rows);
    count(work);
    return Unit{{work.bytes(), work.seconds, scene_.config.cold_weight()}, work.compute_seconds};
  }

  void visit(hw::SpadePe& pe, uint64_t row, uint64_t begin, uint64_t end) {
    pe.visit({scene_.a.indices.data() + begin, scene_.a.indices.data() + end});
    if (scene_.product != nullptr) scene_.product->add(TileType::cold, row, begin, end);
  }

  uint64_t visit_row(hw::SpadePe& pe, const TilePanel& panel, uint64_t row) {
    const uint64_t global = panel.first_row + row;
    const uint64_t begin = scene_.a.offsets[global], end = scene_.a.offsets[global + 1];
    if (end > begin) visit(pe, global, begin, end);
    return end - begin;
  }

  uint64_t visit_pieces(hw::SpadePe& pe, const TilePanel& panel, uint64_t row) {
    const uint64_t global = panel.first_row + row;
    uint64_t at = scene_.a.offsets[global], found = 0;
    for (const TilePiece& piece : panel.of_row(row)) {
      if (scene_.type_of(panel.first_tile + piece.tile) == TileType::cold) {
        visit(pe, global, at, at + piece.nnz);
        found += piece.nnz;
      }
      at += piece.nnz;
    }
    return found;
  }

  [[nodiscard]] double sparse_bytes(uint64_t nnz, uint64_t height) const {
    const uint64_t items = scene_.config.cold_format == TileFormat::coo ? 3 * nnz : 2 * nnz + height;
    return static_cast<double>(items) * static_cast<double>(scene_.config.index_bytes);
  }

  void count(const hw::SpadeWork& work) {
    ++work_.units;
    work_.nnz += work.nnz;
    work_.a_bytes += work.sparse_bytes;
    work_.din_bytes += work.din_bytes;
    work_.dout_read_bytes += work.dout_bytes;
    work_.dout_write_bytes += work.dout_bytes;
    if (scene_.config.l1_bytes == 0) return;
    work_.l1_lines += work.din_lines;
    work_.l1_misses += work.din_misses;
  }

  const Scene& scene_;
  uint64_t chunk_rows_;
  bool all_cold_, by_chunk_;
  PanelQueue queue_;
  Stand shared_;
  std::vector<Stand> stands_;
  std::vector<hw::SpadePe> pes_;
  TypeWork work_;
};

// Workers on the shared memory, from event to event.
class Simulation {
 public:
  Simulation(const Scene& scene, bool with_spans)
      : scene_(scene),
        with_spans_(with_spans),
        hot_count_(scene.config.hot_count()),
        workers_(hot_count_ + scene.config.cold_count()),
        memory_(scene.config.sustained_gbps * kGiga, workers_.size()),
        hot_(scene, hot_count_),
        cold_(scene, scene.config.cold_count()) {
    for (size_t w = 0; w < hot_count_; ++w) workers_[w].time.type = TileType::hot;
  }

  Schedule go() {
    schedule_.mode = scene_.partition.mode;
    if (schedule_.mode == TileMode::serial) {
      run(0, hot_count_);
      barrier();
      run(hot_count_, workers_.size());
    } else {
      run(0, workers_.size());
    }
    schedule_.hot_work = hot_.work();
    schedule_.cold_work = cold_.work();
    schedule_.hot_work.active_seconds = schedule_.both + schedule_.hot;
    schedule_.cold_work.active_seconds = schedule_.both + schedule_.cold;
    merge();
    schedule_.workers.reserve(workers_.size());
    for (Worker& worker : workers_) {
      worker.time.idle += memory_.now() - worker.free_since;
      schedule_.workers.push_back(worker.time);
    }
    return std::move(schedule_);
  }

 private:
  struct Worker {
    WorkerTime time;
    double free_since = 0, began = 0, compute = 0;
  };

  [[nodiscard]] bool is_hot(size_t w) const { return w < hot_count_; }

  // Workers [first, last) until there is no more to do for them.
  void run(size_t first, size_t last) {
    for (size_t w = first; w < last; ++w) start(w);
    double before = memory_.now();
    while (busy_hot_ + busy_cold_ > 0) {
      double& phase = busy_hot_ > 0 && busy_cold_ > 0 ? schedule_.both
                      : busy_hot_ > 0                 ? schedule_.hot
                                                      : schedule_.cold;
      const size_t w = *memory_.advance();
      phase += memory_.now() - before;
      before = memory_.now();
      end(w);
      start(w);
    }
  }

  void start(size_t w) {
    const std::optional<Unit> unit = is_hot(w) ? hot_.next(w) : cold_.next(w - hot_count_);
    if (!unit) return;
    Worker& worker = workers_[w];
    worker.time.idle += memory_.now() - worker.free_since;
    worker.began = memory_.now();
    worker.compute = unit->compute_seconds;
    memory_.start(w, unit->transfer);
    ++(is_hot(w) ? busy_hot_ : busy_cold_);
  }

  void end(size_t w) {
    Worker& worker = workers_[w];
    const double busy = memory_.now() - worker.began;
    const double compute = std::min(worker.compute, busy);
    worker.time.compute += compute;
    worker.time.memory += busy - compute;
    worker.free_since = memory_.now();
    --(is_hot(w) ? busy_hot_ : busy_cold_);
    if (with_spans_) record(w, is_hot(w) ? hot_.panel(w) : cold_.panel(w - hot_count_));
  }

  void record(size_t w, uint32_t panel) {
    const WorkerSpan span{static_cast<uint32_t>(w), panel, workers_[w].began, memory_.now()};
    last_span_.resize(workers_.size());
    if (last_span_[w]) {
      WorkerSpan& last = schedule_.spans[*last_span_[w]];
      if (last.panel == panel && last.end == span.begin) {
        last.end = span.end;
        return;
      }
    }
    last_span_[w] = schedule_.spans.size();
    schedule_.spans.push_back(span);
  }

  // Between two parts; there is none where a type has nothing to do.
  void barrier() {
    if (hot_.work().tiles == 0 || cold_.work().tiles == 0) return;
    schedule_.barrier = scene_.config.barrier_ns * kNano;
    memory_.wait(schedule_.barrier);
  }

  void merge() {
    if (!merges(scene_.partition, scene_.mapping.machine)) return;
    const hw::OutputMerge merger{scene_.config.merge_transfers, scene_.a.rows,
                                 scene_.config.simd_rows(scene_.mapping.machine.columns)};
    schedule_.merge_bytes = merger.bytes();
    schedule_.merge_additions = merger.additions();
    schedule_.merge = merger.seconds(scene_.config.sustained_gbps * kGiga);
    memory_.wait(schedule_.merge);
  }

  const Scene& scene_;
  bool with_spans_;
  size_t hot_count_;
  std::vector<Worker> workers_;
  hw::SharedBandwidth memory_;
  HotSide hot_;
  ColdSide cold_;
  uint64_t busy_hot_ = 0, busy_cold_ = 0;
  std::vector<std::optional<size_t>> last_span_;
  Schedule schedule_;
};

}  // namespace

bool merges(const TilePartition& partition, const TileMachine& machine) {
  if (partition.mode == TileMode::serial || machine.atomic_output) return false;
  const auto has = [&](TileType type) {
    return std::find(partition.of_tile.begin(), partition.of_tile.end(), type) != partition.of_tile.end();
  };
  return has(TileType::hot) && has(TileType::cold);
}

Schedule simulate_partition(const Csr& a, const Mapping& mapping, const TilePartition& partition,
                            const Config& config, ProductWalk* product, bool with_spans) {
  const Scene scene{a, mapping, partition, config, product};
  return Simulation(scene, with_spans).go();
}

}  // namespace nonzero::hottiles
