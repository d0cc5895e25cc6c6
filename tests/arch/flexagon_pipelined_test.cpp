#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

#include "flexagon_cases.h"
#include "nonzero/arch/flexagon/pipelined.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/memory/lru_cache.h"
#include "nonzero/tensor/generate.h"
#include "support/machines.h"

namespace nonzero::flexagon {
namespace {

using test::pair_of;

struct Phases {
  uint64_t load, stream, stall, merge, reduce;
  [[nodiscard]] uint64_t total() const { return load + stream + stall + merge + reduce; }
};

void expect_phases(const Schedule& s, const Phases& expected, const std::string& what) {
  EXPECT_EQ(s.phases.get("load"), expected.load) << what;
  EXPECT_EQ(s.phases.get("stream"), expected.stream) << what;
  EXPECT_EQ(s.phases.get("stall_memory"), expected.stall) << what;
  EXPECT_EQ(s.phases.get("merge"), expected.merge) << what;
  EXPECT_EQ(s.phases.get("reduce"), expected.reduce) << what;
  EXPECT_EQ(s.cycles, expected.total()) << what;
}

TEST(FlexagonPipelined, the_walk_through_takes_113_118_and_113_cycles) {
  const std::array<Phases, 3> expected = {Phases{102, 3, 0, 0, 8}, Phases{102, 3, 0, 5, 8},
                                          Phases{102, 3, 0, 0, 8}};
  const Csr a = test::walk_through_a(), b = test::walk_through_b();
  OperandPair m = pair_of(a, b), n = pair_of(transpose(b), transpose(a));
  for (const Dataflow dataflow : kDataflows) {
    const Schedule s = schedule(n_stationary(dataflow) ? n : m, dataflow, Config{});
    expect_phases(s, expected[static_cast<size_t>(method(dataflow))], std::string(title(dataflow)));
    EXPECT_EQ(s.multiplications, 8U);
    EXPECT_EQ(s.nnz_c, 5U);
    EXPECT_EQ(s.line_misses, 1U);
    const uint64_t psums = method(dataflow) == Method::kOuter ? 8 : 0;
    EXPECT_EQ(s.psums_from_multipliers, psums);
    EXPECT_EQ(s.psums_read, psums);
  }
}

TEST(FlexagonPipelined, the_walk_through_moves_164_bytes_of_dram) {
  const Operation op = test::gemm_of(test::walk_through_a(), test::walk_through_b());
  for (const char* dataflow : {"ip-m", "op-m", "gust-m"}) {
    const Result r = test::simulate("flexagon", {std::string("dataflow=") + dataflow}, op);
    const LevelTraffic& dram = r.traffic_bytes.at("dram");
    EXPECT_EQ(dram.read.sum() + dram.write.sum(), 164U) << dataflow;
  }
}

TEST(FlexagonPipelined, the_walk_through_spills_one_block_where_a_set_has_three) {
  Config config;
  config.multipliers = 4;
  config.psram_sets = 2;
  config.psram_blocks = 3;
  config.psram_block_elements = 2;
  config.psram_bytes = 48;
  check(config);
  OperandPair operands = pair_of(test::walk_through_a(), test::walk_through_b());
  EXPECT_EQ(schedule(operands, Dataflow::kOuterM, config).psram_spills, 1U);
  config.psram_overflow = Overflow::kFail;
  EXPECT_THROW(schedule(operands, Dataflow::kOuterM, config), InputError);
  config.psram_overflow = Overflow::kUnbounded;
  EXPECT_EQ(schedule(operands, Dataflow::kOuterM, config).psram_spills, 0U);
}

struct Golden {
  test::Layer layer;
  uint64_t nnz_a, nnz_b, multiplications;
  std::array<uint64_t, 3> cycles;  // IP(M), OP(M), Gust(M)
  uint64_t spills, passes;         // OP; IP: reads of STR are passes * nnz(B)
};

TEST(FlexagonPipelined, four_layers_of_table_6_take_the_specified_cycles) {
  const std::vector<Golden> layers = {
      {{"SQ5", 64, 2916, 16, 68, 11}, 324, 41566, 841790, {17626, 240867, 53547}, 48663, 6},
      {{"SQ11", 128, 729, 32, 70, 10}, 1197, 21008, 786036, {27764, 142630, 49329}, 45658, 21},
      {{"R6", 64, 2916, 576, 89, 53}, 4077, 788279, 5579544, {3169540, 842503, 493783}, 346485, 64},
      {{"MB215", 128, 8, 512, 50, 0}, 32877, 4096, 263016, {35505, 36348, 19965}, 28781, 128}};
  for (const Golden& golden : layers) {
    OperandPair operands = test::masks(golden.layer, 1);
    EXPECT_EQ(operands.a().nnz(), golden.nnz_a);
    EXPECT_EQ(operands.b().nnz(), golden.nnz_b);
    for (size_t method = 0; method < 3; ++method) {
      const Schedule s = schedule(operands, kDataflows[method], Config{});
      EXPECT_EQ(s.cycles, golden.cycles[method]) << golden.layer.name << " " << title(kDataflows[method]);
      EXPECT_EQ(s.multiplications, golden.multiplications);
      EXPECT_EQ(s.pe_cycles.sum(), 64 * s.cycles);
      EXPECT_EQ(s.phases.sum(), s.cycles);
      if (method == 0) {
        EXPECT_EQ(s.str_reads, golden.passes * golden.nnz_b) << golden.layer.name;
      }
      if (method == 1) {
        EXPECT_EQ(s.psram_spills, golden.spills) << golden.layer.name;
      }
    }
  }
}

// --- the formulas, element by element, on sets ------------------------------------------------------

class Twin {
 public:
  Twin(const Sides& sides, const Sides& by_rows, const Config& config)
      : sides_(sides),
        rows_(*by_rows.stationary),
        fibers_(*by_rows.streaming),
        config_(config),
        cache_(config.cache_sets(), static_cast<uint64_t>(config.str_cache_ways)),
        line_serial_(config.port() == StrPort::kLineSerial) {}

