#include "nonzero/io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/suggest.h"
#include "nonzero/io/file.h"
#include "nonzero/io/json_members.h"
#include "nonzero/io/small_floats.h"
#include "nonzero/io/text.h"

namespace nonzero {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are read as little-endian");

using nlohmann::json;
using Entry = Safetensors::Entry;

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMostHeaderBytes = 100'000'000;  // the format's own limit

const std::map<std::string, uint64_t>& type_bytes() {
  static const std::map<std::string, uint64_t> all = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"I16", 2}, {"U16", 2}, {"F16", 2},
      {"BF16", 2}, {"I32", 4}, {"U32", 4}, {"F32", 4},     {"F64", 8},     {"I64", 8}, {"U64", 8}};
  return all;
}

uint64_t header_length(std::string_view file, const std::string& source) {
  const Place place{source, 0};
  if (file.size() < kLengthBytes)
    throw InputError(fmt::format("a file of {} bytes", file.size()),
                     "expected: 8 bytes of header length first", place);
  uint64_t length = 0;
  std::memcpy(&length, file.data(), kLengthBytes);
  const uint64_t left = file.size() - kLengthBytes;
  if (length > left)
    throw InputError(fmt::format("a header of {} bytes", length),
                     fmt::format("the file holds {} after byte {}", left, kLengthBytes), place);
  if (length > kMostHeaderBytes)
    throw InputError(fmt::format("a header of {} bytes", length),
                     fmt::format("allowed: {}", kMostHeaderBytes), place);
  return length;
}

// The header's tensors and metadata by name; JSON alone would keep the last of two that share a name.
json parse_header(std::string_view text, const std::string& source) {
  io::parse_json(text, source, "the header as a JSON object");
  std::set<std::string> names;
  const json header = json::parse(text, [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1 && !names.insert(parsed.get<std::string>()).second)
      throw InputError(fmt::format("tensor {} stands twice", io::excerpt(parsed.get<std::string>())), "",
                       {source, 0});
    return true;
  });
  if (!header.is_object()) throw InputError("the header is no JSON object", "", {source, 0});
  return header;
}

void check_metadata(const json& metadata, const std::string& source) {
  const bool texts = metadata.is_object() && std::all_of(metadata.begin(), metadata.end(),
                                                         [](const json& value) { return value.is_string(); });
  if (!texts) throw InputError("'__metadata__' in the header", "allowed: an object of texts", {source, 0});
}

// The bytes of a tensor as its type and shape say; nothing where 64 bits do not hold them.
std::optional<uint64_t> claimed_bytes(const Entry& entry) {
  std::optional<uint64_t> bytes = type_bytes().at(entry.type);
  for (const uint64_t side : entry.shape)
    if (bytes) bytes = checked_multiply(*bytes, side);
  return bytes;
}

Entry parse_entry(const std::string& name, const json& tensor, uint64_t data_bytes,
                  const std::string& source) {
  const io::JsonMembers members(tensor, "tensor " + io::excerpt(name), source,
                                {"dtype", "shape", "data_offsets"});
  Entry entry;
  entry.name = name;
  entry.type = members.text("dtype");
  if (!type_bytes().contains(entry.type)) {
    std::vector<std::string> types;
    types.reserve(type_bytes().size());
    for (const auto& known : type_bytes()) types.push_back(known.first);
    members.refuse("dtype " + io::excerpt(entry.type), fmt::format("{}", fmt::join(types, ", ")));
  }
  static_cast<void>(members.required("shape"));
  entry.shape = members.sizes("shape");
  static_cast<void>(members.required("data_offsets"));
  const std::vector<uint64_t> offsets = members.sizes("data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_bytes)
    members.refuse(fmt::format("data_offsets [{}]", fmt::join(offsets, ", ")),
                   fmt::format("begin and end within the {} bytes after the header", data_bytes));
  entry.begin = offsets[0];
  entry.end = offsets[1];
  if (claimed_bytes(entry) != entry.end - entry.begin)
    members.refuse(fmt::format("{} bytes for {} of ({})", entry.end - entry.begin, entry.type,
                               fmt::join(entry.shape, ", ")),
                   "as many as the shape says");
  return entry;
}

// Tensors stand one after the other and own every byte, as the format demands.
void check_order(const std::vector<Entry>& entries, uint64_t data_bytes, const std::string& source) {
  uint64_t at = 0;
  for (const Entry& entry : entries) {
    if (entry.begin < at)
      throw InputError(fmt::format("tensor {} begins at {}, within the one before it",
                                   io::excerpt(entry.name), entry.begin),
                       fmt::format("allowed: from {} on", at), {source, 0});
    if (entry.begin > at)
      throw InputError(fmt::format("bytes {} to {} belong to no tensor", at, entry.begin), "", {source, 0});
    at = entry.end;
  }
  if (at != data_bytes)
    throw InputError(fmt::format("bytes {} to {} belong to no tensor", at, data_bytes), "", {source, 0});
}

template <class Convert>
std::vector<float> convert_words(std::string_view bytes, const Convert& convert) {
  std::vector<float> values(bytes.size() / 2);
  for (size_t i = 0; i < values.size(); ++i) {
    uint16_t word = 0;
    std::memcpy(&word, bytes.data() + 2 * i, sizeof word);
    values[i] = convert(word);
  }
  return values;
}

}  // namespace

