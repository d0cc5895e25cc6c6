#include "nonzero/io/onnx.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstring>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/io/file.h"
#include "nonzero/io/npy.h"
#include "nonzero/io/text.h"

namespace nonzero {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// One message of the file, field by field. What is not asked for is passed over.
class Wire {
 public:
  Wire(CodedInputStream& stream, const std::string& source) : stream_(stream), source_(source) {}

  // Calls field(number) for each field of the message that ends where the stream's limit stands; `field`
  // reads it or passes over it, and returns whether it did the former.
  template <class Field>
  void message(const Field& field) {
    while ((tag_ = stream_.ReadTag()) != 0)
      if (!field(WireFormatLite::GetTagFieldNumber(tag_)) && !WireFormatLite::SkipField(&stream_, tag_))
        refuse("a field that reaches outside its message");
    if (!stream_.ConsumedEntireMessage()) refuse("what is no field");
  }

  // Runs `read` within the message that stands here.
  template <class Read>
  bool nested(const Read& read) {
    const int length = bytes();
    const auto outer = stream_.PushLimit(length);
    read();
    stream_.PopLimit(outer);
    return true;
  }

  bool text(std::string& out) {
    const int length = bytes();
    if (!stream_.ReadString(&out, length)) refuse("a text that the file ends in");
    return true;
  }

  uint64_t varint() {
    require(WireFormatLite::WIRETYPE_VARINT);
    return raw_varint();
  }

  float real() {
    require(WireFormatLite::WIRETYPE_FIXED32);
    return fixed<float>();
  }

  // Repeated numbers, packed or one by one; `one` reads the next.
  template <class One>
  bool repeated(WireFormatLite::WireType single, const One& one) {
    if (WireFormatLite::GetTagWireType(tag_) == single) {
      one();
      return true;
    }
    const int length = bytes();
    const auto outer = stream_.PushLimit(length);
    while (stream_.BytesUntilLimit() > 0) one();
    stream_.PopLimit(outer);
    return true;
  }

  uint64_t raw_varint() {
    uint64_t value = 0;
    if (!stream_.ReadVarint64(&value)) refuse("a number that the file ends in, or of more than ten bytes");
    return value;
  }

  template <class Number>
  Number fixed() {
    Number value{};
    if (!stream_.ReadRaw(&value, sizeof(Number))) refuse("a number that the file ends in");
    return value;
  }

  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed = "") const {
    throw InputError(fmt::format("byte {}: {}", stream_.CurrentPosition(), problem),
                     allowed.empty() ? "" : "allowed: " + allowed, {source_, 0});
  }
  [[nodiscard]] const std::string& source() const { return source_; }

 private:
  void require(WireFormatLite::WireType type) const {
    if (WireFormatLite::GetTagWireType(tag_) != type)
      refuse(fmt::format("field {} of wire type {}", WireFormatLite::GetTagFieldNumber(tag_),
                         static_cast<int>(WireFormatLite::GetTagWireType(tag_))),
             fmt::format("{}", static_cast<int>(type)));
  }

  // The length of what stands here, which the message around it must hold.
  int bytes() {
    require(WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
    int length = 0;
    const bool read = stream_.ReadVarintSizeAsInt(&length);
    if (!read || length > stream_.BytesUntilLimit())
      refuse(fmt::format("field {} of {} bytes reaches outside its message",
                         WireFormatLite::GetTagFieldNumber(tag_), length),
             fmt::format("up to {}", stream_.BytesUntilLimit()));
    return length;
  }

  CodedInputStream& stream_;
  const std::string& source_;
  uint32_t tag_ = 0;
};

std::optional<uint64_t> element_bytes(int type) {
  switch (type) {
    case 2:  // uint8
    case 3:  // int8
    case 9:  // bool
      return 1;
    case 4:   // uint16
    case 5:   // int16
    case 10:  // float16
    case 16:  // bfloat16
      return 2;
    case 1:   // float
    case 6:   // int32
    case 12:  // uint32
      return 4;
    case 7:   // int64
    case 11:  // double
    case 13:  // uint64
      return 8;
    default:
      return std::nullopt;
  }
}

OnnxType type_of(int type) {
  for (const OnnxType known : {OnnxType::kFloat32, OnnxType::kUint8, OnnxType::kInt8, OnnxType::kInt32,
                               OnnxType::kInt64, OnnxType::kFloat16, OnnxType::kFloat64})
    if (type == static_cast<int>(known)) return known;
  return OnnxType::kOther;
}

template <class Number>
void append(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(Number));
}

