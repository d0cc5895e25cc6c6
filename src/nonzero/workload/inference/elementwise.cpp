#include "nonzero/workload/inference/elementwise.h"

#include <algorithm>
#include <cmath>

namespace nonzero::inference {
namespace {

size_t place(int8_t code) { return static_cast<size_t>(code + 128); }

double real(int code, const Quantisation& quantisation) {
  return quantisation.scale * (code - quantisation.zero_point);
}

std::array<int8_t, 256> table_of(const Quantisation& input, const Quantisation& output,
                                 const std::function<double(double)>& function) {
  const CodeRange range = code_range(output, Activation::kNone);
  std::array<int8_t, 256> table;
  for (int code = -128; code < 128; ++code)
    table[static_cast<size_t>(code + 128)] = range.code(function(real(code, input)) / output.scale);
  return table;
}

std::array<double, 256> steps_of(const Quantisation& input, const Quantisation& output) {
  std::array<double, 256> steps;
  for (int code = -128; code < 128; ++code)
    steps[static_cast<size_t>(code + 128)] = real(code, input) / output.scale;
  return steps;
}

}  // namespace

TableKernel::TableKernel(const Quantisation& input, const Quantisation& output,
                         const std::function<double(double)>& function, uint64_t elements)
    : table_(table_of(input, output, function)), elements_(elements) {}

void TableKernel::run(const int8_t* input, int8_t* output) const {
  for (uint64_t i = 0; i < elements_; ++i) output[i] = table_[place(input[i])];
}

AddKernel::AddKernel(const Quantisation& a, const Quantisation& b, const Quantisation& output,
                     Activation activation, uint64_t elements)
    : steps_a_(steps_of(a, output)),
      steps_b_(steps_of(b, output)),
      range_(code_range(output, activation)),
      elements_(elements) {}

void AddKernel::run(const int8_t* a, const int8_t* b, int8_t* output) const {
  for (uint64_t i = 0; i < elements_; ++i)
    output[i] = range_.code(steps_a_[place(a[i])] + steps_b_[place(b[i])]);
}

PoolKernel::PoolKernel(const PoolShape& shape, PoolKind kind, const Quantisation& input,
                       const Quantisation& output, Activation activation)
    : shape_(shape),
      kind_(kind),
      zero_point_(input.zero_point),
      steps_(input.scale / output.scale),
      range_(code_range(output, activation)) {}

double PoolKernel::pooled(const int8_t* input, uint64_t y, uint64_t x, uint64_t channel) const {
  // First and one past the last cell of the window that lie inside.
  const auto inside = [](uint64_t at, uint64_t filter, uint64_t pad, uint64_t size) {
    return std::pair{at < pad ? 0 : at - pad, std::min(at + filter < pad ? 0 : at + filter - pad, size)};
  };
  const auto [top, bottom] = inside(y * shape_.stride_y, shape_.fy, shape_.pad_top, shape_.h);
  const auto [left, right] = inside(x * shape_.stride_x, shape_.fx, shape_.pad_left, shape_.w);
  int64_t sum = 0;
  int most = -128;
  for (uint64_t row = top; row < bottom; ++row)
    for (uint64_t column = left; column < right; ++column) {
      const int code = input[(row * shape_.w + column) * shape_.c + channel];
      sum += code;
      most = std::max(most, code);
    }
  if (kind_ == PoolKind::kMaximum) return most;
  return static_cast<double>(sum) / static_cast<double>((bottom - top) * (right - left));
}

void PoolKernel::run(const int8_t* input, int8_t* output) const {
  for (uint64_t y = 0; y < shape_.oy; ++y)
    for (uint64_t x = 0; x < shape_.ox; ++x)
      for (uint64_t channel = 0; channel < shape_.c; ++channel)
        *output++ = range_.code(steps_ * (pooled(input, y, x, channel) - zero_point_));
}

SoftmaxKernel::SoftmaxKernel(const Quantisation& input, const Quantisation& output, double beta,
                             uint64_t rows, uint64_t depth)
    : output_(output), range_(code_range(output, Activation::kNone)), rows_(rows), depth_(depth) {
  for (size_t distance = 0; distance < power_.size(); ++distance)
    power_[distance] = std::exp(-beta * input.scale * static_cast<double>(distance));
}

void SoftmaxKernel::run(const int8_t* input, int8_t* output) const {
  for (uint64_t row = 0; row < rows_; ++row, input += depth_, output += depth_) {
    const int most = *std::max_element(input, input + depth_);
    double sum = 0;
    for (uint64_t i = 0; i < depth_; ++i) sum += power_[static_cast<size_t>(most - input[i])];
    for (uint64_t i = 0; i < depth_; ++i)
      output[i] = range_.code(power_[static_cast<size_t>(most - input[i])] / sum / output_.scale);
  }
}

ConcatenationKernel::ConcatenationKernel(const std::vector<Quantisation>& inputs,
                                         const std::vector<uint64_t>& columns, const Quantisation& output,
                                         uint64_t rows)
    : rows_(rows) {
  parts_.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    parts_.push_back({table_of(inputs[i], output, [](double value) { return value; }), columns[i]});
}

void ConcatenationKernel::run(const std::vector<const int8_t*>& inputs, int8_t* output) const {
  for (uint64_t row = 0; row < rows_; ++row)
    for (size_t i = 0; i < parts_.size(); ++i) {
      const int8_t* from = inputs[i] + row * parts_[i].columns;
      for (uint64_t column = 0; column < parts_[i].columns; ++column)
        *output++ = parts_[i].table[place(from[column])];
    }
}

void PadKernel::run(const int8_t* input, int8_t* output) const {
  std::fill(output, output + oy * ox * c, zero);
  for (uint64_t y = 0; y < h; ++y)
    std::copy(input + y * w * c, input + (y + 1) * w * c, output + ((y + top) * ox + left) * c);
}

void CopyKernel::run(const int8_t* input, int8_t* output) const {
  std::copy(input, input + elements, output);
}

}  // namespace nonzero::inference
