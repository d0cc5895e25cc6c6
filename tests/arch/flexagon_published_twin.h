#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hw/step_cache_twin.h"
#include "nonzero/arch/flexagon/published.h"

namespace nonzero::test {

// The rules of timing mode `paper`, request by request as they are told: no tiles shared with the model, no
// counting in bulk.
class SlowPublished {
 public:
  using Run = flexagon::PublishedRun;

  static Run run(const flexagon::Sides& sides, const flexagon::PublishedConfig& config) {
    SlowPublished walk(sides, config);
    if (sides.method == flexagon::Method::kInner) walk.inner();
    if (sides.method == flexagon::Method::kOuter) walk.outer();
    if (sides.method == flexagon::Method::kGustavson) walk.gustavson();
    return walk.result();
  }

 private:
  using Requests = std::vector<SlowStepCache::Request>;

  SlowPublished(const flexagon::Sides& sides, const flexagon::PublishedConfig& config)
      : sta_(*sides.stationary),
        str_(*sides.streaming),
        columns_(sides.columns),
        inner_(sides.inner),
        config_(config),
        p_(config.multipliers),
        cache_(config.cache) {}

  Run result() {
    run_.sta_misses = cache_.misses[0];
    run_.str_misses = cache_.misses[1];
    run_.c_misses = cache_.misses[2];
    run_.cycles = run_.load + run_.stream + run_.merge;
    return run_;
  }

  // Of the PSRAM, for that many elements.
  [[nodiscard]] uint64_t blocks(uint64_t elements) const {
    return (elements + config_.block_elements - 1) / config_.block_elements;
  }

  void ask(Requests& requests, uint64_t element, uint32_t stream) const {
    requests.push_back({element / config_.line_elements, stream});
  }

  void load(uint64_t begin, uint64_t end) {
    Requests requests;
    for (uint64_t e = begin; e < end; ++e) ask(requests, e, 0);
    const uint64_t cycles = cache_.step(requests);
    run_.load += cycles;
    run_.fill_drain += p_ * cycles;
    run_.sta_reads += end - begin;
  }

  void stream(const Requests& requests, uint64_t loaded, uint64_t products, uint64_t at_least) {
    const uint64_t cycles = std::max(at_least, cache_.step(requests));
    run_.stream += cycles;
    run_.idle += (p_ - loaded) * cycles;
    run_.useful += products;
    run_.operand_stall += loaded * cycles - products;
    run_.multiplications += products;
  }

  void drain(uint64_t cycles, uint64_t& phase) {
    phase += cycles;
    run_.fill_drain += p_ * cycles;
  }

  // Distinct coordinates in the streamed fibers `ks`.
  uint64_t united(const std::vector<uint32_t>& ks, uint64_t& phase) {
    std::vector<char> seen(columns_);
    uint64_t count = 0;
    for (const uint32_t k : ks)
      for (const uint32_t c : str_.fiber(k)) {
        count += seen[c] == 0;
        seen[c] = 1;
      }
    phase += count;
    run_.reduce_stall += p_ * count;
    return count;
  }

  // One fiber of STR per multiplier, element by element.
  void stream_fibers(const std::vector<uint32_t>& ks) {
    for (uint64_t s = 0;; ++s) {
      Requests requests;
      for (const uint32_t k : ks)
        if (str_.offsets[k] + s < str_.offsets[k + 1]) ask(requests, sta_.nnz() + str_.offsets[k] + s, 1);
      if (requests.empty()) return;
      stream(requests, ks.size(), requests.size(), 0);
      run_.str_reads += requests.size();
    }
  }

  void inner_tile(uint64_t begin, uint64_t end, uint64_t k_begin, uint64_t k_end, bool first, uint64_t row) {
    load(begin, end);
    std::vector<char> held(inner_);
    for (uint64_t e = begin; e < end; ++e) ++held[sta_.indices[e]];
    for (uint64_t c = 0; c < columns_; ++c) {
      Requests requests;
      uint64_t products = 0;
      if (!first) {
        ask(requests, sta_.nnz() + str_.nnz() + row * columns_ + c, 2);
        ++run_.psums_reinjected;
      }
      for (uint64_t e = str_.offsets[c]; e < str_.offsets[c + 1]; ++e) {
        const uint32_t k = str_.indices[e];
        if (k < k_begin || k >= k_end) continue;
        ask(requests, sta_.nnz() + e, 1);
        ++run_.str_reads;
        products += static_cast<uint64_t>(held[k]);
      }
      stream(requests, end - begin, products, 1);
    }
    drain(config_.inner_drain, run_.stream);
  }