// Narrow types lie in int32_data, one number each.
void append_narrow(std::string& bytes, uint64_t number, uint64_t width) {
  bytes.append(reinterpret_cast<const char*>(&number), width);
}

constexpr int kExternal = 1;

OnnxTensor read_tensor(Wire& wire) {
  OnnxTensor tensor;
  int type = 0;
  uint64_t location = 0;
  bool negative = false;
  std::vector<int64_t> narrow;
  std::string wide;  // float_data, int64_data, double_data
  wire.message([&](int field) {
    switch (field) {
      case 1:
        return wire.repeated(WireFormatLite::WIRETYPE_VARINT, [&] {
          tensor.shape.push_back(wire.raw_varint());
          negative = negative || tensor.shape.back() > std::numeric_limits<int64_t>::max();
        });
      case 2:
        type = static_cast<int>(wire.varint());
        return true;
      case 4:
        return wire.repeated(WireFormatLite::WIRETYPE_FIXED32, [&] { append(wide, wire.fixed<float>()); });
      case 5:
        return wire.repeated(WireFormatLite::WIRETYPE_VARINT,
                             [&] { narrow.push_back(static_cast<int64_t>(wire.raw_varint())); });
      case 7:
        return wire.repeated(WireFormatLite::WIRETYPE_VARINT, [&] { append(wide, wire.raw_varint()); });
      case 8:
        return wire.text(tensor.name);
      case 9:
        return wire.text(tensor.bytes);
      case 10:
        return wire.repeated(WireFormatLite::WIRETYPE_FIXED64, [&] { append(wide, wire.fixed<double>()); });
      case 14:
        location = wire.varint();
        return true;
      default:
        return false;
    }
  });
  const std::string what = fmt::format("tensor {}", io::excerpt(tensor.name));
  if (negative) wire.refuse(what + ": a side below 0", "0 and more");
  if (location == kExternal) wire.refuse(what + ": its data stands in another file", "data within the file");
  tensor.type = type_of(type);
  const auto each = element_bytes(type);
  if (!each) return tensor;
  if (tensor.bytes.empty()) tensor.bytes = std::move(wide);
  if (tensor.bytes.empty())
    for (const int64_t number : narrow) append_narrow(tensor.bytes, static_cast<uint64_t>(number), *each);
  std::optional<uint64_t> needed = *each;
  for (const uint64_t side : tensor.shape)
    if (needed) needed = checked_multiply(*needed, side);
  if (!needed || *needed != tensor.bytes.size())
    wire.refuse(fmt::format("{}: {} bytes of data", what, tensor.bytes.size()),
                needed ? fmt::format("{} for shape [{}]", *needed, fmt::join(tensor.shape, ", "))
                       : "fewer than 2^64 bytes");
  return tensor;
}

void read_attribute(Wire& wire, OnnxNode& node) {
  std::string name;
  OnnxAttribute attribute;
  wire.message([&](int field) {
    switch (field) {
      case 1:
        return wire.text(name);
      case 2:
        attribute.f = wire.real();
        return true;
      case 3:
        attribute.i = static_cast<int64_t>(wire.varint());
        return true;
      case 4:
        return wire.text(attribute.s);
      case 5:
        return wire.nested([&] { attribute.tensor = read_tensor(wire); });
      case 8:
        return wire.repeated(WireFormatLite::WIRETYPE_VARINT,
                             [&] { attribute.ints.push_back(static_cast<int64_t>(wire.raw_varint())); });
      default:
        return false;
    }
  });
  node.attributes[name] = std::move(attribute);
}

OnnxNode read_node(Wire& wire) {
  OnnxNode node;
  wire.message([&](int field) {
    switch (field) {
      case 1:
        return wire.text(node.inputs.emplace_back());
      case 2:
        return wire.text(node.outputs.emplace_back());
      case 3:
        return wire.text(node.name);
      case 4:
        return wire.text(node.op);
      case 5:
        return wire.nested([&] { read_attribute(wire, node); });
      case 7:
        return wire.text(node.domain);
      default:
        return false;
    }
  });
  return node;
}

