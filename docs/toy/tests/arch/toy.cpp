#include "nonzero/arch/toy/toy.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "nonzero/reference/product.h"
#include "support/matrices.h"

namespace nonzero::toy {
namespace {

using test::draw;

Result simulate(const Csr& a, const Csr& b, const std::vector<std::string>& assignments = {}) {
  const auto machine = design<Toy>().make("", "", assignments);
  const Operation operation = make_gemm("drawn", Operand::of(a, "a"), Operand::of(b, "b"));
  SimulateOptions options;
  options.compute_product = true;
  return machine->simulate({&operation, 1}, options).results.at(0);
}

// With two multipliers: a(0,0) meets three elements (2 cycles), a(0,2) one (1 cycle), a(1,1) an
// empty row (none). Row 0 of the product has three elements, written in 2 cycles; row 1 has none.
TEST(Toy, charges_each_element_of_a_for_its_row_of_b) {
  const Csr a = draw({"1 . 2", ". 3 ."});
  const Csr b = draw({"1 2 3 .", ". . . .", "4 . . ."});
  const Result r = simulate(a, b, {"multipliers=2"});
  EXPECT_EQ(r.phases.get("stream"), 3U);
  EXPECT_EQ(r.phases.get("write"), 2U);
  EXPECT_EQ(r.cycles, 5U);
  EXPECT_EQ(r.pe_cycles.get("useful"), 4U);
  EXPECT_EQ(r.pe_cycles.get("imbalance"), 2U);
  EXPECT_EQ(r.multiplications_effectual, 4U);
}

RC_GTEST_PROP(Toy, computes_the_reference_product, ()) {
  const auto [a, b] = *test::gen_operands();
  const Result r = simulate(a, b);
  RC_ASSERT(reference::relative_error(*r.product, reference::multiply(a, b)) <=
            reference::tolerance(false, a.columns));
}

RC_GTEST_PROP(Toy, accounts_for_every_cycle, ()) {
  const auto operands = *test::gen_operands();
  const Result r = simulate(operands.first, operands.second, {"multipliers=4"});
  check_invariants(r);
  RC_ASSERT(r.multiplications_effectual == effectual_multiplications(operands.first, operands.second));
}

RC_GTEST_PROP(Toy, is_never_slower_with_twice_the_multipliers, ()) {
  const auto operands = *test::gen_operands();
  RC_ASSERT(simulate(operands.first, operands.second, {"multipliers=8"}).cycles <=
            simulate(operands.first, operands.second, {"multipliers=4"}).cycles);
}

}  // namespace
}  // namespace nonzero::toy
