#include "nonzero/codesign/network_bits.h"

#include <gtest/gtest.h>

#include "support/data.h"
#include "support/integer_layers.h"
#include "support/integer_networks.h"

namespace nonzero {
namespace {

// Spec, "Groups and bit-column format": 24 bit against 32, zero columns 4 (two's complement: 1).
TEST(LayerBits, of_the_paper_figures_group) {
  IntegerNetwork network = test::linear_chain({4, 1}, 1);
  network.layers[0].weights = {-3, 4, 5, -4};
  const LayerBits bits = layer_bits(network.layers[0], 4);
  EXPECT_EQ(bits.columns.compressed_bits, 24U);
  EXPECT_EQ(bits.columns.zero_columns(), 4U);
  EXPECT_EQ(bits.columns.zero_columns_twos(), 1U);
  EXPECT_EQ(bits.zre_bits, 48U);                // four entries of 12 bit
  EXPECT_EQ(bits.csr_bits, 4 * (8 + 2) + 64U);  // 2 bit of column, two row offsets
}

TEST(LayerBits, take_the_group_that_stores_fewest_bits) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const IntegerLayer layer = test::drawn(test::linear_layer(16, 64, 1), seed, seed % 2 == 0 ? 3 : 100);
    const LayerBits best = layer_bits(layer, std::nullopt);
    for (const uint32_t group : {8U, 16U, 32U})
      EXPECT_LE(best.columns.compressed_bits, layer_bits(layer, group).columns.compressed_bits);
    EXPECT_EQ(best.columns, layer_bits(layer, best.group).columns);
  }
}

TEST(LayerBits, of_depthwise_layers_have_groups_of_16) {
  const IntegerLayer layer = test::drawn(test::depthwise_layer(4, 1, 3, 5, 5), 1);
  EXPECT_EQ(layer_bits(layer, std::nullopt).group, 16U);
  EXPECT_EQ(layer_bits(layer, 8).columns.groups, 4U);
}

TEST(TotalBits, add_the_layers_up) {
  const IntegerNetwork network = test::linear_chain({64, 32, 8}, 1);
  const std::vector<LayerBits> layers = network_bits(network, 8);
  const LayerBits total = total_bits(layers);
  EXPECT_EQ(total.columns.weights, 64U * 32 + 32 * 8);
  EXPECT_EQ(total.columns.compressed_bits,
            layers[0].columns.compressed_bits + layers[1].columns.compressed_bits);
  EXPECT_EQ(total.zre_bits, layers[0].zre_bits + layers[1].zre_bits);
  EXPECT_EQ(total.group, 8U);
  EXPECT_EQ(total_bits({layer_bits(network.layers[0], 8), layer_bits(network.layers[1], 16)}).group, 0U);
}

// MANIFEST: elements and zero weights of the shared networks.
TEST(NetworkBits, of_shared_networks_have_the_recorded_counts) {
  NONZERO_NEEDS_SHARED_DATA(data);
  struct Recorded {
    const char* folder;
    uint64_t weights;
    double zeros;
  };
  for (const Recorded& recorded :
       {Recorded{"resnet8_int8", 77360, 0.0105}, Recorded{"lenet_300_100_int8", 266200, 0.0381},
        Recorded{"vww96_int8", 208112, 0.8277}, Recorded{"ad01_autoencoder_int8", 264192, 0.0927}}) {
    const LayerBits total =
        total_bits(network_bits(read_integer_network(data / "int8" / recorded.folder), 8));
    EXPECT_EQ(total.columns.weights, recorded.weights);
    EXPECT_NEAR(total.columns.zero_weight_share(), recorded.zeros, 0.00005) << recorded.folder;
  }
}

}  // namespace
}  // namespace nonzero
