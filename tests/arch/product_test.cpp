#include "nonzero/arch/sigma/product.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "nonzero/arch/sigma/network.h"
#include "nonzero/arch/systolic/product.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/tensor/generate.h"
#include "support/data.h"
#include "support/graphblas.h"
#include "support/machines.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::simulate;

double error_of(const Operation& op, const Result& result, DataType type) {
  return reference::relative_error(*result.product, test::expected_product(op, type));
}

TEST(Product, every_stationary_choice_network_and_size_gives_the_reference_product) {
  EXPECT_TRUE(rc::check([] {
    const auto operands = *test::gen_operands(24);
    const Operation op = test::gemm_of(operands.first, operands.second);
    const std::string lanes = std::to_string(1U << *rc::gen::inRange(2, 7));
    const std::vector<std::string> settings = {
        "multipliers_per_dpe=" + lanes,
        "flex_dpes=" + std::to_string(*rc::gen::inRange(1, 4)),
        "stationary=" + *rc::gen::element<std::string>("mk", "kn", "best", "none"),
        "reduction=" + *rc::gen::element<std::string>("fan", "art", "linear"),
        "routing=" + *rc::gen::element<std::string>("full", "sample", "none"),
        "routing_share=0.2",
        "data_type=" + *rc::gen::element<std::string>("bf16", "fp32", "int8"),
        "stream_words=" + *rc::gen::element<std::string>("unlimited", "1", "3", "8"),
        "packing=" + *rc::gen::element<std::string>("slab", "row-major")};
    const Result r = simulate("sigma", settings, op, true);
    RC_ASSERT(error_of(op, r, DataType::kFp32) <= 1e-6);  // whole numbers up to 9: exact in every type
  }));
}

TEST(Product, large_random_operands_with_every_flex_dpe_size) {
  for (const int lanes : {4, 16, 64, 128, 512}) {
    const Operation op = random_gemm("g", 300, 173, 211, 0.2, 0.5, static_cast<uint64_t>(lanes));
    const Result r = simulate(
        "sigma", {"multipliers_per_dpe=" + std::to_string(lanes), "flex_dpes=3", "routing_share=0.0005"}, op,
        true);
    EXPECT_LE(error_of(op, r, DataType::kBf16), 1e-5) << lanes;
  }
}

TEST(Product, thin_shapes_and_empty_rows) {
  for (const auto& [m, n, k] :
       std::vector<std::tuple<uint64_t, uint64_t, uint64_t>>{{1, 1, 1}, {5, 1, 7}, {1, 9, 3}, {4, 4, 1}}) {
    const Operation op = random_gemm("g", m, n, k, 0.5, 0.5, 3);
    for (const std::string design : {"sigma", "systolic"})
      EXPECT_LE(error_of(op, simulate(design, {}, op, true), DataType::kBf16), 1e-5) << design << m << n << k;
  }
}

TEST(Product, integers_are_exact) {
  const Operation op = random_gemm("g", 40, 30, 3000, 0.9, 0.9, 5);
  for (const std::string design : {"sigma", "systolic"}) {
    for (const auto& [type, name] : std::vector<std::pair<DataType, std::string>>{
             {DataType::kInt8, "int8"}, {DataType::kInt16, "int16"}})
      EXPECT_EQ(error_of(op, simulate(design, {"data_type=" + name}, op, true), type), 0) << design << name;
  }
}

TEST(Product, the_systolic_array_gives_the_reference_product_in_every_dataflow) {
  EXPECT_TRUE(rc::check([] {
    const auto operands = *test::gen_operands(16);
    const Operation op = test::gemm_of(operands.first, operands.second);
    const Result r = simulate("systolic",
                              {"rows=" + std::to_string(*rc::gen::inRange(1, 7)),
                               "columns=" + std::to_string(*rc::gen::inRange(1, 7)),
                               "fold=" + *rc::gen::element<std::string>("sigma", "scalesim"),
                               "stationary=" + *rc::gen::element<std::string>("mk", "kn", "best"),
                               "dataflow=" + *rc::gen::element<std::string>("ws", "is", "os")},
                              op, true);
    RC_ASSERT(error_of(op, r, DataType::kFp32) == 0);
  }));
}

TEST(Product, the_reference_agrees_with_graphblas) {
  EXPECT_TRUE(rc::check([] {
    const auto operands = *test::gen_operands(20);
    const Product ours = reference::multiply(operands.first, operands.second);
    const Product theirs = test::graphblas_product(operands.first, operands.second);
    RC_ASSERT(ours.indices == theirs.indices);
    RC_ASSERT(reference::relative_error(ours, theirs) <= 1e-14);
  }));
}

TEST(Product, sigma_squares_real_matrices_as_graphblas_does) {
  NONZERO_NEEDS_SHARED_DATA(data);
  for (const char* file :
       {"graph/wiki-Vote.mtx", "fem/bcsstk13.mtx", "circuit/rajat19.mtx", "graph/G67.mtx"}) {
    const Csr matrix = read_matrix((data / "matrices" / file).string()).matrix;
    const Operation op = test::gemm_of(matrix, matrix);
    for (const std::string design : {"sigma", "systolic"}) {
      const Result r = simulate(design, {"data_type=fp32"}, op, true);
      const Csr values = with_values(Matrix(matrix), 1, DataType::kFp32, false);
      EXPECT_LE(reference::relative_error(*r.product, test::graphblas_product(values, values)), 1e-5)
          << design << " " << file;
    }
  }
}

