// ASADI's bounds, one thread: BERT-Base's layers and heads on every machine within 5 s, one head of 8192 tokens,
// format and SpMM, within 2 s.

#include "lib/bench.h"
#include "nonzero/arch/list.h"
#include "nonzero/base/random.h"
#include "nonzero/tensor/attention_masks.h"
#include "nonzero/tensor/diagonal_kernels.h"

using namespace nonzero;

namespace {

Operation layer(const std::string& mask, uint64_t tokens, uint64_t heads, uint64_t seed) {
  Attention attention;
  attention.tokens = tokens;
  attention.heads = heads;
  attention.mask_source = mask;
  for (uint64_t head = 0; head < heads; ++head)
    attention.masks.push_back(std::make_shared<const Csr>(
        attention_mask(mask + ",seed=" + std::to_string(seed * heads + head), tokens)));
  Operation operation;
  operation.name = "layer " + std::to_string(seed);
  operation.kind = "attention";
  operation.body = std::move(attention);
  return operation;
}

std::vector<float> drawn(uint64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

}  // namespace

int main() {
  const bench::Table table("ASADI");
  const std::string mask = "diagloc:rho=0.1,phi=0.5";
  const auto bert = [&](bool product) {
    SimulateOptions options;
    options.compute_product = product;
    for (const char* name : {"asadi", "pim-csr", "pim-dia", "reram-csr", "asadi-dense"}) {
      const auto machine = find_accelerator(name).make("", "", {});
      for (uint64_t l = 0; l < 12; ++l) {
        const Operation one = layer(mask, 512, 12, l);
        bench::keep(machine->simulate({&one, 1}, options));
      }
    }
  };
  table.row("BERT-Base, 512 tokens, 12 layers x 12 heads, 5 machines",
            bench::best_of_five([&] { bert(false); }), {5000, "", std::nullopt, std::nullopt});
  table.row("the same with Z on every machine", bench::best_of_five([&] { bert(true); }));
  const Csr longest = attention_mask(mask + ",seed=7", 8192);
  const std::vector<float> v = drawn(8192 * 64, 1), weights = drawn(longest.nnz(), 2);
  table.row("8192 tokens, one head: format and SpMM", bench::best_of_five([&] {
              const DiagonalMatrix stored = to_diagonal(longest, {1024, Placement::kNearest, 1024});
              bench::keep(diagonal_spmm(stored, weights, v, 64));
            }),
            {2000, "", std::nullopt, std::nullopt});
}
