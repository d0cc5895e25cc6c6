#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/arch/flexagon/product_rows.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/reduction/fan.h"
#include "nonzero/hw/reduction/mrn.h"

namespace nonzero::flexagon {

// Inner products of a tile: each column of the streaming operand meets all clusters at once, a
// multiplier without a partner gives zero, and the reduction network sums each cluster. Columns that no
// multiplier has a partner for leave nothing and are passed over.
template <class Value>
class InnerProduct {
 public:
  InnerProduct(const Sides& sides, const Sides& by_rows, const Config& config)
      : sta_(*sides.stationary),
        fibers_(*by_rows.streaming),
        lanes_(static_cast<uint32_t>(config.lanes())),
        fan_(config.rn_type == RnType::kFan),
        lane_values_(lanes_),
        head_(sides.columns, kNone),
        touched_(ceil_div(sides.columns, 64)) {}

  void add(const Tile& tile, RowWriter& rows) {
    multiply(tile);
    plan(tile);
    if (tile.folds > 1) {
      reduce_fold(tile, rows);
    } else {
      reduce_rows(rows);
    }
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Arrival {
    Value product{};
    uint32_t lane = 0, next = kNone;
  };
  struct Sum {
    uint32_t column = 0;
    Value value{};
  };

  // Products by column: lists from head_.
  void multiply(const Tile& tile) {
    arrivals_.clear();
    for (uint64_t e = tile.begin; e < tile.end; ++e) {
      const uint32_t k = sta_.indices[e];
      const auto held = static_cast<Value>(sta_.values[e]);
      for (uint64_t f = fibers_.offsets[k]; f < fibers_.offsets[k + 1]; ++f) {
        const uint32_t column = fibers_.indices[f];
        arrivals_.push_back({held * static_cast<Value>(fibers_.values[f]),
                             static_cast<uint32_t>(e - tile.begin), head_[column]});
        head_[column] = static_cast<uint32_t>(arrivals_.size() - 1);
        touched_[column / 64] |= uint64_t{1} << (column % 64);
      }
    }
  }

  // One cluster per row; a fold after the first has one multiplier more, which brings the partial sum.
  void plan(const Tile& tile) {
    sizes_.clear();
    cluster_rows_.clear();
    for (uint64_t row = tile.fiber_begin; row < tile.fiber_end; ++row) {
      const uint64_t size =
          std::min(tile.end, sta_.offsets[row + 1]) - std::max(tile.begin, sta_.offsets[row]);
      if (size == 0) continue;
      sizes_.push_back(static_cast<uint32_t>(size + (tile.fold > 0)));
      cluster_rows_.push_back(row);
    }
    cluster_of_lane_.clear();
    for (uint32_t c = 0; c < sizes_.size(); ++c)
      cluster_of_lane_.insert(cluster_of_lane_.end(), sizes_[c], c);
    route_ = fan_ ? fan_route() : hw::Mrn(lanes_, 1).route(sizes_);
    sums_.resize(sizes_.size());
    if (outputs_.size() < sizes_.size()) outputs_.resize(sizes_.size());
  }

  [[nodiscard]] hw::MrnRoute fan_route() const {
    std::vector<int32_t> groups(lanes_, -1);
    for (size_t lane = 0; lane < cluster_of_lane_.size(); ++lane)
      groups[lane] = static_cast<int32_t>(cluster_of_lane_[lane]);
    hw::FanPlan plan = hw::Fan(lanes_).plan(groups);
    hw::MrnRoute route;
    route.leaves = lanes_;
    route.clusters.resize(sizes_.size());
    route.steps = std::move(plan.steps);
    route.sum_of_cluster = std::move(plan.sum_of_group);
    return route;
  }

  // Each column that something arrived for, in order; the lists are empty afterwards.
  template <class Visit>
  void for_each_column(const Visit& visit) {
    for (uint64_t w = 0; w < touched_.size(); ++w) {
      for (uint64_t bits = touched_[w]; bits != 0; bits &= bits - 1) {
        const auto column = static_cast<uint32_t>(w * 64 + static_cast<uint64_t>(std::countr_zero(bits)));
        visit(column, head_[column]);
        head_[column] = kNone;
      }
      touched_[w] = 0;
    }
  }

  // Sums of all clusters of one column.
  void reduce(uint32_t arrival) {
    for (uint32_t i = arrival; i != kNone; i = arrivals_[i].next)
      lane_values_[arrivals_[i].lane] = arrivals_[i].product;
    hw::Mrn::reduce<Value>(route_, lane_values_, scratch_, sums_);
    for (uint32_t i = arrival; i != kNone; i = arrivals_[i].next) lane_values_[arrivals_[i].lane] = Value{};
  }

  void reduce_rows(RowWriter& rows) {
    for_each_column([&](uint32_t column, uint32_t arrival) {
      reduce(arrival);
      // A cluster without a product has no element here.
      uint32_t last = kNone;
      for (uint32_t i = arrival; i != kNone; i = arrivals_[i].next) {
        const uint32_t cluster = cluster_of_lane_[arrivals_[i].lane];
        if (cluster != last) outputs_[cluster].push_back({column, sums_[cluster]});
        last = cluster;
      }
    });
    for (size_t c = 0; c < cluster_rows_.size(); ++c) {
      rows.begin(cluster_rows_[c]);
      for (const Sum& sum : outputs_[c]) rows.put(sum.column, sum.value);
      outputs_[c].clear();
    }
  }

  void reduce_fold(const Tile& tile, RowWriter& rows) {
    if (tile.fold == 0) {
      psums_.assign(head_.size(), Value{});
      has_psum_.assign(touched_.size(), 0);
    }
    for_each_column([&](uint32_t column, uint32_t arrival) {
      if (tile.fold > 0) lane_values_[tile.size()] = psums_[column];
      reduce(arrival);
      if (tile.fold > 0) lane_values_[tile.size()] = Value{};
      psums_[column] = sums_[0];
      has_psum_[column / 64] |= uint64_t{1} << (column % 64);
    });
    if (tile.fold + 1 < tile.folds) return;
    rows.begin(tile.fiber_begin);
    for (uint64_t w = 0; w < has_psum_.size(); ++w)
      for (uint64_t bits = has_psum_[w]; bits != 0; bits &= bits - 1) {
        const uint64_t column = w * 64 + static_cast<uint64_t>(std::countr_zero(bits));
        rows.put(static_cast<uint32_t>(column), psums_[column]);
      }
  }

  const Csr& sta_;
  const Csr& fibers_;
  uint32_t lanes_;
  bool fan_;

  std::vector<Arrival> arrivals_;
  std::vector<Value> lane_values_, scratch_, sums_, psums_;
  std::vector<uint32_t> head_, sizes_, cluster_of_lane_;
  std::vector<uint64_t> touched_, has_psum_, cluster_rows_;
  hw::MrnRoute route_;
  std::vector<std::vector<Sum>> outputs_;  // by cluster
};

}  // namespace nonzero::flexagon
