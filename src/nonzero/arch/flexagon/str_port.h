#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/hw/memory/lru_cache.h"
#include "nonzero/tensor/formats.h"

namespace nonzero::flexagon {

// The streaming operand's cache as `pipelined` sees it: which lines a tile touches, and, where its port
// is line-serial, how many requests the busiest bank takes. Elements count from the operand's first.
class StrCache {
 public:
  StrCache(const Csr& streaming, const Config& config)
      : line_elements_(config.line_elements()),
        lines_((streaming.nnz() + line_elements_ - 1) / line_elements_),
        fits_(lines_ <= config.cache_sets() * static_cast<uint64_t>(config.str_cache_ways)),
        directory_(fits_ ? 1 : config.cache_sets(), fits_ ? 1 : static_cast<uint64_t>(config.str_cache_ways)),
        bank_loads_(config.port() == StrPort::kLineSerial ? static_cast<uint64_t>(config.str_cache_banks)
                                                          : 0) {
    marked_.resize((lines_ + 63) / 64);
    if (fits_) seen_.resize(marked_.size());
  }

  // The lines of elements [begin, end).
  void touch(uint64_t begin, uint64_t end) {
    if (begin == end) return;
    swept_ = false;
    const uint64_t last = (end - 1) / line_elements_;
    for (uint64_t line = begin / line_elements_; line <= last; ++line) touch_line(line);
  }

  // A line of a set that touch_marked() touches in rising order; each mark is an element asked for.
  void mark(uint64_t line) {
    marked_[line / 64] |= uint64_t{1} << (line % 64);
    if (line_serial()) ++bank_loads_[line % bank_loads_.size()];
  }
  void touch_marked() {
    swept_ = false;
    for (uint64_t w = 0; w < marked_.size(); ++w) {
      for (uint64_t bits = marked_[w]; bits != 0; bits &= bits - 1)
        touch_line(w * 64 + static_cast<uint64_t>(std::countr_zero(bits)));
      marked_[w] = 0;
    }
  }

  // All lines in order. A sweep right after a sweep finds in each set either all of its lines or, where
  // they are more than the ways, none: what it needs next is always what it lost last.
  void sweep() {
    if (fits_) {
      if (misses_ < lines_) std::fill(seen_.begin(), seen_.end(), ~uint64_t{0});
      misses_ = lines_;
      return;
    }
    if (swept_) {
      misses_ += misses_per_sweep_;
      return;
    }
    for (uint64_t line = 0; line < lines_; ++line) touch_line(line);
    swept_ = true;
    if (misses_per_sweep_ == 0) misses_per_sweep_ = sweep_after_sweep();
  }

  [[nodiscard]] bool fits() const { return fits_; }
  [[nodiscard]] uint64_t misses() const { return misses_; }

  // Requests for elements [begin, end), `times` over, at a line-serial port.
  void request(uint64_t begin, uint64_t end, uint64_t times) {
    for (uint64_t at = begin; at < end;) {
      const uint64_t line = at / line_elements_;
      const uint64_t stop = std::min(end, (line + 1) * line_elements_);
      bank_loads_[line % bank_loads_.size()] += (stop - at) * times;
      at = stop;
    }
  }
  [[nodiscard]] bool line_serial() const { return !bank_loads_.empty(); }
  // Cycles that the busiest bank needs for the requests since the last call.
  uint64_t busiest_bank() {
    const uint64_t most = *std::max_element(bank_loads_.begin(), bank_loads_.end());
    std::fill(bank_loads_.begin(), bank_loads_.end(), 0);
    return most;
  }

 private:
  void touch_line(uint64_t line) {
    if (fits_) {
      const uint64_t bit = uint64_t{1} << (line % 64);
      misses_ += (seen_[line / 64] & bit) == 0;
      seen_[line / 64] |= bit;
    } else {
      misses_ += !directory_.touch(line);
    }
  }

  [[nodiscard]] uint64_t sweep_after_sweep() const {
    const uint64_t sets = directory_.sets();
    uint64_t misses = 0;
    for (uint64_t set = 0; set < sets; ++set) {
      const uint64_t held = lines_ / sets + (set < lines_ % sets);
      if (held > directory_.ways()) misses += held;
    }
    return misses;
  }

  uint64_t line_elements_, lines_;
  bool fits_;
  hw::LruCache directory_;
  std::vector<uint64_t> marked_, seen_, bank_loads_;
  uint64_t misses_ = 0, misses_per_sweep_ = 0;
  bool swept_ = false;
};

}  // namespace nonzero::flexagon
