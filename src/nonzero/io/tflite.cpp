#include "nonzero/io/tflite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/io/file.h"
#include "nonzero/io/flat_table.h"
#include "nonzero/io/text.h"
#include "nonzero/io/tflite_operators.h"

namespace nonzero {
namespace {

using io::FlatFile;
using io::FlatRange;
using io::FlatTable;

constexpr int kCustom = 32;

// Slots of the tables in tensorflow/lite/schema/schema.fbs; a union takes two, its type first.
enum ModelSlot { kOperatorCodes = 1, kSubgraphs = 2, kDescription = 3, kBuffers = 4 };
enum SubgraphSlot { kTensors = 0, kInputs = 1, kOutputs = 2, kOperators = 3 };
enum TensorSlot { kShape = 0, kType = 1, kBuffer = 2, kName = 3, kQuantisation = 4, kSparsity = 6 };
enum QuantisationSlot { kScales = 2, kZeroPoints = 3, kDetailsType = 4, kDimension = 6 };
enum OperatorSlot { kCode = 0, kOperatorInputs = 1, kOperatorOutputs = 2, kIntermediates = 8 };
enum CodeSlot { kOldCode = 0, kCustomName = 1, kNewCode = 3 };
enum BufferSlot { kData = 0, kDataOffset = 1, kDataSize = 2 };

// Bytes of one element; nothing where they differ from element to element or are not read here.
std::optional<uint64_t> element_bytes(int type) {
  switch (type) {
    case 0:   // float32
    case 2:   // int32
    case 15:  // uint32
      return 4;
    case 1:   // float16
    case 7:   // int16
    case 16:  // uint16
      return 2;
    case 3:  // uint8
    case 6:  // bool
    case 9:  // int8
      return 1;
    case 4:   // int64
    case 8:   // complex64
    case 10:  // float64
    case 12:  // uint64
      return 8;
    default:
      return std::nullopt;
  }
}

TfliteType type_of(int type) {
  switch (type) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 6:
    case 7:
    case 9:
      return static_cast<TfliteType>(type);
    default:
      return TfliteType::kOther;
  }
}

// Where a buffer's data stands; models beyond 2 GB keep it behind the tables and say its place.
FlatRange buffer_range(const FlatFile& file, const FlatTable& buffer) {
  const auto offset = buffer.number<uint64_t>(kDataOffset, 0, "offset");
  if (offset <= 1) return buffer.range<uint8_t>(kData, "data");
  const auto size = buffer.number<uint64_t>(kDataSize, 0, "size");
  if (offset > file.size() || size > file.size() - offset)
    buffer.refuse(
        fmt::format("data of {} bytes at byte {} outside the file of {} bytes", size, offset, file.size()));
  return {offset, size};
}

void read_shape(const FlatTable& table, TfliteTensor& tensor) {
  const std::vector<int32_t> shape = table.numbers<int32_t>(kShape, "shape");
  tensor.shape.reserve(shape.size());
  std::optional<uint64_t> elements = 1;
  for (const int32_t side : shape) {
    if (side < 0) table.refuse(fmt::format("shape [{}]", fmt::join(shape, ", ")), "sides of 0 and more");
    tensor.shape.push_back(static_cast<uint64_t>(side));
    if (elements) elements = checked_multiply(*elements, tensor.shape.back());
  }
  if (!elements) table.refuse(fmt::format("shape [{}]", fmt::join(shape, ", ")), "fewer than 2^64 elements");
}

void read_quantisation(const FlatTable& table, TfliteTensor& tensor) {
  const auto found = table.table(kQuantisation, "quantization");
  if (!found) return;
  if (found->number<uint8_t>(kDetailsType, 0, "details_type") != 0)
    found->refuse("a custom quantisation", "scale and zero point");
  tensor.scales = found->numbers<float>(kScales, "scale");
  tensor.scales_offset = found->range<float>(kScales, "scale").offset;
  tensor.zero_points = found->numbers<int64_t>(kZeroPoints, "zero_point");
  tensor.zero_points_offset = found->range<int64_t>(kZeroPoints, "zero_point").offset;
  const bool codes = tensor.type == TfliteType::kInt8 || tensor.type == TfliteType::kUint8;
  for (const float scale : tensor.scales)
    if (codes && (!std::isfinite(scale) || scale <= 0))
      found->refuse(fmt::format("scale {}", scale), "finite and above 0");
  const auto dimension = found->number<int32_t>(kDimension, 0, "quantized_dimension");
  const uint64_t scales = tensor.scales.size();
  if (codes && scales > 1 &&
      (dimension < 0 || static_cast<uint64_t>(dimension) >= tensor.shape.size() ||
       tensor.shape[static_cast<size_t>(dimension)] != scales))
    found->refuse(fmt::format("{} scales on dimension {} of shape [{}]", scales, dimension,
                              fmt::join(tensor.shape, ", ")),
                  "one scale, or one for each index of that dimension");
  if (tensor.zero_points.size() > 1 && tensor.zero_points.size() != scales)
    found->refuse(fmt::format("{} zero points for {} scales", tensor.zero_points.size(), scales),
                  "none, one or as many");
  tensor.quantized_dimension = static_cast<uint64_t>(std::max(dimension, 0));
}

void find_data(const FlatTable& table, const std::vector<FlatRange>& buffers, int type,
               TfliteTensor& tensor) {
  const auto buffer = table.number<uint32_t>(kBuffer, 0, "buffer");
  if (buffer == 0) return;  // by convention the empty one, also where the file holds none
  if (buffer >= buffers.size())
    table.refuse(fmt::format("buffer {}", buffer), fmt::format("0 to {}", buffers.size()));
  const FlatRange found = buffers[buffer];
  if (found.size == 0) return;
  tensor.offset = found.offset;
  tensor.size = found.size;
  const auto each = element_bytes(type);
  if (!each) return;
  const auto needed = checked_multiply(tensor.elements(), *each);
  if (!needed || *needed > found.size)
    table.refuse(fmt::format("buffer {} holds {} bytes at byte {}", buffer, found.size, found.offset),
                 needed ? fmt::format("{} for shape [{}]", *needed, fmt::join(tensor.shape, ", "))
                        : "fewer than 2^64 bytes");
  tensor.size = *needed;
}

TfliteTensor read_tensor(FlatTable table, uint64_t index, const std::vector<FlatRange>& buffers) {
  TfliteTensor tensor;
  tensor.name = table.text(kName, "name");
  table.name(fmt::format("tensor {} {}", index, io::excerpt(tensor.name)));
  if (table.has(kSparsity)) table.refuse("sparse", "dense tensors");
  // NOLINTNEXTLINE(bugprone-signed-char-misuse): a number, no character
  const int type = table.number<int8_t>(kType, 0, "type");
  tensor.type = type_of(type);
  read_shape(table, tensor);
  read_quantisation(table, tensor);
  find_data(table, buffers, type, tensor);
  return tensor;
}

struct Code {
  int number = 0;
  std::string name;
};

// The old field is one byte; later writers put 127 there and the code into the new one.
Code read_code(const FlatTable& table) {
  // NOLINTNEXTLINE(bugprone-signed-char-misuse): a number, no character
  const int old_code = table.number<int8_t>(kOldCode, 0, "deprecated_builtin_code");
  const int number = std::max(old_code, table.number<int32_t>(kNewCode, 0, "builtin_code"));
  if (number == kCustom) return {number, "CUSTOM " + table.text(kCustomName, "custom_code")};
  return {number, io::tflite_operator_name(number)};
}

// Indices of tensors; -1 only where one may be left out.
std::vector<int> read_indices(const FlatTable& table, int slot, const char* name, uint64_t tensors,
                              int least) {
  std::vector<int> indices = table.numbers<int32_t>(slot, name);
  for (const int index : indices)
    if (index < least || (index >= 0 && static_cast<uint64_t>(index) >= tensors))
      table.refuse(fmt::format("{} name tensor {}", name, index), fmt::format("below {}", tensors));
  return indices;
}

TfliteOperator read_operator(FlatTable table, uint64_t index, const std::vector<Code>& codes,
                             uint64_t tensors) {
  const auto code = table.number<uint32_t>(kCode, 0, "opcode_index");
  if (code >= codes.size())
    table.refuse(fmt::format("opcode_index {}", code), fmt::format("below {}", codes.size()));
  TfliteOperator op;
  op.code = codes[code].number;
  op.name = codes[code].name;
  table.name(fmt::format("operator {} {}", index, op.name));
  op.inputs = read_indices(table, kOperatorInputs, "inputs", tensors, -1);
  op.outputs = read_indices(table, kOperatorOutputs, "outputs", tensors, 0);
  op.intermediates = read_indices(table, kIntermediates, "intermediates", tensors, -1);
  op.options = io::tflite_options(op.code, table);
  return op;
}

template <class Item, class Read>
std::vector<Item> read_all(const FlatTable& table, int slot, const char* name, const Read& read) {
  std::vector<Item> items;
  const uint64_t count = table.tables(slot, name);
  items.reserve(count);
  for (uint64_t i = 0; i < count; ++i) items.push_back(read(table.table_at(slot, i, name), i));
  return items;
}

FlatTable chosen_subgraph(const FlatTable& model, std::optional<uint64_t> subgraph) {
  const uint64_t count = model.tables(kSubgraphs, "subgraph");
  if (count == 0) model.refuse("no subgraph", "one and more");
  if (!subgraph && count > 1)
    model.refuse(fmt::format("{} subgraphs", count), fmt::format("one, or a choice of 0 to {}", count - 1));
  if (subgraph.value_or(0) >= count)
    model.refuse(fmt::format("subgraph {}", *subgraph), fmt::format("0 to {}", count - 1));
  return model.table_at(kSubgraphs, subgraph.value_or(0), "subgraph");
}

// A constant's bytes and what replaces them; one place may be named twice with the same bytes.
struct Replacement {
  uint64_t offset = 0;
  std::string bytes;
  int tensor = 0;
};

template <class Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  std::string bytes(numbers.size() * sizeof(Number), '\0');
  if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

[[noreturn]] void refuse_patch(const TfliteModel& model, int tensor, const std::string& problem,
                               const std::string& allowed) {
  throw InputError(fmt::format("replacing tensor {}: {}", tensor, problem), "allowed: " + allowed,
                   {model.source, 0});
}

void apply(const TfliteModel& model, const Replacement& replacement, std::string& bytes,
           std::string& touched) {
  for (size_t i = 0; i < replacement.bytes.size(); ++i) {
    const size_t at = replacement.offset + i;
    if (touched[at] != 0 && bytes[at] != replacement.bytes[i])
      refuse_patch(model, replacement.tensor,
                   "its buffer is another tensor's too, which becomes something else",
                   "the same bytes for both");
    bytes[at] = replacement.bytes[i];
    touched[at] = 1;
  }
}

void check_patch(const TfliteModel& model, const TflitePatch& patch) {
  if (patch.tensor < 0 || static_cast<size_t>(patch.tensor) >= model.tensors.size())
    refuse_patch(model, patch.tensor, "no such tensor", fmt::format("below {}", model.tensors.size()));
  const TfliteTensor& tensor = model.tensors[static_cast<size_t>(patch.tensor)];
  if (!tensor.constant() || patch.bytes.size() != tensor.size)
    refuse_patch(model, patch.tensor, fmt::format("{} bytes", patch.bytes.size()),
                 tensor.constant() ? fmt::format("{}", tensor.size) : "constants");
  if (!patch.scales.empty() && patch.scales.size() != tensor.scales.size())
    refuse_patch(model, patch.tensor, fmt::format("{} scales", patch.scales.size()),
                 fmt::format("{}", tensor.scales.size()));
  if (!patch.zero_points.empty() && patch.zero_points.size() != tensor.zero_points.size())
    refuse_patch(model, patch.tensor, fmt::format("{} zero points", patch.zero_points.size()),
                 fmt::format("{}", tensor.zero_points.size()));
}

}  // namespace