// ValueInfoProto: name 1, type 2 { tensor_type 1 { shape 2 { dim 1 { dim_value 1 } } } }.
OnnxValue read_value(Wire& wire) {
  OnnxValue value;
  const auto dimension = [&] {
    uint64_t side = 0;
    wire.message([&](int field) {
      if (field != 1) return false;
      side = wire.varint();
      return true;
    });
    // An unknown side may be written as -1.
    value.shape->push_back(side > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) ? 0 : side);
  };
  const auto shape = [&] {
    value.shape.emplace();
    wire.message([&](int field) { return field == 1 && wire.nested(dimension); });
  };
  const auto tensor = [&] { wire.message([&](int field) { return field == 2 && wire.nested(shape); }); };
  const auto type = [&] { wire.message([&](int field) { return field == 1 && wire.nested(tensor); }); };
  wire.message([&](int field) {
    if (field == 1) return wire.text(value.name);
    return field == 2 && wire.nested(type);
  });
  return value;
}

void read_graph(Wire& wire, OnnxModel& model) {
  wire.message([&](int field) {
    switch (field) {
      case 1:
        return wire.nested([&] { model.nodes.push_back(read_node(wire)); });
      case 5:
        return wire.nested([&] {
          OnnxTensor tensor = read_tensor(wire);
          std::string name = tensor.name;
          model.constants[std::move(name)] = std::move(tensor);
        });
      case 11:
        return wire.nested([&] { model.inputs.push_back(read_value(wire)); });
      case 12:
        return wire.nested([&] { model.outputs.push_back(read_value(wire)); });
      case 13:
        return wire.nested([&] { model.values.push_back(read_value(wire)); });
      case 15:
        wire.refuse("a sparse initializer", "dense tensors");
      default:
        return false;
    }
  });
}

}  // namespace

uint64_t OnnxTensor::elements() const {
  uint64_t product = 1;
  for (const uint64_t side : shape) product *= side;
  return product;
}

std::vector<float> OnnxTensor::floats(const std::string& source) const {
  const char* npy = type == OnnxType::kFloat32   ? "<f4"
                    : type == OnnxType::kFloat16 ? "<f2"
                    : type == OnnxType::kFloat64 ? "<f8"
                                                 : nullptr;
  if (npy == nullptr)
    throw InputError(fmt::format("tensor {} holds no floats", io::excerpt(name)),
                     "allowed: float16, float32, float64", {source, 0});
  return to_floats(NpyArray{{elements()}, npy, false, bytes}, source);
}

std::vector<int64_t> OnnxTensor::integers(const std::string& source) const {
  const char* npy = type == OnnxType::kInt8    ? "|i1"
                    : type == OnnxType::kUint8 ? "|u1"
                    : type == OnnxType::kInt32 ? "<i4"
                    : type == OnnxType::kInt64 ? "<i8"
                                               : nullptr;
  if (npy == nullptr)
    throw InputError(fmt::format("tensor {} holds no whole numbers", io::excerpt(name)),
                     "allowed: int8, uint8, int32, int64", {source, 0});
  return to_integers(NpyArray{{elements()}, npy, false, bytes}, source);
}

int64_t OnnxNode::integer(const std::string& attribute, int64_t otherwise) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? otherwise : found->second.i;
}

float OnnxNode::real(const std::string& attribute, float otherwise) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? otherwise : found->second.f;
}

std::string OnnxNode::text(const std::string& attribute, const std::string& otherwise) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? otherwise : found->second.s;
}

std::vector<int64_t> OnnxNode::integers(const std::string& attribute) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? std::vector<int64_t>() : found->second.ints;
}

OnnxModel parse_onnx(const std::string& bytes, const std::string& source) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()))
    throw InputError(fmt::format("an ONNX file of {} bytes", bytes.size()), "allowed: below 2^31",
                     {source, 0});
  CodedInputStream stream(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  const auto whole = stream.PushLimit(static_cast<int>(bytes.size()));
  Wire wire(stream, source);
  OnnxModel model;
  model.source = source;
  bool graph = false;
  wire.message([&](int field) {
    if (field == 2) return wire.text(model.producer);
    if (field != 7) return false;
    graph = true;
    return wire.nested([&] { read_graph(wire, model); });
  });
  stream.PopLimit(whole);
  if (!graph) throw InputError("no graph", "expected: an ONNX model", {source, 0});
  return model;
}

OnnxModel read_onnx(const std::string& path) { return parse_onnx(read_file(path), path); }

}  // namespace nonzero