  Phases phases() {
    for_each_tile(sides_, config_.lanes(), false, [&](const Tile& tile) { add(tile); });
    if (sides_.method == Method::kOuter)
      for (uint64_t row = 0; row < rows_.rows; ++row) {
        std::vector<std::set<uint32_t>> fibers;
        for (const uint32_t k : rows_.fiber(row)) fibers.push_back(set_of(k));
        merge_row(fibers);
      }
    uint64_t outputs = 0;
    for (uint64_t row = 0; row < rows_.rows; ++row) {
      std::set<uint32_t> all;
      for (const uint32_t k : rows_.fiber(row)) join(all, set_of(k));
      outputs += all.size();
    }
    if (p_.load > 0) {
      p_.load += static_cast<uint64_t>(config_.l1_latency + config_.dram_latency);
      p_.reduce = ceil_log2(config_.lanes()) + 2;
    }
    const uint64_t bytes = 4 * (sides_.stationary->nnz() + outputs) +
                           static_cast<uint64_t>(config_.str_cache_line_bytes) * cache_.counts().misses;
    const uint64_t needed = ceil_div(bytes, static_cast<uint64_t>(config_.dram_bytes_per_cycle));
    p_.stall = needed > p_.total() ? needed - p_.total() : 0;
    return p_;
  }

 private:
  [[nodiscard]] std::set<uint32_t> set_of(uint64_t k) const {
    const auto fiber = fibers_.fiber(k);
    return {fiber.begin(), fiber.end()};
  }
  static void join(std::set<uint32_t>& into, const std::set<uint32_t>& more) {
    into.insert(more.begin(), more.end());
  }