uint64_t TfliteTensor::elements() const {
  uint64_t product = 1;
  for (const uint64_t side : shape) product *= side;
  return product;
}

std::string_view TfliteModel::data(const TfliteTensor& tensor) const {
  return std::string_view(bytes).substr(tensor.offset, tensor.size);
}

TfliteModel parse_tflite(std::string bytes, const std::string& source, std::optional<uint64_t> subgraph) {
  TfliteModel model;
  model.bytes = std::move(bytes);
  model.source = source;
  FlatFile file(model.bytes, source, "TFL3");
  const FlatTable root(file, "model");
  model.description = root.text(kDescription, "description");
  const auto codes = read_all<Code>(root, kOperatorCodes, "operator code",
                                    [](const FlatTable& table, uint64_t) { return read_code(table); });
  const auto buffers = read_all<FlatRange>(
      root, kBuffers, "buffer", [&](const FlatTable& table, uint64_t) { return buffer_range(file, table); });
  const FlatTable graph = chosen_subgraph(root, subgraph);
  model.tensors = read_all<TfliteTensor>(graph, kTensors, "tensor", [&](const FlatTable& table, uint64_t i) {
    return read_tensor(table, i, buffers);
  });
  const uint64_t tensors = model.tensors.size();
  model.operators = read_all<TfliteOperator>(
      graph, kOperators, "operator",
      [&](const FlatTable& table, uint64_t i) { return read_operator(table, i, codes, tensors); });
  model.inputs = read_indices(graph, kInputs, "inputs", tensors, 0);
  model.outputs = read_indices(graph, kOutputs, "outputs", tensors, 0);
  return model;
}

