#include "nonzero/report/bits_text.h"

#include <fmt/format.h>

namespace nonzero {
namespace {

const char* kind_name(LayerKind kind) {
  switch (kind) {
    case LayerKind::kConv:
      return "conv";
    case LayerKind::kDepthwise:
      return "depthwise";
    case LayerKind::kLinear:
      return "linear";
  }
  return "";
}

std::string group_text(uint32_t group) { return group == 0 ? "" : fmt::format("{}", group); }

std::vector<std::string> row_of(const LayerBits& layer, const std::string& kind, const std::string& shape) {
  const BitColumnStatistics& c = layer.columns;
  return {layer.name,
          kind,
          shape,
          fmt::format("{}", c.weights),
          percent(c.zero_weight_share()),
          fmt::format("{}", c.clamped),
          group_text(layer.group),
          percent(c.zero_column_share_twos()),
          percent(c.zero_column_share()),
          fmt::format("{:.2f}", 8 - c.mean_zero_columns()),
          fmt::format("{:.3f}", c.compression_ratio_twos()),
          fmt::format("{:.3f}", c.compression_ratio()),
          fmt::format("{:.3f}", layer.zre_ratio()),
          fmt::format("{:.3f}", layer.csr_ratio())};
}

nlohmann::ordered_json layer_json(const LayerBits& layer) {
  const BitColumnStatistics& c = layer.columns;
  nlohmann::ordered_json j;
  j["name"] = layer.name;
  j["group"] = layer.group;
  j["weights"] = c.weights;
  j["zero_weights"] = c.zero_weights;
  j["clamped"] = c.clamped;
  j["groups"] = c.groups;
  j["padding"] = c.padding;
  j["zero_columns"] = {{"twos_complement", c.zero_columns_twos()}, {"sign_magnitude", c.zero_columns()}};
  j["kept_columns"] = c.kept;
  j["one_bits"] = {{"twos_complement", c.one_bits_twos}, {"sign_magnitude", c.one_bits}};
  j["bits"] = {{"bit_columns", c.compressed_bits},
               {"bit_columns_twos_complement", c.compressed_bits_twos},
               {"zre", layer.zre_bits},
               {"csr", layer.csr_bits}};
  j["compression_ratio"] = {{"bit_columns", c.compression_ratio()},
                            {"bit_columns_twos_complement", c.compression_ratio_twos()},
                            {"zre", layer.zre_ratio()},
                            {"csr", layer.csr_ratio()}};
  return j;
}

}  // namespace

Table bits_table(const std::vector<LayerBits>& layers) {
  Table table({"layer", "kind", "K x C x FY x FX", "weights", "zero", "clamped", "G", "zero columns 2's",
               "zero columns", "kept", "CR 2's", "CR", "CR ZRE", "CR CSR"});
  for (const LayerBits& layer : layers) {
    const IntegerLayerShape& s = layer.shape;
    table.add(row_of(layer, kind_name(s.kind), fmt::format("{} x {} x {} x {}", s.k, s.c, s.fy, s.fx)));
  }
  table.add(row_of(total_bits(layers), "", ""));
  return table;
}

nlohmann::ordered_json bits_json(const std::string& network, const std::vector<LayerBits>& layers,
                                 const std::string& command) {
  nlohmann::ordered_json j;
  j["schema"] = "nonzero.bits/1";
  j["version"] = NONZERO_VERSION;
  j["command"] = command;
  j["network"] = network;
  j["layers"] = nlohmann::ordered_json::array();
  for (const LayerBits& layer : layers) {
    nlohmann::ordered_json one = layer_json(layer);
    one["kind"] = kind_name(layer.shape.kind);
    one["shape"] = {layer.shape.k, layer.shape.c, layer.shape.fy, layer.shape.fx};
    j["layers"].push_back(std::move(one));
  }
  j["total"] = layer_json(total_bits(layers));
  return j;
}

}  // namespace nonzero
