#include "nonzero/io/layers.h"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/suggest.h"
#include "nonzero/io/csv.h"
#include "nonzero/io/file.h"
#include "nonzero/io/text.h"

namespace nonzero {
namespace {

using Names = std::vector<std::string>;

constexpr uint64_t kMostSide = uint64_t{1} << 31U;

std::string normal_form(std::string_view name) {
  std::string form;
  for (const char c : name) {
    if (c == ' ' || c == '_' || c == '-') continue;
    form += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return form;
}

// One record with its columns' names.
class Row {
 public:
  Row(const Names& names, const io::CsvRecord& record, const std::string& source)
      : names_(names), record_(record), place_{source, record.line} {}

  [[nodiscard]] const std::string& text(std::string_view column) const {
    static const std::string nothing;
    const auto found = std::find(names_.begin(), names_.end(), column);
    const auto at = static_cast<size_t>(found - names_.begin());
    return at < record_.fields.size() ? record_.fields[at] : nothing;
  }
  [[nodiscard]] uint64_t whole(std::string_view column, uint64_t least = 1) const {
    const std::string& found = text(column);
    uint64_t value = 0;
    const char* end = found.data() + found.size();
    const auto [stop, error] = std::from_chars(found.data(), end, value);
    if (error != std::errc() || stop != end || value < least || value > kMostSide)
      refuse(fmt::format("{} is {}", column, io::excerpt(found)),
             fmt::format("allowed: a whole number from {} to {}", least, kMostSide));
    return value;
  }
  [[nodiscard]] uint64_t whole_or(std::string_view column, uint64_t fallback) const {
    return text(column).empty() ? fallback : whole(column);
  }
  [[nodiscard]] std::optional<double> share(std::string_view column) const {
    const std::string& found = text(column);
    if (found.empty()) return std::nullopt;
    double value = 0;
    const auto result = fast_float::from_chars(found.data(), found.data() + found.size(), value);
    if (result.ec != std::errc() || result.ptr != found.data() + found.size() || !(value >= 0 && value <= 1))
      refuse(fmt::format("{} is {}", column, io::excerpt(found)), "allowed: empty, or a number from 0 to 1");
    return value;
  }
  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed = "") const {
    throw InputError(problem, allowed, place_);
  }

 private:
  const Names& names_;
  const io::CsvRecord& record_;
  Place place_;
};

uint64_t product(const Row& row, uint64_t a, uint64_t b, const char* what) {
  const auto all = checked_multiply(a, b);
  if (!all || *all > uint64_t{1} << 62U) row.refuse(fmt::format("{} would be {} x {}", what, a, b));
  return *all;
}

void lower(const Row& row, LayerRow& layer) {
  const ConvBounds& conv = *layer.conv;
  if (conv.kernel_h > conv.height + 2 * conv.pad_h || conv.kernel_w > conv.width + 2 * conv.pad_w)
    row.refuse(fmt::format("a kernel of {} x {} on an input of {} x {}", conv.kernel_h, conv.kernel_w,
                           conv.height + 2 * conv.pad_h, conv.width + 2 * conv.pad_w),
               "allowed: a kernel within the padded input");
  if (conv.in_channels % conv.groups != 0 || conv.out_channels % conv.groups != 0)
    row.refuse(
        fmt::format("{} and {} channels in {} groups", conv.in_channels, conv.out_channels, conv.groups),
        "allowed: groups that divide both");
  layer.repeat = conv.groups;
  layer.m = conv.out_channels / conv.groups;
  layer.n = product(row, conv.batch, product(row, conv.out_height(), conv.out_width(), "the output"), "N");
  layer.k = product(row, conv.in_channels / conv.groups,
                    product(row, conv.kernel_h, conv.kernel_w, "the kernel"), "K");
}

LayerRow gemm_row(const Row& row) {
  LayerRow layer;
  layer.name = row.text("name");
  layer.kind = "gemm";
  layer.m = row.whole("m");
  layer.n = row.whole("n");
  layer.k = row.whole("k");
  layer.repeat = row.whole_or("repeat", 1);
  return layer;
}

LayerRow scale_sim_row(const Row& row) {
  LayerRow layer;
  layer.name = row.text("layername");
  layer.kind = "conv";
  ConvBounds conv;
  conv.height = row.whole("ifmapheight");
  conv.width = row.whole("ifmapwidth");
  conv.kernel_h = row.whole("filterheight");
  conv.kernel_w = row.whole("filterwidth");
  conv.in_channels = row.whole("channels");
  conv.out_channels = row.whole("numfilter");
  conv.stride_h = conv.stride_w = row.whole("strides");
  layer.conv = conv;
  lower(row, layer);
  return layer;
}

ConvBounds bounds_of(const Row& row) {
  ConvBounds conv;
  conv.batch = row.whole("N");
  conv.in_channels = row.whole("C");
  conv.height = row.whole("H");
  conv.width = row.whole("W");
  conv.out_channels = row.whole("K");
  conv.kernel_h = row.whole("R");
  conv.kernel_w = row.whole("S");
  conv.stride_h = row.whole("stride_h");
  conv.stride_w = row.whole("stride_w");
  conv.pad_h = row.whole("pad_h", 0);
  conv.pad_w = row.whole("pad_w", 0);
  conv.groups = row.whole("groups");
  return conv;
}

void check_stated(const Row& row, const char* column, uint64_t computed) {
  if (row.whole(column) != computed)
    row.refuse(fmt::format("{} is {}", column, row.text(column)), fmt::format("its loops give {}", computed));
}

LayerRow full_row(const Row& row) {
  LayerRow layer;
  layer.workload = row.text("workload");
  layer.name = row.text("layer");
  layer.kind = row.text("kind");
  layer.stated_sparsity = row.share("stated_sparsity");
  if (layer.kind == "gemm") {
    layer.m = row.whole("gemm_M");
    layer.n = row.whole("gemm_N");
    layer.k = row.whole("gemm_K");
    layer.repeat = row.whole_or("groups", 1);
    return layer;
  }
  if (layer.kind != "conv" && layer.kind != "dwconv")
    row.refuse(fmt::format("kind is {}", io::excerpt(layer.kind)), "allowed: gemm, conv, dwconv");
  layer.conv = bounds_of(row);
  lower(row, layer);
  check_stated(row, "P", layer.conv->out_height());
  check_stated(row, "Q", layer.conv->out_width());
  check_stated(row, "gemm_M", layer.m);
  check_stated(row, "gemm_N", layer.n);
  check_stated(row, "gemm_K", layer.k);
  return layer;
}

struct Layout {
  Names required;
  Names optional;
  LayerRow (*read)(const Row&);
};

const std::vector<Layout>& layouts() {
  static const std::vector<Layout> all = {
      {{"name", "m", "n", "k"}, {"repeat"}, gemm_row},
      {{"layername", "ifmapheight", "ifmapwidth", "filterheight", "filterwidth", "channels", "numfilter",
        "strides"},
       {},
       scale_sim_row},
      {{"workload",        "layer",    "kind",  "N",     "C",      "H", "W", "K",      "R",      "S",
        "stride_h",        "stride_w", "pad_h", "pad_w", "groups", "P", "Q", "gemm_M", "gemm_N", "gemm_K",
        "stated_sparsity", "notes",    "source"},
       {},
       full_row}};
  return all;
}

// The header as written where that names a layout's columns, else without case and blanks, and with
// SCALE-Sim's "Layer" for both of its tables.
Names read_header(const io::CsvRecord& record) {
  Names names = record.fields;
  while (!names.empty() && names.back().empty()) names.pop_back();
  if (names.size() > 2 && names[2] == "kind") return names;
  for (std::string& name : names) name = normal_form(name);
  const bool loops = names.size() > 1 && names[1].starts_with("ifmap");
  if (!names.empty() && (names[0] == "layer" || names[0] == "layername"))
    names[0] = loops ? "layername" : "name";
  for (std::string& name : names) {
    if (name == "numfilters") name = "numfilter";
    if (name == "stride") name = "strides";
  }
  return names;
}

bool names_layout(const Names& names, const Layout& layout) {
  Names all = layout.required;
  all.insert(all.end(), layout.optional.begin(), layout.optional.end());
  if (names.size() < layout.required.size() || names.size() > all.size()) return false;
  return std::equal(names.begin(), names.end(), all.begin());
}

}  // namespace

std::vector<LayerRow> parse_layers(std::string_view text, const std::string& source) {
  const std::vector<io::CsvRecord> records = io::parse_csv(text, source);
  if (records.empty()) throw InputError("an empty layer table", "expected: a header line", {source, 1});
  const Names names = read_header(records[0]);
  const auto layout = std::find_if(layouts().begin(), layouts().end(),
                                   [&names](const Layout& each) { return names_layout(names, each); });
  if (layout == layouts().end())
    throw InputError(
        fmt::format("the header is {}", io::excerpt(fmt::format("{}", fmt::join(records[0].fields, ",")))),
        "allowed: name,M,N,K[,repeat]; SCALE-Sim's Layer name,IFMAP Height,…,Strides; "
        "workload,layer,kind,N,C,H,W,K,R,S,…,source",
        {source, records[0].line});
  std::vector<LayerRow> rows;
  for (size_t i = 1; i < records.size(); ++i) {
    const Row row(names, records[i], source);
    size_t fields = records[i].fields.size();
    // SCALE-Sim ends its lines with a comma.
    while (fields > names.size() && records[i].fields[fields - 1].empty()) --fields;
    if (fields > names.size() || fields < layout->required.size())
      row.refuse(fmt::format("{} fields", fields), fmt::format("expected: {}", names.size()));
    rows.push_back(layout->read(row));
    if (rows.back().name.empty()) row.refuse("a layer without a name");
  }
  if (rows.empty()) throw InputError("a layer table without layers", "", {source, records[0].line});
  return rows;
}

std::vector<LayerRow> read_layers(const std::string& path) { return parse_layers(read_file(path), path); }

}  // namespace nonzero
