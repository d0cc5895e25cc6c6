#pragma once

#include <string>

#include "nonzero/io/flat_table.h"
#include "nonzero/io/tflite.h"

namespace nonzero::io {

// BuiltinOperator by its number: "CONV_2D"; "#300" for one without a name here.
std::string tflite_operator_name(int code);

// The options that `builtin_options` of an operator holds (slots 3 and 4 of its table).
TfliteOptions tflite_options(int code, const FlatTable& table);

}  // namespace nonzero::io