  void inner() {
    uint64_t begin = 0;
    uint64_t end = 0;
    const auto flush = [&] {
      if (begin < end) inner_tile(begin, end, 0, inner_, true, 0);
      begin = end;
    };
    for (uint64_t row = 0; row < sta_.rows; ++row) {
      const uint64_t row_end = sta_.offsets[row + 1];
      const uint64_t length = row_end - sta_.offsets[row];
      if (end - begin + length > p_) flush();
      if (length < p_) {
        end = row_end;
        continue;
      }
      uint64_t k = 0;
      for (bool first = true; begin < row_end; first = false) {
        end = std::min(row_end, begin + (first ? p_ : p_ - 1));
        const uint64_t k_end = end == row_end ? inner_ : uint64_t{sta_.indices[end - 1]} + 1;
        inner_tile(begin, end, k, k_end, first, row);
        k = k_end;
        begin = end;
      }
    }
    flush();
    count_c();
  }

  // Pairs of a row and a column that share a k.
  void count_c() {
    std::vector<char> held(inner_);
    for (uint64_t row = 0; row < sta_.rows; ++row) {
      for (const uint32_t k : sta_.fiber(row)) held[k] = 1;
      for (uint64_t c = 0; c < columns_; ++c) {
        const auto fiber = str_.fiber(c);
        run_.c_elements += std::any_of(fiber.begin(), fiber.end(), [&](uint32_t k) { return held[k] != 0; });
      }
      for (const uint32_t k : sta_.fiber(row)) held[k] = 0;
    }
  }

  void outer() {
    std::vector<uint32_t> k_of;
    for (uint32_t k = 0; k < sta_.rows; ++k) k_of.insert(k_of.end(), sta_.fiber(k).size(), k);
    for (uint64_t begin = 0; begin < sta_.nnz(); begin += p_) {
      const uint64_t end = std::min(sta_.nnz(), begin + p_);
      load(begin, end);
      stream_fibers(
          {k_of.begin() + static_cast<ptrdiff_t>(begin), k_of.begin() + static_cast<ptrdiff_t>(end)});
      drain(config_.outer_drain, run_.stream);
    }
    std::vector<std::vector<uint32_t>> ks_of_row(sta_.columns);
    for (uint32_t k = 0; k < sta_.rows; ++k)
      for (const uint32_t row : sta_.fiber(k))
        if (!str_.fiber(k).empty()) ks_of_row[row].push_back(k);
    for (const std::vector<uint32_t>& ks : ks_of_row) merge_row(ks);
  }

  void merge_row(const std::vector<uint32_t>& ks) {
    for (const uint32_t k : ks) {
      run_.psums_written += str_.fiber(k).size();
      run_.psums_read += str_.fiber(k).size();
      run_.peak_blocks += blocks(str_.fiber(k).size());
    }
    if (ks.size() > p_)
      for (size_t begin = 0; begin < ks.size(); begin += p_) {
        const size_t end = std::min<size_t>(ks.size(), begin + p_);
        const uint64_t group =
            united({ks.begin() + static_cast<ptrdiff_t>(begin), ks.begin() + static_cast<ptrdiff_t>(end)},
                   run_.merge);
        drain(config_.merge_drain, run_.merge);
        ++run_.merge_passes;
        run_.psums_written_intermediate += group;
        run_.psums_read += group;
      }
    if (ks.empty()) return;
    run_.c_elements += united(ks, run_.merge);
    drain(config_.merge_drain, run_.merge);
    ++run_.merge_passes;
  }

  void gustavson() {
    for (uint64_t row = 0; row < sta_.rows; ++row) {
      const auto fiber = sta_.fiber(row);
      const std::vector<uint32_t> ks(fiber.begin(), fiber.end());
      uint64_t waiting = 0;
      for (uint64_t begin = 0; begin < ks.size(); begin += p_) {
        const uint64_t end = std::min(ks.size(), begin + p_);
        load(sta_.offsets[row] + begin, sta_.offsets[row] + end);
        const std::vector<uint32_t> pass(ks.begin() + static_cast<ptrdiff_t>(begin),
                                         ks.begin() + static_cast<ptrdiff_t>(end));
        stream_fibers(pass);
        const uint64_t out = united(pass, run_.stream);
        drain(config_.gustavson_drain, run_.stream);
        if (ks.size() > p_) {
          run_.psums_written += out;
          run_.psums_read += out;
          waiting += blocks(out);
        } else {
          run_.c_elements += out;
        }
      }
      run_.peak_blocks = std::max(run_.peak_blocks, waiting);
      if (ks.size() <= p_) continue;
      run_.c_elements += united(ks, run_.merge);
      drain(config_.merge_drain, run_.merge);
      ++run_.merge_passes;
    }
  }

  const Csr& sta_;
  const Csr& str_;
  uint64_t columns_, inner_;
  flexagon::PublishedConfig config_;
  uint64_t p_;
  SlowStepCache cache_;
  Run run_;
};

}  // namespace nonzero::test
