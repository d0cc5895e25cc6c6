#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>
#include <string>
#include <vector>

namespace nonzero::test {

// A message of the protobuf wire format, field by field.
class Proto {
 public:
  Proto& number(int field, uint64_t value) {
    return write([&](Out& out) {
      out.WriteTag(tag(field, Wire::WIRETYPE_VARINT));
      out.WriteVarint64(value);
    });
  }
  Proto& real(int field, float value) {
    return write([&](Out& out) {
      out.WriteTag(tag(field, Wire::WIRETYPE_FIXED32));
      out.WriteLittleEndian32(Wire::EncodeFloat(value));
    });
  }
  Proto& bytes(int field, const std::string& value) {
    return write([&](Out& out) {
      out.WriteTag(tag(field, Wire::WIRETYPE_LENGTH_DELIMITED));
      out.WriteVarint32(static_cast<uint32_t>(value.size()));
      out.WriteString(value);
    });
  }
  Proto& message(int field, const Proto& value) { return bytes(field, value.text_); }
  Proto& packed(int field, const std::vector<uint64_t>& values) {
    Proto list;
    for (const uint64_t value : values) list.write([&](Out& out) { out.WriteVarint64(value); });
    return message(field, list);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  using Out = google::protobuf::io::CodedOutputStream;
  using Wire = google::protobuf::internal::WireFormatLite;

  static uint32_t tag(int field, Wire::WireType type) { return Wire::MakeTag(field, type); }

  template <class Action>
  Proto& write(const Action& action) {
    google::protobuf::io::StringOutputStream stream(&text_);  // appends
    Out out(&stream);
    action(out);
    return *this;
  }

  std::string text_;
};

// The messages of onnx.proto that a network is made of.
inline Proto onnx_tensor(const std::string& name, int type, const std::vector<uint64_t>& shape,
                         const std::string& raw) {
  Proto tensor;
  for (const uint64_t side : shape) tensor.number(1, side);
  return tensor.number(2, static_cast<uint64_t>(type)).bytes(8, name).bytes(9, raw);
}

inline Proto onnx_node(const std::string& op, const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs) {
  Proto node;
  for (const std::string& input : inputs) node.bytes(1, input);
  for (const std::string& output : outputs) node.bytes(2, output);
  return node.bytes(3, "the " + op).bytes(4, op);
}

inline Proto onnx_ints(const std::string& name, const std::vector<uint64_t>& values) {
  return Proto().bytes(1, name).packed(8, values);
}

inline Proto onnx_int(const std::string& name, uint64_t value) {
  return Proto().bytes(1, name).number(3, value);
}

// A side of 0 has a name instead.
inline Proto onnx_value(const std::string& name, const std::vector<uint64_t>& shape) {
  Proto sides;
  for (const uint64_t side : shape)
    sides.message(1, side == 0 ? Proto().bytes(2, "N") : Proto().number(1, side));
  return Proto().bytes(1, name).message(2, Proto().message(1, Proto().number(1, 1).message(2, sides)));
}

inline std::string onnx_model(const Proto& graph) {
  return Proto().number(1, 8).bytes(2, "made for a test").message(7, graph).text();
}

}  // namespace nonzero::test
