#include "nonzero/arch/sigma/fan_view.h"

#include "nonzero/arch/sigma/sides.h"
#include "nonzero/hw/reduction/fan.h"

namespace nonzero::sigma {
namespace {

constexpr int64_t kMostLanesDrawn = 256;

// Rows of the first `lanes` elements that REGOR keeps, in load order.
std::vector<int32_t> first_rows(const Csr& stationary, const Streaming& streaming, size_t lanes) {
  std::vector<int32_t> rows;
  for (uint64_t row = 0; row < stationary.rows && rows.size() < lanes; ++row)
    for (const uint32_t k : stationary.fiber(row))
      if (streaming.row_counts[k] > 0 && rows.size() < lanes) rows.push_back(static_cast<int32_t>(row));
  rows.resize(lanes, -1);
  return rows;
}

}  // namespace

std::optional<nlohmann::ordered_json> fan_view(const Operation& operation, bool a_stationary,
                                               const Config& config) {
  if (config.reduction != Reduction::kFan || config.multipliers_per_dpe > kMostLanesDrawn)
    return std::nullopt;
  const Sides sides =
      arrange(prepare_operands(operation, config.data_type, false, true), a_stationary, false);
  const Csr stationary = std::holds_alternative<Csr>(*sides.stationary)
                             ? std::get<Csr>(*sides.stationary)
                             : to_csr(std::get<Bitmap>(*sides.stationary));
  const auto lanes = static_cast<uint32_t>(config.multipliers_per_dpe);
  const std::vector<int32_t> rows = first_rows(stationary, sides.streaming, lanes);
  const hw::FanPlan plan = hw::Fan(lanes).plan(rows);
  nlohmann::ordered_json view = {
      {"operation", operation.name}, {"fold", 0}, {"flex_dpe", 0}, {"lanes", lanes}, {"vec_ids", rows}};
  const auto adder_of = [](const hw::FanSource& source) {
    return source.kind == hw::FanSource::Kind::kAdder ? static_cast<int64_t>(source.index) : int64_t{-1};
  };
  using Json = nlohmann::ordered_json;
  view["adders"] = Json::array();
  for (size_t i = 0; i < plan.adders.size(); ++i) {
    const hw::FanAdder& adder = plan.adders[i];
    view["adders"].push_back(Json{{"index", i},
                                  {"level", adder.level},
                                  {"enabled", adder.enabled},
                                  {"left", adder.enabled ? adder_of(adder.left) : -1},
                                  {"right", adder.enabled ? adder_of(adder.right) : -1}});
  }
  view["groups"] = Json::array();
  for (const hw::FanGroup& group : plan.groups)
    view["groups"].push_back(Json{{"row", group.lanes.id},
                                  {"first", group.lanes.first},
                                  {"count", group.lanes.size()},
                                  {"root", group.root}});
  return view;
}

}  // namespace nonzero::sigma
