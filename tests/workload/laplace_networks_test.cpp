#include "nonzero/workload/laplace_networks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

TEST(LaplaceNetworks, KeepTheLoopBoundsOfTheConvolutions) {
  const auto network = laplace_network("resnet18-224", 8, 1);
  const IntegerLayerShape& stem = network.front().convolution()->layer->shape;
  EXPECT_EQ(stem.k, 64U);
  EXPECT_EQ(stem.fy, 7U);
  EXPECT_EQ(stem.pad_left, 3U);
  EXPECT_EQ(stem.ox, 112U);
  const IntegerLayerShape& classifier = network.back().convolution()->layer->shape;
  EXPECT_EQ(classifier.kind, LayerKind::kLinear);
  EXPECT_EQ(classifier.inputs(), 512U);
  uint64_t multiplications = 0;
  for (const Operation& operation : network)
    multiplications += operation.convolution()->layer->shape.multiplications();
  EXPECT_NEAR(static_cast<double>(multiplications), 1.814e9, 1e6);  // ResNet-18 at 224 pixels
}

TEST(LaplaceNetworks, AreTheSameForTheSameSeed) {
  const auto one = laplace_network("vit", 4, 3), same = laplace_network("vit", 4, 3);
  const auto other = laplace_network("vit", 4, 4);
  EXPECT_EQ(one[1].convolution()->layer->weights, same[1].convolution()->layer->weights);
  EXPECT_NE(one[1].convolution()->layer->weights, other[1].convolution()->layer->weights);
}

TEST(LaplaceNetworks, RefuseAScaleThatIsNoPositiveNumber) {
  EXPECT_THROW(laplace_network("vit", 0, 1), InputError);
  EXPECT_THROW(laplace_network("vit", NAN, 1), InputError);
}

}  // namespace
}  // namespace nonzero