  void add(const Tile& tile) {
    const auto dn = static_cast<uint64_t>(config_.dn_bandwidth),
               rn = static_cast<uint64_t>(config_.rn_bandwidth);
    p_.load += ceil_div(tile.size(), dn);
    std::set<uint64_t> lines, rows, ks;
    uint64_t longest = 0, unicast = 0, in_range = 0, stream = 0;
    for (uint64_t e = tile.begin; e < tile.end; ++e) {
      const uint64_t fiber = static_cast<uint64_t>(std::upper_bound(sides_.stationary->offsets.begin(),
                                                                    sides_.stationary->offsets.end(), e) -
                                                   sides_.stationary->offsets.begin()) -
                             1;
      const uint64_t index = sides_.stationary->indices[e];
      const uint64_t k = sides_.method == Method::kOuter ? fiber : index;
      rows.insert(sides_.method == Method::kOuter ? index : fiber);
      unicast += set_of(k).size();
      longest = std::max<uint64_t>(longest, set_of(k).size());
      if (sides_.method != Method::kInner) request(fibers_.offsets[k], fibers_.offsets[k + 1]);
      if (sides_.method == Method::kInner || !ks.insert(k).second) continue;
      touch(fibers_.offsets[k], fibers_.offsets[k + 1]);
    }
    if (sides_.method == Method::kInner) {
      const Csr& columns = *sides_.streaming;
      for (uint64_t at = 0; at < columns.nnz(); ++at) {
        if (columns.indices[at] < tile.k_begin || columns.indices[at] >= tile.k_end) continue;
        ++in_range;
        touch(at, at + 1);
        request(at, at + 1);
      }
      const uint64_t injected = tile.fold > 0 ? sides_.columns : 0;
      stream = std::max(
          {sides_.columns, ceil_div(in_range + injected, dn), ceil_div(sides_.columns * rows.size(), rn)});
    } else if (sides_.method == Method::kOuter) {
      uint64_t distinct = 0;
      for (const uint64_t k : ks) distinct += set_of(k).size();
      stream = std::max({longest, ceil_div(line_serial_ ? unicast : distinct, dn), ceil_div(unicast, rn)});
    } else {
      uint64_t largest = 0, leaving = 0;
      for (const uint64_t row : rows) {
        std::set<uint32_t> all;
        for (uint64_t e = std::max(tile.begin, rows_.offsets[row]);
             e < std::min(tile.end, rows_.offsets[row + 1]); ++e)
          join(all, set_of(rows_.indices[e]));
        largest = std::max<uint64_t>(largest, all.size());
        leaving += all.size();
        if (tile.folds > 1) passes_.push_back(all);
      }
      stream = std::max({longest, largest, ceil_div(unicast, dn), ceil_div(leaving, rn)});
      if (tile.folds > 1 && tile.fold + 1 == tile.folds) {
        merge_row(passes_);
        passes_.clear();
      }
    }
    for (const auto& [bank, requests] : requests_) stream = std::max(stream, requests);
    requests_.clear();
    p_.stream += stream;
  }

  // One per cycle and bank, where the port is line-serial.
  void request(uint64_t begin, uint64_t end) {
    if (!line_serial_) return;
    for (uint64_t at = begin; at < end; ++at)
      ++requests_[at / config_.line_elements() % static_cast<uint64_t>(config_.str_cache_banks)];
  }

  void touch(uint64_t begin, uint64_t end) {
    for (uint64_t at = begin; at < end; ++at) cache_.touch(at / config_.line_elements());
  }

  void merge_row(std::vector<std::set<uint32_t>> fibers) {
    fibers.erase(std::remove_if(fibers.begin(), fibers.end(), [](const auto& f) { return f.empty(); }),
                 fibers.end());
    if (fibers.empty()) return;
    do {
      std::vector<std::set<uint32_t>> next;
      for (size_t i = 0; i < fibers.size(); i += config_.lanes()) {
        std::set<uint32_t> all;
        uint64_t elements = 0;
        for (size_t j = i; j < std::min<size_t>(i + config_.lanes(), fibers.size()); ++j) {
          join(all, fibers[j]);
          elements += fibers[j].size();
        }
        p_.merge +=
            std::max<uint64_t>(all.size(), ceil_div(elements, static_cast<uint64_t>(config_.dn_bandwidth)));
        next.push_back(all);
      }
      fibers = next;
    } while (fibers.size() > 1);
  }

