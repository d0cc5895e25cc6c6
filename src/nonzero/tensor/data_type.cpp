#include "nonzero/tensor/data_type.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace nonzero {
namespace {

float round_bf16(float value) {
  if (std::isnan(value)) return value;
  uint32_t bits = std::bit_cast<uint32_t>(value);
  bits += 0x7fffU + ((bits >> 16U) & 1U);
  return std::bit_cast<float>(bits & 0xffff0000U);
}

// Through the float's own rounding: adding and removing a power of two 13 bits up drops 13 bits.
float round_fp16(float value) {
  if (!std::isfinite(value) || value == 0.0F) return value;
  const float magnitude = std::fabs(value);
  if (magnitude >= 65520.0F) return std::copysign(INFINITY, value);
  const int exponent = std::max(std::ilogb(magnitude), -14);
  const float step = std::ldexp(1.0F, exponent - 10);
  return std::nearbyint(value / step) * step;
}

float round_integer(float value, float low, float high) {
  return std::isnan(value) ? 0.0F : std::clamp(std::nearbyint(value), low, high);
}

}  // namespace

std::vector<std::string> data_type_names() { return {"fp32", "bf16", "fp16", "int8", "int16", "pattern"}; }

std::string name(DataType type) { return data_type_names()[static_cast<size_t>(type)]; }

bool is_integer(DataType type) { return type == DataType::kInt8 || type == DataType::kInt16; }

uint32_t bytes_per_element(DataType type) {
  switch (type) {
    case DataType::kFp32:
      return 4;
    case DataType::kInt8:
      return 1;
    case DataType::kPattern:
      return 0;
    default:
      return 2;
  }
}

float round_to(DataType type, float value) {
  switch (type) {
    case DataType::kBf16:
      return round_bf16(value);
    case DataType::kFp16:
      return round_fp16(value);
    case DataType::kInt8:
      return round_integer(value, -128.0F, 127.0F);
    case DataType::kInt16:
      return round_integer(value, -32768.0F, 32767.0F);
    default:
      return value;
  }
}

void round_to(DataType type, std::vector<float>& values) {
  if (type == DataType::kFp32 || type == DataType::kPattern) return;
  for (float& value : values) value = round_to(type, value);
}

}  // namespace nonzero
