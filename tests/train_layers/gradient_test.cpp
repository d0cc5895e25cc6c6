#include <gtest/gtest.h>
#include <torch/torch.h>

#include "train/sparse_layer.h"

namespace nonzero::test {
namespace {

using torch::Tensor;
using train::GemmLayer;
using train::LayerShape;
using train::Method;
using train::SparseRule;

LayerShape conv_shape(int64_t cin, int64_t cout, int64_t kernel, int64_t stride, int64_t side) {
  LayerShape s;
  s.name = s.type = "conv";
  s.cin = cin;
  s.cout = cout;
  s.kh = s.kw = kernel;
  s.stride = stride;
  s.pad = kernel / 2;
  s.h = s.w = side;
  s.oh = s.ow = (side + 2 * s.pad - kernel) / stride + 1;
  s.sparse = true;
  return s;
}

LayerShape linear_shape(int64_t cin, int64_t cout) {
  LayerShape s;
  s.name = s.type = "linear";
  s.cin = cin;
  s.cout = cout;
  s.sparse = true;
  return s;
}

// A layer with given weights, its masks cut.
GemmLayer layer_of(const LayerShape& shape, const SparseRule& rule, const Tensor& weight) {
  GemmLayer layer(shape, rule, false);
  {
    const torch::NoGradGuard none;
    layer.weight.copy_(weight);
  }
  layer.refresh_masks(true);
  return layer;
}

struct Gradients {
  Tensor y, dx, dw;
};

Gradients gradients(GemmLayer& layer, const Tensor& x, const Tensor& dy) {
  const Tensor input = x.clone().requires_grad_();
  const Tensor y = layer.forward(input);
  y.backward(dy);
  return {y.detach(), input.grad(), layer.weight.grad()};
}

bool same(const Tensor& a, const Tensor& b) { return torch::equal(a, b); }
bool close(const Tensor& a, const Tensor& b) { return torch::allclose(a, b, 1e-4, 1e-4); }

Tensor or_ones(const Tensor& mask, const Tensor& like) {
  return mask.defined() ? mask : torch::ones_like(like);
}

// sat.md, "Worked masks", 2:4.
struct Worked {
  Tensor w = torch::tensor({{4, -1, 3, 2}, {1, 5, -2, -2}, {-3, 2, 2, 1}, {2, -6, 1, 4}}, torch::kFloat);
  Tensor ff = torch::tensor({{1, 0, 1, 0}, {0, 1, 1, 0}, {1, 1, 0, 0}, {0, 1, 0, 1}}, torch::kFloat);
  Tensor bp = torch::tensor({{1, 0, 1, 1}, {0, 1, 1, 0}, {1, 0, 0, 0}, {0, 1, 0, 1}}, torch::kFloat);
  Tensor x = torch::tensor({{1, 2, 3, 4}}, torch::kFloat), dy = torch::tensor({{1, -1, 2, 1}}, torch::kFloat);
};

TEST(WorkedMasks, of_both_passes_and_their_products) {
  const Worked e;
  EXPECT_TRUE(same(train::mask_forward(e.w, 2, 4), e.ff));
  EXPECT_TRUE(same(train::mask_backward(e.w, 2, 4), e.bp));
  const Tensor dw =
      torch::tensor({{1, 2, 3, 4}, {-1, -2, -3, -4}, {2, 4, 6, 8}, {1, 2, 3, 4}}, torch::kFloat);

  GemmLayer dense = layer_of(linear_shape(4, 4), {Method::kDense, 2, 4}, e.w);
  const Gradients plain = gradients(dense, e.x, e.dy);
  EXPECT_TRUE(same(plain.y, torch::tensor({{19.F, -3.F, 11.F, 9.F}})));
  EXPECT_TRUE(same(plain.dx, torch::tensor({{-1.F, -8.F, 10.F, 10.F}})));
  EXPECT_TRUE(same(plain.dw, dw));

  GemmLayer bdwp = layer_of(linear_shape(4, 4), {Method::kBdwp, 2, 4}, e.w);
  const Gradients pruned = gradients(bdwp, e.x, e.dy);
  EXPECT_TRUE(same(pruned.y, torch::tensor({{13.F, 4.F, 1.F, 4.F}})));
  EXPECT_TRUE(same(pruned.dx, torch::tensor({{-2.F, -11.F, 5.F, 6.F}})));
  EXPECT_TRUE(same(pruned.dw, dw));
}

TEST(WorkedMasks, the_greedy_transposable_one_keeps_28) {
  const Worked e;
  const Tensor mask = train::mask_transposable(e.w, 2, 4);
  EXPECT_EQ((e.w.abs() * mask).sum().item<float>(), 28);
  EXPECT_LE(mask.sum(0).max().item<float>(), 2);
  EXPECT_LE(mask.sum(1).max().item<float>(), 2);
}

// Every method's backward pass against libtorch's own gradients of a plain convolution: dw is that of
// the convolution with w o mask_ff, dx that of the one with w o mask_bp, for the same (or pruned) dy.
class Backward : public testing::TestWithParam<Method> {};

void expect_gradients(Method method, int64_t kernel, int64_t stride) {
  torch::manual_seed(7);
  const LayerShape shape = conv_shape(12, 20, kernel, stride, 8);  // 12 and 20: padded groups
  const Tensor weight = torch::randn({20, 12, kernel, kernel}), x = torch::randn({3, 12, 8, 8});
  const Tensor dy = torch::randn({3, 20, shape.oh, shape.ow});
  GemmLayer layer = layer_of(shape, {method, 2, 8}, weight);
  const Gradients found = gradients(layer, x, dy);
  const Tensor ff = or_ones(layer.state().mask_ff, weight), bp = or_ones(layer.state().mask_bp, weight);

  const auto plain = [&](const Tensor& w, const Tensor& gradient) {
    const Tensor used = w.clone().requires_grad_(), input = x.clone().requires_grad_();
    const Tensor y = torch::conv2d(input, used, {}, stride, shape.pad);
    y.backward(gradient);
    return Gradients{y.detach(), input.grad(), used.grad()};
  };
  const Tensor sent = method == Method::kSdgp ? train::pruned_gradient(dy, 2, 8, false) : dy;
  const Gradients forward = plain(weight * ff, dy), backward = plain(weight * bp, sent);
  EXPECT_TRUE(close(found.y, forward.y));
  EXPECT_TRUE(close(found.dw, forward.dw));
  EXPECT_TRUE(close(found.dx, backward.dx));
}

TEST_P(Backward, is_libtorchs_with_the_masks_of_the_method) {
  expect_gradients(GetParam(), 3, 1);
  expect_gradients(GetParam(), 3, 2);
  expect_gradients(GetParam(), 1, 2);
}

TEST_P(Backward, prunes_the_passes_of_the_method) {
  GemmLayer layer = layer_of(conv_shape(16, 16, 3, 1, 4), {GetParam(), 2, 8}, torch::randn({16, 16, 3, 3}));
  const bool ff = layer.state().mask_ff.defined(), bp = layer.state().mask_bp.defined();
  EXPECT_EQ(ff, prunes_forward(GetParam()));
  EXPECT_EQ(bp, prunes_backward(GetParam()));
  if (GetParam() == Method::kTransposable) {
    EXPECT_TRUE(same(layer.state().mask_ff, layer.state().mask_bp));
  }
  if (GetParam() == Method::kBdwp) {
    EXPECT_FALSE(same(layer.state().mask_ff, layer.state().mask_bp));
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, Backward,
                         testing::Values(Method::kDense, Method::kSrste, Method::kSdgp, Method::kBponly,
                                         Method::kTransposable, Method::kBdwp),
                         [](const auto& method) { return nonzero::name(method.param); });

TEST(Backward, of_bdwp_with_full_masks_is_dense_to_the_bit) {
  torch::manual_seed(3);
  const Tensor weight = torch::randn({16, 16, 3, 3}), x = torch::randn({5, 16, 8, 8});
  const Tensor dy = torch::randn({5, 16, 8, 8});
  const LayerShape shape = conv_shape(16, 16, 3, 1, 8);
  GemmLayer bdwp = layer_of(shape, {Method::kBdwp, 8, 8}, weight);
  GemmLayer dense = layer_of(shape, {Method::kDense, 8, 8}, weight);
  const Gradients a = gradients(bdwp, x, dy), b = gradients(dense, x, dy);
  EXPECT_TRUE(same(a.y, b.y) && same(a.dx, b.dx) && same(a.dw, b.dw));
}

TEST(Sdgp, prunes_what_is_sent_back_and_not_the_weight_gradient) {
  const Tensor dy = torch::tensor({1.F, -5.F, 2.F, 4.F}).reshape({1, 4, 1, 1});
  const Tensor pruned = train::pruned_gradient(dy, 1, 2, false);
  EXPECT_TRUE(same(pruned.flatten(), torch::tensor({0.F, -5.F, 0.F, 4.F})));
}

TEST(Sdgp, rescaling_keeps_the_magnitudes_of_each_map) {
  torch::manual_seed(1);
  const Tensor dy = torch::randn({2, 8, 5, 5});
  const Tensor pruned = train::pruned_gradient(dy, 4, 8, true);
  EXPECT_TRUE(close(pruned.abs().sum({2, 3}), dy.abs().sum({2, 3})));
}

TEST(MixedPrecision, gives_every_gemm_fp16_operands_and_results) {
  torch::manual_seed(1);
  SparseRule rule{Method::kBdwp, 2, 8, true, false};
  GemmLayer layer = layer_of(conv_shape(8, 8, 3, 1, 4), rule, torch::randn({8, 8, 3, 3}));
  layer.state().capture = true;
  const Gradients found = gradients(layer, torch::randn({2, 8, 4, 4}), torch::randn({2, 8, 4, 4}));
  const auto& s = layer.state();
  for (const Tensor& value : {s.x, s.weight, s.y, s.dy, s.dx, s.dw, found.dw})
    EXPECT_TRUE(same(value, train::half_rounded(value)));
  EXPECT_FALSE(same(layer.weight, train::half_rounded(layer.weight)));  // the master is fp32
}

}  // namespace
}  // namespace nonzero::test
