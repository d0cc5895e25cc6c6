#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "nonzero/tech/technology.h"
#include "nonzero/tech/yaml_mapping.h"

namespace nonzero {
namespace {

constexpr double kMaximum = 1e15;
constexpr double kUm2PerMm2 = 1e6;

struct Fit {
  double factor = 0, exponent = 0;
};

// y = factor * x^exponent, least squares in log-log.
Fit fit_power_law(const std::vector<std::pair<double, double>>& points) {
  double mean_x = 0, mean_y = 0;
  for (const auto& [x, y] : points) {
    mean_x += std::log(x) / static_cast<double>(points.size());
    mean_y += std::log(y) / static_cast<double>(points.size());
  }
  double covariance = 0, variance = 0;
  for (const auto& [x, y] : points) {
    covariance += (std::log(x) - mean_x) * (std::log(y) - mean_y);
    variance += (std::log(x) - mean_x) * (std::log(x) - mean_x);
  }
  const double exponent = covariance / variance;
  return {std::exp(mean_y - exponent * mean_x), exponent};
}

}  // namespace

// Reads a table and scales it to its node: area by the square of the lengths' ratio, energy by the
// factor the file gives for the node a value was published for.
class TechnologyReader {
 public:
  TechnologyReader(const YAML::Node& root, const std::string& file)
      : root_(root, "technology table", file,
              {"technology", "node_nm", "scaling", "spread", "leakage", "default_node_nm", "entries", "sram",
               "blocks"}) {}

  Technology read() {
    result_.name_ = root_.text("technology");
    result_.node_nm_ = root_.number("node_nm", 1, 1000);
    read_defaults();
    read_entries();
    read_sram();
    read_blocks();
    return std::move(result_);
  }

 private:
  struct Scale {
    double area = 1, energy = 1;
  };
  struct Rule {
    double node_nm = 0, energy_factor = 1;
  };

  void read_defaults() {
    for (const YamlMapping& rule : root_.list("scaling", {"node_nm", "energy_factor", "source"})) {
      rules_.push_back({rule.number("node_nm", 1, 1000), rule.number("energy_factor", 0, 1000)});
      (void)rule.text("source");
    }
    const YamlMapping spread = root_.mapping("spread", {"low", "high", "source"});
    low_ = spread.number("low", 0, 1);
    high_ = spread.number("high", 1, 1000);
    (void)spread.text("source");
    const YamlMapping leakage = root_.mapping("leakage", {"mw_per_mm2", "source"});
    leakage_mw_per_um2_ = leakage.number("mw_per_mm2", 0, kMaximum) / kUm2PerMm2;
    (void)leakage.text("source");
    default_node_nm_ = root_.number("default_node_nm", 1, 1000);
  }

  Scale scale(const YamlMapping& entry) const {
    const double from_nm = entry.number_or("node_nm", 1, 1000, default_node_nm_);
    if (from_nm == result_.node_nm_) return {};
    for (const Rule& rule : rules_) {
      if (rule.node_nm == from_nm) {
        const double length = result_.node_nm_ / from_nm;
        return {length * length, rule.energy_factor};
      }
    }
    throw InputError(fmt::format("no scaling rule from {} nm to {} nm", from_nm, result_.node_nm_),
                     "allowed: the table's own node and those under 'scaling'", entry.place());
  }

  void read_entries() {
    std::vector<std::string> kinds;
    for (size_t i = 0; i < kCostKinds; ++i) {
      const auto kind = static_cast<CostKind>(i);
      if (kind != CostKind::kSram) kinds.emplace_back(name(kind));
    }
    const YamlMapping entries = root_.mapping("entries", kinds);
    for (size_t i = 0; i < kCostKinds; ++i) {
      const auto kind = static_cast<CostKind>(i);
      if (kind == CostKind::kSram) continue;
      const YamlMapping fields =
          entries.mapping(std::string(name(kind)),
                          {"area_um2", "energy_pj", "leakage_nw", "node_nm", "low", "high", "source"});
      const Scale by = scale(fields);
      Technology::Entry& entry = result_.entries_[i];
      entry.area_um2 = fields.number("area_um2", 0, kMaximum) * by.area;
      entry.energy_pj = fields.number("energy_pj", 0, kMaximum) * by.energy;
      entry.leakage_mw =
          fields.number_or("leakage_nw", 0, kMaximum, entry.area_um2 * leakage_mw_per_um2_ * 1e6) * 1e-6;
      entry.low = fields.number_or("low", 0, 1, low_);
      entry.high = fields.number_or("high", 1, 1000, high_);
      entry.source = fields.text("source");
    }
  }