TfliteModel read_tflite(const std::string& path, std::optional<uint64_t> subgraph) {
  return parse_tflite(read_file(path), path, subgraph);
}

std::string patched_tflite(const TfliteModel& model, const std::vector<TflitePatch>& patches) {
  std::string bytes = model.bytes;
  std::string touched(bytes.size(), '\0');
  std::vector<bool> patched(model.tensors.size());
  for (const TflitePatch& patch : patches) {
    check_patch(model, patch);
    const TfliteTensor& tensor = model.tensors[static_cast<size_t>(patch.tensor)];
    patched[static_cast<size_t>(patch.tensor)] = true;
    apply(model, {tensor.offset, patch.bytes, patch.tensor}, bytes, touched);
    apply(model, {tensor.scales_offset, bytes_of(patch.scales), patch.tensor}, bytes, touched);
    apply(model, {tensor.zero_points_offset, bytes_of(patch.zero_points), patch.tensor}, bytes, touched);
  }
  for (size_t i = 0; i < model.tensors.size(); ++i) {
    const TfliteTensor& tensor = model.tensors[i];
    if (patched[i] || !tensor.constant()) continue;
    if (std::string_view(bytes).substr(tensor.offset, tensor.size) != model.data(tensor))
      refuse_patch(model, static_cast<int>(i), "it shares its buffer with one that changes",
                   "a buffer of its own");
  }
  return bytes;
}

}  // namespace nonzero
