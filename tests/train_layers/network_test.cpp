#include "train/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "io/messages.h"
#include "train/optimiser.h"
#include "train/step_export.h"

namespace nonzero::test {
namespace {

using testing::HasSubstr;
using torch::Tensor;
using train::Method;
using train::Network;
using train::Options;

struct Published {
  const char* model;
  double macs, weights, op_reduction;
};

// sat.md, "Models", and the op reductions of its section on published figures.
TEST(Network, has_the_sizes_of_its_table) {
  for (const Published& p : {Published{"resnet9", 379261952, 6568640, 0.4984},
                             {"resnet18", 555422720, 11164352, 0.4989},
                             {"vgg19", 398136320, 20024000, 0.4985},
                             {"vit", 214698496, 3160576, 0.4694}}) {
    Options options;
    options.model = p.model;
    const auto network = train::build_network(options, {3, 32, 32}, 10);
    double macs = 0, weights = 0;
    for (const Network::Entry& entry : network->entries) {
      macs += entry.shape.macs();
      if (entry.layer) weights += static_cast<double>(entry.layer->weight.numel());
    }
    EXPECT_EQ(macs, p.macs) << p.model;
    EXPECT_EQ(weights, p.weights) << p.model;
    EXPECT_NEAR(train::op_reduction(network->shapes(), options), p.op_reduction, 5e-5) << p.model;
  }
}

TEST(Network, takes_other_images_and_widths) {
  for (const std::string& model : train::model_names()) {
    Options options;
    options.model = model;
    options.width = 0.1;
    const auto network = train::build_network(options, {1, 8, 8}, 7);
    network->refresh_masks(true);
    EXPECT_EQ(network->forward(torch::randn({2, 1, 8, 8})).sizes(), (std::vector<int64_t>{2, 7})) << model;
    for (const auto& shape : network->shapes()) {
      if (shape.type != "conv") continue;
      EXPECT_EQ(shape.cout % 16, 0) << shape.name;
    }
  }
}

TEST(Network, leaves_out_pools_that_would_leave_nothing) {
  Options options;
  options.model = "vgg19";
  options.width = 0.1;
  const auto network = train::build_network(options, {1, 8, 8}, 10);
  ASSERT_EQ(network->warnings.size(), 2U);
  EXPECT_THAT(network->warnings[0], HasSubstr("pool4 is left out"));
}

TEST(Network, keeps_the_first_layer_and_the_classifier_dense) {
  Options options;
  options.model = "smallconv";
  const auto sparse = [&](const std::string& exclude) {
    options.exclude = exclude;
    std::vector<bool> flags;
    for (const auto& shape : train::build_network(options, {1, 8, 8}, 10)->shapes())
      flags.push_back(shape.sparse);
    return flags;
  };
  EXPECT_EQ(sparse("first,classifier"), (std::vector<bool>{false, true, true, false}));
  EXPECT_EQ(sparse("none"), (std::vector<bool>{true, true, true, true}));
  EXPECT_EQ(sparse("conv2"), (std::vector<bool>{true, false, true, true}));
  EXPECT_THAT(refusal([&] { sparse("conv9"); }), HasSubstr("no such layer"));
  options.exclude = "none";
  options.strict = true;
  EXPECT_THAT(refusal([&] {
                train::build_network(options, {1, 8, 8}, 10);
              }),
              HasSubstr("layer conv1: 1 input"));
}

TEST(Network, begins_with_the_same_weights_for_every_method) {
  Options options;
  options.model = "smallconv";
  const auto weight = [&](Method method, uint64_t seed) {
    options.method = method;
    options.seed = seed;
    return train::build_network(options, {1, 8, 8}, 10)->entries[1].layer->weight;
  };
  EXPECT_TRUE(torch::equal(weight(Method::kBdwp, 1), weight(Method::kDense, 1)));
  EXPECT_FALSE(torch::equal(weight(Method::kBdwp, 1), weight(Method::kBdwp, 2)));
}

// One update of a layer with 1:8 masks, all of its gradients 4 at loss scale 2.
struct Stepped {
  explicit Stepped(const Options& given) : options(given) {
    options.model = "smallconv";
    options.n = 1;
    options.m = 8;
    network = train::build_network(options, {1, 8, 8}, 10);
    network->refresh_masks(true);
    layer = network->entries[1].layer;
    before = layer->weight.detach().clone();
    mask = layer->state().mask_ff;
    train::Optimiser optimiser(*network, options);
    layer->weight.mutable_grad() = torch::full_like(layer->weight, 4);
    optimiser.step(0.5, 2, 1);
    change = layer->weight.detach() - before;
  }
  Options options;
  std::shared_ptr<Network> network;
  std::shared_ptr<train::GemmLayer> layer;
  Tensor before, mask, change;
};

TEST(Sgd, decays_all_weights_and_masked_ones_by_lambda_on_top) {
  Options options;
  options.method = Method::kSrste;
  options.weight_decay = 0.1;
  options.lambda = 0.3;
  const Stepped s(options);
  const Tensor gradient = 2 + 0.1 * s.before + 0.3 * (1 - s.mask) * s.before;
  EXPECT_TRUE(torch::allclose(s.change, -0.5 * gradient, 1e-4, 1e-6));
}

TEST(Sgd, updates_only_what_took_part_where_asked) {
  Options options;
  options.lambda = 0;
  options.weight_decay = 0;
  options.update = "kept_ff";
  const Stepped s(options);
  EXPECT_TRUE(torch::allclose(s.change, -1 * s.mask, 1e-4, 1e-6));
}

TEST(AdamW, moves_by_the_learning_rate_at_first_and_decays_apart) {
  Options options;
  options.optimiser = "adamw";
  options.weight_decay = 0.1;
  options.lambda = 0;
  const Stepped s(options);
  EXPECT_TRUE(torch::allclose(s.change, -0.5 * (1 + 0.1 * s.before), 1e-4, 1e-5));
}

TEST(Cosine, falls_from_the_full_rate_to_nothing) {
  Options options;
  options.learning_rate = 0.2;
  EXPECT_DOUBLE_EQ(train::learning_rate_at(options, 0, 100), 0.2);
  EXPECT_NEAR(train::learning_rate_at(options, 50, 100), 0.1, 1e-12);
  EXPECT_NEAR(train::learning_rate_at(options, 100, 100), 0, 1e-12);
}

}  // namespace
}  // namespace nonzero::test