  void read_sram() {
    const YamlMapping fields =
        root_.mapping("sram", {"read_points", "point_width_bytes", "area_um2_per_bit", "area_um2_per_io_bit",
                               "area_per_further_port", "energy_per_further_port", "leakage_mw_per_mm2",
                               "node_nm", "low", "high", "source"});
    const Scale by = scale(fields);
    const double width = fields.number("point_width_bytes", 1, 1024);
    std::vector<std::pair<double, double>> points;
    for (const YamlMapping& point : fields.list("read_points", {"capacity_bytes", "energy_pj"})) {
      points.emplace_back(point.number("capacity_bytes", 1, kMaximum),
                          point.number("energy_pj", 1e-6, kMaximum));
      if (points.size() > 1 && points.back().first <= points[points.size() - 2].first)
        throw InputError("sram.read_points: capacities must grow from point to point", "", point.place());
    }
    if (points.size() < 2)
      throw InputError("sram.read_points: no line through fewer than 2 points", "", fields.place());
    const Fit fit = fit_power_law(points);
    Technology::Sram& sram = result_.sram_;
    sram.energy_pj = fit.factor / width * by.energy;
    sram.exponent = fit.exponent;
    sram.area_um2_per_bit = fields.number("area_um2_per_bit", 0, kMaximum) * by.area;
    sram.area_um2_per_io_bit = fields.number("area_um2_per_io_bit", 0, kMaximum) * by.area;
    sram.area_per_further_port = fields.number("area_per_further_port", 0, 100);
    sram.energy_per_further_port = fields.number("energy_per_further_port", 0, 100);
    sram.leakage_mw_per_um2 = fields.number("leakage_mw_per_mm2", 0, kMaximum) / kUm2PerMm2;
    sram.low = fields.number_or("low", 0, 1, low_);
    sram.high = fields.number_or("high", 1, 1000, high_);
    sram.source = fields.text("source");
  }

  void read_blocks() {
    const YamlMapping blocks = root_.mapping("blocks", {});
    for (const std::string& key : blocks.keys()) {
      const YamlMapping fields =
          blocks.mapping(key, {"area_mm2", "power_w", "clock_mhz", "low", "high", "source"});
      PublishedBlock block;
      block.area_um2 = fields.number("area_mm2", 0, kMaximum) * kUm2PerMm2;
      if (fields.has("power_w")) block.power_mw = fields.number("power_w", 0, kMaximum) * 1e3;
      if (fields.has("clock_mhz")) block.clock_mhz = fields.number("clock_mhz", 1e-3, kMaximum);
      block.low_factor = fields.number_or("low", 0, 1, low_);
      block.high_factor = fields.number_or("high", 1, 1000, high_);
      block.source = fields.text("source");
      result_.blocks_.emplace_back(key, std::move(block));
    }
  }

  YamlMapping root_;
  Technology result_;
  std::vector<Rule> rules_;
  double low_ = 1, high_ = 1, leakage_mw_per_um2_ = 0, default_node_nm_ = 0;
};

Technology Technology::parse(const std::string& yaml, const std::string& file) {
  try {
    return TechnologyReader(YAML::Load(yaml), file).read();
  } catch (const YAML::Exception& error) {
    throw InputError("not valid YAML: " + error.msg, "",
                     {file, static_cast<uint64_t>(std::max(0, error.mark.line) + 1)});
  }
}

}  // namespace nonzero
