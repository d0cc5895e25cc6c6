#include "nonzero/io/tflite_operators.h"

#include <iterator>

namespace nonzero::io {
namespace {

// BuiltinOperator of tensorflow/lite/schema/schema.fbs, by number.
constexpr const char* kNames[] = {"ADD",
                                  "AVERAGE_POOL_2D",
                                  "CONCATENATION",
                                  "CONV_2D",
                                  "DEPTHWISE_CONV_2D",
                                  "DEPTH_TO_SPACE",
                                  "DEQUANTIZE",
                                  "EMBEDDING_LOOKUP",
                                  "FLOOR",
                                  "FULLY_CONNECTED",
                                  "HASHTABLE_LOOKUP",
                                  "L2_NORMALIZATION",
                                  "L2_POOL_2D",
                                  "LOCAL_RESPONSE_NORMALIZATION",
                                  "LOGISTIC",
                                  "LSH_PROJECTION",
                                  "LSTM",
                                  "MAX_POOL_2D",
                                  "MUL",
                                  "RELU",
                                  "RELU_N1_TO_1",
                                  "RELU6",
                                  "RESHAPE",
                                  "RESIZE_BILINEAR",
                                  "RNN",
                                  "SOFTMAX",
                                  "SPACE_TO_DEPTH",
                                  "SVDF",
                                  "TANH",
                                  "CONCAT_EMBEDDINGS",
                                  "SKIP_GRAM",
                                  "CALL",
                                  "CUSTOM",
                                  "EMBEDDING_LOOKUP_SPARSE",
                                  "PAD",
                                  "UNIDIRECTIONAL_SEQUENCE_RNN",
                                  "GATHER",
                                  "BATCH_TO_SPACE_ND",
                                  "SPACE_TO_BATCH_ND",
                                  "TRANSPOSE",
                                  "MEAN",
                                  "SUB",
                                  "DIV",
                                  "SQUEEZE",
                                  "UNIDIRECTIONAL_SEQUENCE_LSTM",
                                  "STRIDED_SLICE",
                                  "BIDIRECTIONAL_SEQUENCE_RNN",
                                  "EXP",
                                  "TOPK_V2",
                                  "SPLIT",
                                  "LOG_SOFTMAX",
                                  "DELEGATE",
                                  "BIDIRECTIONAL_SEQUENCE_LSTM",
                                  "CAST",
                                  "PRELU",
                                  "MAXIMUM",
                                  "ARG_MAX",
                                  "MINIMUM",
                                  "LESS",
                                  "NEG",
                                  "PADV2",
                                  "GREATER",
                                  "GREATER_EQUAL",
                                  "LESS_EQUAL",
                                  "SELECT",
                                  "SLICE",
                                  "SIN",
                                  "TRANSPOSE_CONV",
                                  "SPARSE_TO_DENSE",
                                  "TILE",
                                  "EXPAND_DIMS",
                                  "EQUAL",
                                  "NOT_EQUAL",
                                  "LOG",
                                  "SUM",
                                  "SQRT",
                                  "RSQRT",
                                  "SHAPE",
                                  "POW",
                                  "ARG_MIN",
                                  "FAKE_QUANT",
                                  "REDUCE_PROD",
                                  "REDUCE_MAX",
                                  "PACK",
                                  "LOGICAL_OR",
                                  "ONE_HOT",
                                  "LOGICAL_AND",
                                  "LOGICAL_NOT",
                                  "UNPACK",
                                  "REDUCE_MIN",
                                  "FLOOR_DIV",
                                  "REDUCE_ANY",
                                  "SQUARE",
                                  "ZEROS_LIKE",
                                  "FILL",
                                  "FLOOR_MOD",
                                  "RANGE",
                                  "RESIZE_NEAREST_NEIGHBOR",
                                  "LEAKY_RELU",
                                  "SQUARED_DIFFERENCE",
                                  "MIRROR_PAD",
                                  "ABS",
                                  "SPLIT_V",
                                  "UNIQUE",
                                  "CEIL",
                                  "REVERSE_V2",
                                  "ADD_N",
                                  "GATHER_ND",
                                  "COS",
                                  "WHERE",
                                  "RANK",
                                  "ELU",
                                  "REVERSE_SEQUENCE",
                                  "MATRIX_DIAG",
                                  "QUANTIZE",
                                  "MATRIX_SET_DIAG",
                                  "ROUND",
                                  "HARD_SWISH",
                                  "IF",
                                  "WHILE",
                                  "NON_MAX_SUPPRESSION_V4",
                                  "NON_MAX_SUPPRESSION_V5",
                                  "SCATTER_ND",
                                  "SELECT_V2",
                                  "DENSIFY",
                                  "SEGMENT_SUM",
                                  "BATCH_MATMUL",
                                  "PLACEHOLDER_FOR_GREATER_OP_CODES",
                                  "CUMSUM",
                                  "CALL_ONCE",
                                  "BROADCAST_TO",
                                  "RFFT2D",
                                  "CONV_3D",
                                  "IMAG",
                                  "REAL",
                                  "COMPLEX_ABS",
                                  "HASHTABLE",
                                  "HASHTABLE_FIND",
                                  "HASHTABLE_IMPORT",
                                  "HASHTABLE_SIZE",
                                  "REDUCE_ALL",
                                  "CONV_3D_TRANSPOSE",
                                  "VAR_HANDLE",
                                  "READ_VARIABLE",
                                  "ASSIGN_VARIABLE",
                                  "BROADCAST_ARGS",
                                  "RANDOM_STANDARD_NORMAL",
                                  "BUCKETIZE",
                                  "RANDOM_UNIFORM",
                                  "MULTINOMIAL",
                                  "GELU",
                                  "DYNAMIC_UPDATE_SLICE",
                                  "RELU_0_TO_1",
                                  "UNSORTED_SEGMENT_PROD",
                                  "UNSORTED_SEGMENT_MAX",
                                  "UNSORTED_SEGMENT_SUM",
                                  "ATAN2",
                                  "UNSORTED_SEGMENT_MIN",
                                  "SIGN",
                                  "BITCAST",
                                  "BITWISE_XOR",
                                  "RIGHT_SHIFT"};
static_assert(std::size(kNames) == 162);

enum Code {
  kAdd = 0,
  kAveragePool = 1,
  kConcatenation = 2,
  kConv = 3,
  kDepthwise = 4,
  kFullyConnected = 9,
  kL2Pool = 12,
  kMaxPool = 17,
  kMul = 18,
  kReshape = 22,
  kSoftmax = 25,
  kMean = 40,
  kSub = 41,
  kDiv = 42,
  kSqueeze = 43,
  kSequenceLstm = 44,
  kStridedSlice = 45,
  kTransposeConv = 67,
  kSum = 74,
  kReduceProd = 81,
  kReduceMax = 82,
  kPack = 83,
  kUnpack = 88,
  kReduceMin = 89,
  kReduceAny = 91,
  kLeakyRelu = 98,
  kBatchMatmul = 126
};

constexpr int kPoolOptions = 5;

// The member of the union BuiltinOptions that an operator's options must be; 0 for options not read here.
int options_type(int code) {
  switch (code) {
    case kConv:
      return 1;
    case kDepthwise:
      return 2;
    case kAveragePool:
    case kMaxPool:
    case kL2Pool:
      return kPoolOptions;
    case kFullyConnected:
      return 8;
    case kSoftmax:
      return 9;
    case kConcatenation:
      return 10;
    case kAdd:
      return 11;
    case kReshape:
      return 17;
    case kMul:
      return 21;
    case kMean:
    case kSum:
    case kReduceProd:
    case kReduceMax:
    case kReduceMin:
    case kReduceAny:
      return 27;
    case kSub:
      return 28;
    case kDiv:
      return 29;
    case kStridedSlice:
      return 32;
    case kTransposeConv:
      return 49;
    case kPack:
      return 59;
    case kUnpack:
      return 64;
    case kSequenceLstm:
      return 71;
    case kLeakyRelu:
      return 75;
    case kBatchMatmul:
      return 101;
    default:
      return 0;
  }
}

int positive(const FlatTable& table, int slot, int absent, const char* name) {
  const auto value = table.number<int32_t>(slot, absent, name);
  if (value < 1) table.refuse(fmt::format("{} = {}", name, value), "1 and more");
  return value;
}

int activation(const FlatTable& table, int slot) {
  const auto value = table.number<int8_t>(slot, 0, "activation");
  if (value < 0 || value > 5) table.refuse(fmt::format("activation {}", value), "0 to 5");
  return value;
}

void read_window(const FlatTable& table, TfliteOptions& options) {
  const auto padding = table.number<int8_t>(0, 0, "padding");
  if (padding != 0 && padding != 1) table.refuse(fmt::format("padding {}", padding), "0 (SAME), 1 (VALID)");
  options.same_padding = padding == 0;
  options.stride_x = positive(table, 1, 0, "stride_w");
  options.stride_y = positive(table, 2, 0, "stride_h");
}

void read_dilation(const FlatTable& table, int slot, TfliteOptions& options) {
  options.dilation_x = positive(table, slot, 1, "dilation_w");
  options.dilation_y = positive(table, slot + 1, 1, "dilation_h");
}

void read_conv(const FlatTable& table, TfliteOptions& options) {
  read_window(table, options);
  options.activation = activation(table, 3);
  read_dilation(table, 4, options);
}

void read_depthwise(const FlatTable& table, TfliteOptions& options) {
  read_window(table, options);
  options.multiplier = table.number<int32_t>(3, 0, "depth_multiplier");  // later writers leave it 0
  options.activation = activation(table, 4);
  read_dilation(table, 5, options);
}

void read_pool(const FlatTable& table, TfliteOptions& options) {
  read_window(table, options);
  options.filter_x = positive(table, 3, 0, "filter_width");
  options.filter_y = positive(table, 4, 0, "filter_height");
  options.activation = activation(table, 5);
}

void read_fully_connected(const FlatTable& table, TfliteOptions& options) {
  options.activation = activation(table, 0);
  if (const auto format = table.number<int8_t>(1, 0, "weights_format"); format != 0)
    table.refuse(fmt::format("weights_format {}", format), "0, weights in their order");
  options.keep_dims = table.number<uint8_t>(2, 0, "keep_num_dims") != 0;
}

void read_lstm(const FlatTable& table, TfliteOptions& options) {
  options.activation = activation(table, 0);
  options.cell_clip = table.number<float>(1, 0, "cell_clip");
  options.projection_clip = table.number<float>(2, 0, "proj_clip");
  options.time_major = table.number<uint8_t>(3, 0, "time_major") != 0;
}

void read_slice(const FlatTable& table, TfliteOptions& options) {
  options.begin_mask = table.number<int32_t>(0, 0, "begin_mask");
  options.end_mask = table.number<int32_t>(1, 0, "end_mask");
  options.ellipsis_mask = table.number<int32_t>(2, 0, "ellipsis_mask");
  options.new_axis_mask = table.number<int32_t>(3, 0, "new_axis_mask");
  options.shrink_axis_mask = table.number<int32_t>(4, 0, "shrink_axis_mask");
}

void read_fields(int code, const FlatTable& table, TfliteOptions& options) {
  switch (code) {
    case kConv:
      return read_conv(table, options);
    case kDepthwise:
      return read_depthwise(table, options);
    case kTransposeConv:
      return read_window(table, options);
    case kAveragePool:
    case kMaxPool:
    case kL2Pool:
      return read_pool(table, options);
    case kFullyConnected:
      return read_fully_connected(table, options);
    case kSequenceLstm:
      return read_lstm(table, options);
    case kStridedSlice:
      return read_slice(table, options);
    case kSoftmax:
      options.beta = table.number<float>(0, 0, "beta");
      return;
    case kLeakyRelu:
      options.alpha = table.number<float>(0, 0, "alpha");
      return;
    case kReshape:
      options.new_shape = table.numbers<int32_t>(0, "new_shape");
      return;
    case kConcatenation:
      options.axis = table.number<int32_t>(0, 0, "axis");
      options.activation = activation(table, 1);
      return;
    case kPack:
    case kUnpack:
      options.axis = table.number<int32_t>(1, 0, "axis");
      return;
    case kBatchMatmul:
      options.adjoint_x = table.number<uint8_t>(0, 0, "adj_x") != 0;
      options.adjoint_y = table.number<uint8_t>(1, 0, "adj_y") != 0;
      return;
    case kAdd:
    case kMul:
    case kSub:
    case kDiv:
      options.activation = activation(table, 0);
      return;
    default:
      options.keep_dims = table.number<uint8_t>(0, 0, "keep_dims") != 0;
      return;
  }
}

}  // namespace

std::string tflite_operator_name(int code) {
  if (code < 0 || code >= static_cast<int>(std::size(kNames))) return fmt::format("#{}", code);
  return kNames[code];
}

TfliteOptions tflite_options(int code, const FlatTable& table) {
  TfliteOptions options;
  const int expected = options_type(code);
  if (expected == 0) return options;
  const auto type = table.number<uint8_t>(3, 0, "builtin_options_type");
  const auto fields = table.table(4, "builtin_options");
  if (type == 0 || !fields) {
    if (code == kConv || code == kDepthwise || expected == kPoolOptions)
      table.refuse(fmt::format("{} without options", tflite_operator_name(code)), "stride and padding");
    return options;
  }
  if (type != expected)
    table.refuse(fmt::format("options of type {} for {}", type, tflite_operator_name(code)),
                 fmt::format("{}", expected));
  read_fields(code, *fields, options);
  return options;
}

}  // namespace nonzero::io
