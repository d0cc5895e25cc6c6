#include "nonzero/hw/memory/psram_counter.h"

#include <algorithm>

#include "nonzero/base/math.h"

namespace nonzero::hw {

PsramCounter::PsramCounter(const PsramGeometry& geometry, PsramOverflow overflow)
    : geometry_(geometry), overflow_(overflow) {
  check(geometry);
  if (overflow == PsramOverflow::kUnbounded) {
    set_blocks_.resize(geometry.sets);
  } else {
    sets_.resize(geometry.sets);
    tags_.resize(geometry.sets * geometry.blocks);
  }
}

void PsramCounter::write(std::span<const Run> writers) {
  if (overflow_ == PsramOverflow::kUnbounded) {
    count_unbounded(writers);
  } else if (writers.size() <= geometry_.blocks) {
    write_blocks(writers);
  } else {
    write_elements(writers);
  }
}

void PsramCounter::count_unbounded(std::span<const Run> writers) {
  for (const Run& run : writers) {
    const uint64_t blocks = ceil_div(run.length, geometry_.block_elements);
    uint64_t& used = set_blocks_[run.row % geometry_.sets];
    used += blocks;
    live_blocks_ += blocks;
    counts_.writes += run.length;
    counts_.opened_blocks += blocks;
    counts_.peak_set_blocks = std::max(counts_.peak_set_blocks, used);
  }
  counts_.peak_blocks = std::max(counts_.peak_blocks, live_blocks_);
}

// Opens a block as the newest of the set.
void PsramCounter::push(uint32_t set_index, const Run& run) {
  Set& set = sets_[set_index];
  if (set.end - set.oldest == geometry_.blocks) {
    if (overflow_ == PsramOverflow::kFail) throw_psram_overflow(run.row, run.k, tile_, geometry_);
    ++set.oldest;
    ++counts_.spilled_blocks;
  } else {
    ++live_blocks_;
  }
  tags_[set_index * geometry_.blocks + set.end % geometry_.blocks] = {run.k, run.row};
  ++set.end;
  ++counts_.opened_blocks;
  counts_.peak_set_blocks = std::max(counts_.peak_set_blocks, set.end - set.oldest);
}

void PsramCounter::write_blocks(std::span<const Run> writers) {
  writers_.clear();
  for (uint32_t i = 0; i < writers.size(); ++i) {
    if (writers[i].length == 0) continue;
    counts_.writes += writers[i].length;
    writers_.push_back({i, static_cast<uint32_t>(writers[i].row % geometry_.sets), writers[i].length, 0, 0});
  }
  while (!writers_.empty()) {
    size_t left = 0;
    for (const Writer& writer : writers_) {
      push(writer.set, writers[writer.index]);
      if (writer.elements <= geometry_.block_elements) continue;
      writers_[left] = writer;
      writers_[left++].elements -= geometry_.block_elements;
    }
    writers_.resize(left);
  }
  counts_.peak_blocks = std::max(counts_.peak_blocks, live_blocks_);
}

void PsramCounter::write_elements(std::span<const Run> writers) {
  writers_.clear();
  for (uint32_t i = 0; i < writers.size(); ++i) {
    if (writers[i].length == 0) continue;
    const auto set = static_cast<uint32_t>(writers[i].row % geometry_.sets);
    writers_.push_back({i, set, writers[i].length, 0, geometry_.block_elements});
  }
  while (!writers_.empty()) {
    size_t left = 0;
    for (Writer& writer : writers_) {
      if (writer.fill == geometry_.block_elements || writer.block < sets_[writer.set].oldest) {
        push(writer.set, writers[writer.index]);
        writer.block = sets_[writer.set].end - 1;
        writer.fill = 0;
      }
      ++writer.fill;
      ++counts_.writes;
      if (--writer.elements > 0) writers_[left++] = writer;
    }
    writers_.resize(left);
  }
  counts_.peak_blocks = std::max(counts_.peak_blocks, live_blocks_);
}

void PsramCounter::consume(std::span<const Run> fibers) {
  if (fibers.empty()) return;
  for (const Run& run : fibers) counts_.reads += run.length;
  const uint32_t row = fibers.front().row;
  const uint64_t set_index = row % geometry_.sets;
  if (overflow_ == PsramOverflow::kUnbounded) {
    for (const Run& run : fibers) {
      const uint64_t blocks = ceil_div(run.length, geometry_.block_elements);
      set_blocks_[set_index] -= blocks;
      live_blocks_ -= blocks;
    }
    return;
  }
  const uint64_t first = fibers.front().k, last = fibers.back().k;
  Set& set = sets_[set_index];
  Tag* tags = tags_.data() + set_index * geometry_.blocks;
  uint64_t kept = set.oldest;
  for (uint64_t b = set.oldest; b < set.end; ++b) {
    const Tag tag = tags[b % geometry_.blocks];
    if (tag.row == row && tag.k >= first && tag.k <= last) continue;
    tags[kept++ % geometry_.blocks] = tag;
  }
  live_blocks_ -= set.end - kept;
  set.end = kept;
}

}  // namespace nonzero::hw
