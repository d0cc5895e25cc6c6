#include <fmt/format.h>

#include <utility>

#include "nonzero/base/error.h"
#include "nonzero/codesign/tile_model.h"
#include "nonzero/codesign/tile_partition.h"

namespace nonzero {
namespace {

template <class Value, size_t size>
using Names = std::array<std::pair<Value, std::string_view>, size>;

constexpr Names<TileReuse, 4> kReuses{{{TileReuse::none, "none"},
                                       {TileReuse::demand, "demand"},
                                       {TileReuse::stream, "stream"},
                                       {TileReuse::inter_tile, "inter-tile"}}};
constexpr Names<TileFormat, 2> kFormats{{{TileFormat::coo, "coo"}, {TileFormat::csr, "csr"}}};
constexpr Names<TileTraversal, 2> kTraversals{
    {{TileTraversal::tiled, "tiled"}, {TileTraversal::untiled, "untiled"}}};
constexpr Names<TileMode, 2> kModes{{{TileMode::parallel, "parallel"}, {TileMode::serial, "serial"}}};
constexpr Names<TileCause, 5> kCauses{{{TileCause::none, "none"},
                                       {TileCause::hot_time, "hot-time"},
                                       {TileCause::cold_time, "cold-time"},
                                       {TileCause::bandwidth, "bandwidth"},
                                       {TileCause::hot_link, "hot-link"}}};
constexpr Names<TileHeuristic, kTileHeuristics> kHeuristics{
    {{TileHeuristic::min_time_parallel, "min-time-parallel"},
     {TileHeuristic::min_time_serial, "min-time-serial"},
     {TileHeuristic::min_byte_parallel, "min-byte-parallel"},
     {TileHeuristic::min_byte_serial, "min-byte-serial"}}};
constexpr Names<TileTask, kTileTasks> kTasks{{{TileTask::read_a, "read_a"},
                                              {TileTask::read_din, "read_din"},
                                              {TileTask::read_dout, "read_dout"},
                                              {TileTask::mac, "mac"},
                                              {TileTask::write_dout, "write_dout"}}};

template <class Value, size_t size>
std::string_view name_in(const Names<Value, size>& names, Value value) {
  for (const auto& entry : names)
    if (entry.first == value) return entry.second;
  return "";
}

template <class Value, size_t size>
Value value_in(const Names<Value, size>& names, std::string_view name, const char* what) {
  std::string allowed;
  for (const auto& entry : names) {
    if (entry.second == name) return entry.first;
    allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", entry.second);
  }
  throw InputError(fmt::format("unknown {} \"{}\"", what, name), "allowed: " + allowed);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// Stages, chains and tasks as parse_tile_overlap's text has them.
TileOverlap overlap_of(std::string_view text) {
  TileOverlap overlap;
  uint32_t placed = 0;
  uint8_t stage = 0;
  for (const std::string_view chains : split(text, ';')) {
    uint8_t chain = 0;
    for (const std::string_view tasks : split(chains, '|')) {
      for (const std::string_view task : split(tasks, '+')) {
        const auto number = static_cast<uint32_t>(value_in(kTasks, task, "task"));
        if ((placed >> number & 1U) != 0)
          throw InputError(fmt::format("task \"{}\" twice in an overlap", task), "allowed: each task once");
        placed |= 1U << number;
        overlap.of_task[number] = {stage, chain};
      }
      ++chain;
    }
    ++stage;
  }
  if (placed != (1U << kTileTasks) - 1)
    throw InputError(fmt::format("the overlap \"{}\" leaves out a task", text),
                     "expected: read_a, read_din, read_dout, mac and write_dout");
  return overlap;
}

}  // namespace

TileReuse parse_tile_reuse(std::string_view name) { return value_in(kReuses, name, "reuse"); }
TileFormat parse_tile_format(std::string_view name) { return value_in(kFormats, name, "sparse format"); }
TileTraversal parse_tile_traversal(std::string_view name) { return value_in(kTraversals, name, "traversal"); }
TileHeuristic parse_tile_heuristic(std::string_view name) { return value_in(kHeuristics, name, "heuristic"); }

TileOverlap parse_tile_overlap(std::string_view name) {
  if (name == "mac-beside-memory") return {};
  if (name == "all") return overlap_of("read_a|read_din|read_dout|mac|write_dout");
  if (name == "none") return overlap_of("read_a;read_din;read_dout;mac;write_dout");
  if (name.find_first_of("|+;") != std::string_view::npos) return overlap_of(name);
  throw InputError(fmt::format("unknown overlap \"{}\"", name),
                   "allowed: mac-beside-memory, all, none, or tasks joined by ; | +");
}

std::string_view name_of(TileReuse reuse) { return name_in(kReuses, reuse); }
std::string_view name_of(TileFormat format) { return name_in(kFormats, format); }
std::string_view name_of(TileTraversal traversal) { return name_in(kTraversals, traversal); }
std::string_view name_of(TileMode mode) { return name_in(kModes, mode); }
std::string_view name_of(TileCause cause) { return name_in(kCauses, cause); }
std::string_view name_of(TileHeuristic heuristic) { return name_in(kHeuristics, heuristic); }

}  // namespace nonzero