  const Sides& sides_;
  const Csr& rows_;
  const Csr& fibers_;
  const Config& config_;
  hw::LruCache cache_;
  bool line_serial_;
  std::map<uint64_t, uint64_t> requests_;  // of the tile, by bank
  std::vector<std::set<uint32_t>> passes_;
  Phases p_{0, 0, 0, 0, 0};
};

Config random_config() {
  Config config;
  config.multipliers = 1 << *rc::gen::inRange(2, 5);
  config.dn_bandwidth = *rc::gen::inRange(1, 9);
  config.rn_bandwidth = *rc::gen::inRange(1, 9);
  config.dram_latency = *rc::gen::inRange(0, 5);
  config.dram_bytes_per_cycle = *rc::gen::inRange(1, 64);
  config.str_cache_line_bytes = *rc::gen::element(4, 8, 32);
  config.str_cache_ways = *rc::gen::inRange(1, 4);
  const int sets = *rc::gen::inRange(0, 4);
  config.str_cache_bytes = config.str_cache_line_bytes * config.str_cache_ways * (1 << sets);
  config.str_cache_banks = 1 << *rc::gen::inRange(0, sets + 1);
  config.str_port = *rc::gen::element(StrPort::kMulticast, StrPort::kLineSerial);
  config.psram_overflow = Overflow::kUnbounded;
  check(config);
  return config;
}

TEST(FlexagonPipelined, counting_in_bulk_equals_the_formulas_on_sets) {
  EXPECT_TRUE(rc::check([] {
    const auto drawn = *test::gen_operands(40);
    const Config config = random_config();
    OperandPair operands = pair_of(drawn.first, drawn.second);
    const Dataflow dataflow = *rc::gen::elementOf(kDataflows);
    const Sides sides = operands.sides(dataflow), by_rows = sides_by_rows(operands, dataflow);
    expect_phases(schedule(operands, dataflow, config), Twin(sides, by_rows, config).phases(),
                  std::string(title(dataflow)));
    RC_ASSERT(!::testing::Test::HasFailure());
  }));
}

TEST(FlexagonPipelined, a_bandwidth_a_cache_or_a_psram_twice_as_large_never_adds_cycles) {
  EXPECT_TRUE(rc::check([] {
    const auto drawn = *test::gen_operands(40);
    Config base = random_config();
    base.psram_overflow = Overflow::kSpill;
    base.psram_sets = 4;
    base.psram_blocks = 8;
    base.psram_block_elements = 2;
    base.psram_bytes = 4 * 8 * 2 * 4;
    base.dn_port_conflicts = *rc::gen::arbitrary<bool>();
    check(base);
    OperandPair operands = pair_of(drawn.first, drawn.second);
    const Dataflow dataflow = *rc::gen::elementOf(kDataflows);
    const uint64_t before = schedule(operands, dataflow, base).cycles;
    const auto no_slower = [&](const char* what, auto&& change) {
      Config config = base;
      change(config);
      check(config);
      if (schedule(operands, dataflow, config).cycles > before) RC_FAIL(what);
    };
    no_slower("dn_bandwidth", [](Config& c) { c.dn_bandwidth *= 2; });
    no_slower("rn_bandwidth", [](Config& c) { c.rn_bandwidth *= 2; });
    no_slower("sets", [](Config& c) { c.str_cache_bytes *= 2; });
    no_slower("ways", [](Config& c) { c.str_cache_bytes *= 2, c.str_cache_ways *= 2; });
    no_slower("dram_bytes_per_cycle", [](Config& c) { c.dram_bytes_per_cycle *= 2; });
    no_slower("psram_sets", [](Config& c) { c.psram_bytes *= 2, c.psram_sets *= 2; });
    no_slower("psram_blocks", [](Config& c) { c.psram_bytes *= 2, c.psram_blocks *= 2; });
    no_slower("dram_latency", [](Config& c) { c.dram_latency /= 2; });
  }));
}

// Row 0 sweeps the whole operand, row 1 goes through it in folds that mark their lines.
TEST(FlexagonPipelined, a_cache_that_holds_all_lines_misses_each_once_whatever_the_port) {
  std::vector<uint32_t> indices = {0};
  for (uint32_t k = 0; k < 200; ++k) indices.push_back(k);
  const Csr rows{2, 200, {0, 1, 201}, indices, std::vector<float>(201, 1.0F)};
  const Csr dense = generate_uniform(200, 40, 1, 1);
  for (const char* port : {"str_port=line-serial", "str_port=multicast"}) {
    const Result r = test::simulate("flexagon", {"dataflow=ip-m", port}, test::gemm_of(rows, dense));
    EXPECT_EQ(r.counters.get("str_cache.misses"), 250U) << port;
  }
}

TEST(FlexagonPipelined, merging_rows_in_parallel_never_adds_passes) {
  OperandPair operands = test::masks({"many short rows", 400, 50, 60, 95, 90}, 3);
  Config config;
  const Schedule alone = schedule(operands, Dataflow::kOuterM, config);
  config.merge_rows_in_parallel = true;
  const Schedule together = schedule(operands, Dataflow::kOuterM, config);
  EXPECT_LT(together.merge_passes, alone.merge_passes);
  EXPECT_LT(together.cycles, alone.cycles);
  EXPECT_EQ(together.psums_read, alone.psums_read);
}

}  // namespace
}  // namespace nonzero::flexagon