Safetensors::Safetensors(std::string bytes, std::string source)
    : bytes_(std::move(bytes)), source_(std::move(source)) {
  const uint64_t length = header_length(bytes_, source_);
  data_ = kLengthBytes + length;
  const uint64_t data_bytes = bytes_.size() - data_;
  const json header = parse_header(std::string_view(bytes_).substr(kLengthBytes, length), source_);
  entries_.reserve(header.size());
  for (const auto& [name, tensor] : header.items()) {
    if (name == "__metadata__")
      check_metadata(tensor, source_);
    else
      entries_.push_back(parse_entry(name, tensor, data_bytes, source_));
  }
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_order(entries_, data_bytes, source_);
}

bool Safetensors::has(const std::string& name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.name == name; });
}

const Entry& Safetensors::entry(const std::string& name) const {
  for (const Entry& one : entries_)
    if (one.name == name) return one;
  std::vector<std::string> names;
  names.reserve(entries_.size());
  for (const Entry& one : entries_) names.push_back(one.name);
  constexpr size_t kMostListed = 12;
  const size_t listed = std::min(names.size(), kMostListed);
  const auto end = names.begin() + static_cast<ptrdiff_t>(listed);
  throw InputError(fmt::format("no tensor {}{}", io::excerpt(name), did_you_mean(name, names)),
                   fmt::format("the file holds {} tensors: {}{}", names.size(),
                               fmt::join(names.begin(), end, ", "), listed < names.size() ? ", …" : ""),
                   {source_, 0});
}

std::vector<float> Safetensors::floats(const Entry& entry, bool minus_infinity_allowed) const {
  const std::string_view bytes =
      std::string_view(bytes_).substr(data_ + entry.begin, entry.end - entry.begin);
  std::vector<float> values;
  if (entry.type == "F16") {
    values = convert_words(bytes, io::half_to_float);
  } else if (entry.type == "BF16") {
    values = convert_words(bytes, io::bfloat_to_float);
  } else if (entry.type == "F32") {
    values.resize(bytes.size() / sizeof(float));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  } else {
    throw InputError(fmt::format("tensor {} of type {}", io::excerpt(entry.name), entry.type),
                     "allowed: F32, F16, BF16", {source_, 0});
  }
  for (size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) && !(minus_infinity_allowed && values[i] < 0))
      throw InputError(fmt::format("element {} of tensor {} is {}", i, io::excerpt(entry.name), values[i]),
                       "allowed: finite numbers", {source_, 0});
  return values;
}

Safetensors read_safetensors(const std::string& path) { return {read_file(path), path}; }

std::string to_safetensors(std::span<const FloatArray> arrays) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  uint64_t at = 0;
  for (const FloatArray& array : arrays) {
    const uint64_t end = at + array.values.size_bytes();
    header[array.name] = {{"dtype", "F32"}, {"shape", array.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data is aligned
  const uint64_t length = text.size();
  std::string file(kLengthBytes, '\0');
  std::memcpy(file.data(), &length, kLengthBytes);
  file.reserve(kLengthBytes + text.size() + at);
  file += text;
  for (const FloatArray& array : arrays)
    file.append(reinterpret_cast<const char*>(array.values.data()), array.values.size_bytes());
  return file;
}

}  // namespace nonzero
