#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nonzero/base/error.h"
#include "nonzero/reference/product.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using testing::ElementsAre;

// Row 0 meets both rows of B, row 1 none, row 2 one.
TEST(Semiring, products_by_hand) {
  const Csr a = test::draw({"2 -1",  //
                            ". .",   //
                            ". 3"});
  const Csr b = test::draw({"4 -5",  //
                            "1 ."});
  const Product min_plus = reference::multiply(a, b, Semiring::kMinPlus);
  EXPECT_THAT(min_plus.offsets, ElementsAre(0, 2, 2, 3));
  EXPECT_THAT(min_plus.indices, ElementsAre(0, 1, 0));
  EXPECT_THAT(min_plus.values, ElementsAre(0, -3, 4));
  EXPECT_THAT(reference::multiply(a, b, Semiring::kMaxTimes).values, ElementsAre(8, -10, 3));
  EXPECT_THAT(reference::multiply(a, b, Semiring::kOrAnd).values, ElementsAre(1, 1, 1));
  EXPECT_EQ(reference::multiply(a, b, Semiring::kPlusTimes).values, reference::multiply(a, b).values);
}

// The shortest ways of one and of two edges.
TEST(Semiring, min_plus_finds_shorter_ways) {
  const Csr edges = test::draw({"0 5 1",  //
                                ". 0 .",  //
                                ". 2 0"});
  const Product ways = reference::multiply(edges, edges, Semiring::kMinPlus);
  EXPECT_THAT(ways.values, ElementsAre(0, 3, 1, 0, 2, 0));
}

TEST(Semiring, names_are_read_back) {
  for (const Semiring one : kSemirings) EXPECT_EQ(parse_semiring(name(one)), one);
  EXPECT_THROW(parse_semiring("min-times"), InputError);
}

}  // namespace
}  // namespace nonzero