// --- mutations: each must make the output check fail ---

struct Example {
  Csr a = with_values(Matrix(to_csr(to_bitmap(random_operand(24, 20, 1)))), 1, DataType::kFp32, true);
  Csr b = with_values(Matrix(to_csr(to_bitmap(random_operand(20, 12, 2)))), 2, DataType::kFp32, true);
  sigma::Config config;
  sigma::Streaming streaming;

  Example() {
    config.multipliers_per_dpe = 8;
    config.flex_dpes = 2;
    config.routing = sigma::Routing::kFull;
    config.data_type = DataType::kFp32;
    streaming.steps = b.columns;
    for (uint64_t k = 0; k < b.rows; ++k)
      streaming.row_counts.push_back(static_cast<uint32_t>(b.offsets[k + 1] - b.offsets[k]));
    streaming.rows_csr = &b;
  }

  static Dense random_operand(uint64_t rows, uint64_t columns, uint64_t seed) {
    return to_dense(generate_uniform(rows, columns, 0.5, seed));
  }

  [[nodiscard]] double error(const Product& product) const {
    return reference::relative_error(product, reference::multiply(a, b));
  }

  // The product of a mapping whose segments `mutate` may change or drop (returns false).
  double error_with(const std::function<bool(sigma::Segment&)>& mutate) {
    sigma::ProductBuilder builder(a, b, false);
    sigma::map_stationary(a, streaming, config, [&](const sigma::Segment& segment) {
      sigma::Segment changed = segment;
      if (mutate(changed)) builder.add(changed);
    });
    return error(builder.finish());
  }

  double error_through_networks(sigma::Tamper tamper) {
    sigma::WordByWord network(a, b, config, std::move(tamper));
    sigma::map_stationary(a, streaming, config, [&](const sigma::Segment& segment) { network.add(segment); });
    network.finish();
    return error(network.product());
  }
};

TEST(Mutation, the_unchanged_mapping_and_networks_pass) {
  Example example;
  EXPECT_LE(example.error_with([](sigma::Segment&) { return true; }), 1e-6);
  EXPECT_LE(example.error_through_networks({}), 1e-6);
}

TEST(Mutation, a_fold_boundary_off_by_one_shows_in_the_product) {
  Example example;
  bool done = false;
  EXPECT_GT(example.error_with([&](sigma::Segment& s) {
    if (!done && s.fold == 1 && s.first_lane == 0) {
      ++s.first_element;
      done = true;
    }
    return true;
  }),
            1e-5);
  EXPECT_TRUE(done);
}

TEST(Mutation, a_dropped_straddling_sum_shows_in_the_product) {
  Example example;
  uint64_t previous_row = ~uint64_t{0};
  bool dropped = false;
  EXPECT_GT(example.error_with([&](sigma::Segment& s) {
    const bool straddles = s.row == previous_row;
    previous_row = s.row;
    if (!straddles || dropped) return true;
    dropped = true;
    return false;
  }),
            1e-5);
  EXPECT_TRUE(dropped);
}

TEST(Mutation, one_flipped_control_bit_in_use_shows_in_the_product) {
  Example example;
  bool done = false;
  sigma::Tamper tamper;
  tamper.routing = [&](hw::BenesRouting& routing) {
    // The last level's switches in use: what they pass is what a multiplier gets.
    for (uint32_t lane = 0; lane < routing.lanes && !done; ++lane) {
      if (!routing.delivers(lane)) continue;
      routing.select[size_t{routing.levels - 1} * routing.lanes + lane] ^= 1U;
      done = true;
    }
  };
  EXPECT_GT(example.error_through_networks(tamper), 1e-5);
  EXPECT_TRUE(done);
}

TEST(Mutation, one_wrong_vec_id_shows_in_the_product) {
  Example example;
  bool done = false;
  sigma::Tamper tamper;
  tamper.vec_ids = [&](std::vector<int32_t>& ids) {
    for (size_t lane = 1; lane < ids.size() && !done; ++lane) {
      if (ids[lane] <= ids[lane - 1]) continue;
      ids[lane - 1] = ids[lane];  // the last lane of a group joins the next one
      done = true;
    }
  };
  EXPECT_GT(example.error_through_networks(tamper), 1e-5);
  EXPECT_TRUE(done);
}

TEST(Mutation, a_systolic_tile_off_by_one_shows_in_the_product) {
  Example example;
  auto tiles = systolic::tiles(example.a.columns, 8);
  EXPECT_LE(example.error(systolic::follow_folds(example.a, example.b, tiles, false)), 1e-6);
  ++tiles[1].begin;
  EXPECT_GT(example.error(systolic::follow_folds(example.a, example.b, tiles, false)), 1e-5);
}

}  // namespace
}  // namespace nonzero
