#include "nonzero/hw/distribution/tree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <vector>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero::hw {
namespace {

// Every path climbed from its leaf to the root (node 1; the leaves are P … 2P - 1).
uint64_t nodes_on_paths(uint32_t leaves, const std::vector<uint32_t>& destinations) {
  std::set<uint32_t> nodes;
  for (const uint32_t leaf : destinations)
    for (uint32_t node = (leaves + leaf) / 2; node > 0; node /= 2) nodes.insert(node);
  return nodes.size();
}

uint64_t traversals(const MulticastTree& tree, const std::vector<uint32_t>& destinations) {
  std::vector<uint64_t> words((tree.leaves() + 63) / 64);
  for (const uint32_t leaf : destinations) words[leaf / 64] |= uint64_t{1} << leaf % 64;
  return tree.traversals(words);
}

TEST(MulticastTree, of_64_has_63_nodes_and_passes_6_to_one_multiplier) {
  const MulticastTree tree(64, 16);
  EXPECT_EQ(tree.nodes(), 63U);
  EXPECT_EQ(tree.unicast_traversals(), 6U);
  EXPECT_EQ(traversals(tree, {}), 0U);
  EXPECT_EQ(traversals(tree, {37}), 6U);
  EXPECT_EQ(traversals(tree, {0, 1}), 6U);    // share all
  EXPECT_EQ(traversals(tree, {0, 63}), 11U);  // share the root
  EXPECT_EQ(tree.traversals(0, 64), 63U);
}

TEST(MulticastTree, sends_bandwidth_distinct_elements_per_slot) {
  const MulticastTree tree(64, 16);
  EXPECT_EQ(tree.slots(0), 0U);
  EXPECT_EQ(tree.slots(16), 1U);
  EXPECT_EQ(tree.slots(17), 2U);
}

TEST(MulticastTree, refuses_wrong_sizes) {
  EXPECT_THROW(MulticastTree(0, 1), InputError);
  EXPECT_THROW(MulticastTree(48, 1), InputError);
  EXPECT_THROW(MulticastTree(64, 0), InputError);
  EXPECT_THROW((void)MulticastTree(128, 1).traversals(std::vector<uint64_t>(1)), InputError);
}

RC_GTEST_PROP(MulticastTree, counts_the_nodes_on_the_paths, (uint64_t seed)) {
  Random random(seed);
  const uint32_t leaves = 2U << random.below(9);
  const MulticastTree tree(leaves, 16);
  const double density = random.unit();
  std::vector<uint32_t> destinations, range;
  for (uint32_t leaf = 0; leaf < leaves; ++leaf)
    if (random.chance(density)) destinations.push_back(leaf);
  RC_ASSERT(traversals(tree, destinations) == nodes_on_paths(leaves, destinations));

  const auto first = static_cast<uint32_t>(random.below(leaves));
  const auto last = first + static_cast<uint32_t>(random.below(leaves - first + 1));
  for (uint32_t leaf = first; leaf < last; ++leaf) range.push_back(leaf);
  RC_ASSERT(tree.traversals(first, last) == nodes_on_paths(leaves, range));
}

}  // namespace
}  // namespace nonzero::hw
