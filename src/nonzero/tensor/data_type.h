#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nonzero {

// What operands are rounded to once, on entry (common.md). Every value of the small types is exact
// in a float, which is how values are stored.
enum class DataType : uint8_t { kFp32, kBf16, kFp16, kInt8, kInt16, kPattern };

std::string name(DataType type);
std::vector<std::string> data_type_names();  // in the enumerators' order
bool is_integer(DataType type);
uint32_t bytes_per_element(DataType type);  // 0 for kPattern

// Nearest value of the type, ties to even; integers saturate.
float round_to(DataType type, float value);
void round_to(DataType type, std::vector<float>& values);

}  // namespace nonzero
