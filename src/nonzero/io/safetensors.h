#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nonzero/io/float_array.h"

namespace nonzero {

// Tensors by name, as Hugging Face's safetensors stores them: 8 bytes of little-endian header length, the
// header as JSON, then the bytes of all tensors, in C order and little-endian.
class Safetensors {
 public:
  struct Entry {
    std::string name;
    std::string type;  // F32, F16, BF16, I64, …
    std::vector<uint64_t> shape;
    uint64_t begin = 0, end = 0;  // bytes after the header
  };

  // Throws InputError where the header does not fit the file, is no such JSON or names an unknown type, where
  // a tensor's bytes do not fit its shape, and where tensors overlap or leave bytes that none of them owns.
  Safetensors(std::string bytes, std::string source);

  // In the order of their bytes.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] bool has(const std::string& name) const;
  // Throws InputError with the nearest name where there is none.
  [[nodiscard]] const Entry& entry(const std::string& name) const;
  // The elements in C order. Throws InputError for types other than F32, F16 and BF16 and for elements that
  // are not finite; minus infinity may be allowed.
  [[nodiscard]] std::vector<float> floats(const Entry& entry, bool minus_infinity_allowed = false) const;
  [[nodiscard]] const std::string& source() const { return source_; }

 private:
  std::string bytes_, source_;
  uint64_t data_ = 0;  // where the tensors' bytes begin
  std::vector<Entry> entries_;
};

Safetensors read_safetensors(const std::string& path);

// F32, in the order given.
std::string to_safetensors(std::span<const FloatArray> arrays);

}  // namespace nonzero
