#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "nonzero/workload/inference/requantise.h"
#include "nonzero/workload/integer_layer.h"

// What a network does between its layers with weights, on int8 codes. Each result is rounded once, from the
// real value, half to even.
namespace nonzero::inference {

// Any function of one code: a table of 256 answers.
class TableKernel {
 public:
  TableKernel(const Quantisation& input, const Quantisation& output,
              const std::function<double(double)>& function, uint64_t elements);
  void run(const int8_t* input, int8_t* output) const;

 private:
  std::array<int8_t, 256> table_;  // by code + 128
  uint64_t elements_;
};

// Two tensors of one shape.
class AddKernel {
 public:
  AddKernel(const Quantisation& a, const Quantisation& b, const Quantisation& output, Activation activation,
            uint64_t elements);
  void run(const int8_t* a, const int8_t* b, int8_t* output) const;

 private:
  std::array<double, 256> steps_a_, steps_b_;  // by code + 128: the real value in steps of the output
  CodeRange range_;
  uint64_t elements_;
};

// A window over [H, W, C]; cells outside the input do not count.
struct PoolShape {
  uint64_t h = 1, w = 1, c = 1, oy = 1, ox = 1, fy = 1, fx = 1, stride_y = 1, stride_x = 1;
  uint64_t pad_top = 0, pad_left = 0;
};

enum class PoolKind : uint8_t { kAverage, kMaximum };

class PoolKernel {
 public:
  PoolKernel(const PoolShape& shape, PoolKind kind, const Quantisation& input, const Quantisation& output,
             Activation activation);
  void run(const int8_t* input, int8_t* output) const;

 private:
  [[nodiscard]] double pooled(const int8_t* input, uint64_t y, uint64_t x, uint64_t channel) const;

  PoolShape shape_;
  PoolKind kind_;
  int32_t zero_point_;
  double steps_;
  CodeRange range_;
};

// Rows of `depth` codes each.
class SoftmaxKernel {
 public:
  SoftmaxKernel(const Quantisation& input, const Quantisation& output, double beta, uint64_t rows,
                uint64_t depth);
  void run(const int8_t* input, int8_t* output) const;

 private:
  std::array<double, 256> power_;  // by distance from the row's largest code
  Quantisation output_;
  CodeRange range_;
  uint64_t rows_, depth_;
};

// Parts side by side: each output row is one row of every input.
class ConcatenationKernel {
 public:
  struct Part {
    std::array<int8_t, 256> table;  // from the part's quantisation to the output's, by code + 128
    uint64_t columns = 0;
  };
  ConcatenationKernel(const std::vector<Quantisation>& inputs, const std::vector<uint64_t>& columns,
                      const Quantisation& output, uint64_t rows);
  void run(const std::vector<const int8_t*>& inputs, int8_t* output) const;

 private:
  std::vector<Part> parts_;
  uint64_t rows_;
};

// A border of zeros around [H, W, C].
struct PadKernel {
  uint64_t h = 1, w = 1, c = 1, top = 0, left = 0, oy = 1, ox = 1;
  int8_t zero = 0;

  void run(const int8_t* input, int8_t* output) const;
};

// The same codes under another shape.
struct CopyKernel {
  uint64_t elements = 0;

  void run(const int8_t* input, int8_t* output) const;
};

}  // namespace nonzero::inference
