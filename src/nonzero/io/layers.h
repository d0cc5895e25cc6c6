#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nonzero {

// The loops of a convolution; height and width are of the input, without padding.
struct ConvBounds {
  uint64_t batch = 1, in_channels = 1, height = 1, width = 1;
  uint64_t out_channels = 1, kernel_h = 1, kernel_w = 1;
  uint64_t stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0, groups = 1;

  [[nodiscard]] uint64_t out_height() const { return (height + 2 * pad_h - kernel_h) / stride_h + 1; }
  [[nodiscard]] uint64_t out_width() const { return (width + 2 * pad_w - kernel_w) / stride_w + 1; }
  bool operator==(const ConvBounds&) const = default;
};

// One layer of a table. A convolution is lowered to C[m,n] = A[m,k] · B[k,n] by im2col (common.md):
// m = out channels, n = batch · out height · out width, k = in channels · kernel, all per group;
// groups > 1 is that GEMM repeated.
struct LayerRow {
  std::string name;
  std::string workload;  // "" where the table has no such column
  std::string kind;      // gemm, conv or dwconv
  uint64_t m = 0, n = 0, k = 0;
  uint64_t repeat = 1;
  std::optional<ConvBounds> conv;
  std::optional<double> stated_sparsity;  // share of zeros in A, where the table says so
  bool operator==(const LayerRow&) const = default;
};

// Layer tables as CSV with a header line, which tells the three layouts apart:
//   name,M,N,K[,repeat]
//   Layer name,IFMAP Height,IFMAP Width,Filter Height,Filter Width,Channels,Num Filter,Strides
//     (SCALE-Sim: the input's size includes its padding)
//   workload,layer,kind,N,C,H,W,K,R,S,stride_h,stride_w,pad_h,pad_w,groups,P,Q,gemm_M,gemm_N,gemm_K,
//     stated_sparsity,notes,source
// M, N, K stand in this order everywhere. Throws InputError with file and line; where a table states
// both loops and GEMM they must agree.
std::vector<LayerRow> read_layers(const std::string& path);
std::vector<LayerRow> parse_layers(std::string_view text, const std::string& source);

}  // namespace nonzero
