#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "nonzero/base/error.h"
#include "nonzero/base/suggest.h"
#include "nonzero/tensor/description_values.h"
#include "nonzero/tensor/generate.h"

namespace nonzero {
namespace {

const Place kPlace{"generator", 0};

using Values = DescriptionValues;

// What a description asks for: how many rows and elements to expect, and how to make it.
struct Request {
  double rows = 0;
  double elements = 0;
};

struct Kind {
  std::vector<std::string> keys;
  Request (*size)(const Values&);
  Csr (*make)(const Values&);
};

double real(uint64_t number) { return static_cast<double>(number); }
uint64_t columns(const Values& v) { return v.whole("columns", v.whole("rows")); }
uint64_t seed(const Values& v) { return v.whole("seed", 1); }

BigBird bigbird(const Values& v) {
  const BigBird paper;
  return {v.whole("block", paper.block), v.whole("random_blocks", paper.random_blocks),
          v.whole("window_blocks", paper.window_blocks), v.whole("global_blocks", paper.global_blocks)};
}

// Columns default to rows, the seed to 1.
const std::map<std::string, Kind>& kinds() {
  static const std::map<std::string, Kind> all = {
      {"uniform",
       {{"rows", "columns", "density", "seed"},
        [](const Values& v) {
          return Request{real(v.whole("rows")),
                         real(v.whole("rows")) * real(columns(v)) * v.fraction("density")};
        },
        [](const Values& v) {
          return generate_uniform(v.whole("rows"), columns(v), v.fraction("density"), seed(v));
        }}},
      {"banded",
       {{"rows", "columns", "half_bandwidth", "density", "seed"},
        [](const Values& v) {
          const double width = std::min(real(columns(v)), 2 * real(v.whole("half_bandwidth")) + 1);
          return Request{real(v.whole("rows")), real(v.whole("rows")) * width * v.fraction("density")};
        },
        [](const Values& v) {
          return generate_banded(v.whole("rows"), columns(v), v.whole("half_bandwidth"),
                                 v.fraction("density"), seed(v));
        }}},
      {"diagonal",
       {{"rows", "seed"},
        [](const Values& v) {
          return Request{real(v.whole("rows")), real(v.whole("rows"))};
        },
        [](const Values& v) { return generate_diagonal(v.whole("rows"), seed(v)); }}},
      {"block",
       {{"rows", "columns", "block", "density", "seed"},
        [](const Values& v) {
          // One block is the least a present grid element costs, however low the density.
          const double block = std::min(real(v.whole("block")), real(columns(v)));
          return Request{real(v.whole("rows")),
                         real(v.whole("rows")) * (real(columns(v)) * v.fraction("density") + block)};
        },
        [](const Values& v) {
          return generate_block(v.whole("rows"), columns(v), v.whole("block"), v.fraction("density"),
                                seed(v));
        }}},
      {"rmat",
       {{"rows", "edges", "seed"},
        [](const Values& v) {
          return Request{real(v.whole("rows")), real(v.whole("edges"))};
        },
        [](const Values& v) { return generate_rmat(v.whole("rows"), v.whole("edges"), seed(v)); }}},
      {"stencil_2d",
       {{"n", "seed"},
        [](const Values& v) {
          return Request{std::pow(real(v.whole("n")), 2), 5 * std::pow(real(v.whole("n")), 2)};
        },
        [](const Values& v) { return generate_stencil_2d(v.whole("n"), seed(v)); }}},
      {"stencil_3d",
       {{"n", "seed"},
        [](const Values& v) {
          return Request{std::pow(real(v.whole("n")), 3), 7 * std::pow(real(v.whole("n")), 3)};
        },
        [](const Values& v) { return generate_stencil_3d(v.whole("n"), seed(v)); }}},
      {"n_of_m",
       {{"rows", "columns", "n", "m", "seed"},
        [](const Values& v) {
          const double groups = std::ceil(real(columns(v)) / std::max(1.0, real(v.whole("m"))));
          // Every place is visited, at a small part of what an element costs.
          const double visited = std::max(real(columns(v)), groups) / 64;
          const double per_row = std::max(visited, std::min(real(columns(v)), groups * real(v.whole("n"))));
          return Request{real(v.whole("rows")), real(v.whole("rows")) * per_row};
        },
        [](const Values& v) {
          return generate_n_of_m(v.whole("rows"), columns(v), v.whole("n"), v.whole("m"), seed(v));
        }}},
      {"sliding_window",
       {{"rows", "window", "seed"},
        [](const Values& v) {
          const double width = std::min(real(v.whole("rows")), real(v.whole("window")));
          return Request{real(v.whole("rows")), real(v.whole("rows")) * width};
        },
        [](const Values& v) {
          return generate_sliding_window(v.whole("rows"), v.whole("window"), seed(v));
        }}},
      {"bigbird",
       {{"rows", "block", "random_blocks", "window_blocks", "global_blocks", "seed"},
        [](const Values& v) {
          const BigBird mask = bigbird(v);
          const double rows = real(v.whole("rows"));
          const double global = std::min(rows, real(mask.global_blocks) * real(mask.block));
          const double local =
              (real(mask.random_blocks) + real(mask.window_blocks)) * real(mask.block) + global;
          return Request{rows, global * rows + rows * std::min(rows, local)};
        },
        [](const Values& v) { return generate_bigbird(v.whole("rows"), bigbird(v), seed(v)); }}},
  };
  return all;
}

double physical_memory() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
}

// Twice the arrays' size: a growing array holds its old and its new storage for a moment.
void check_fits(const Request& request, const std::string& description, double most_bytes) {
  const double most = most_bytes > 0 ? most_bytes : physical_memory();
  const double bytes = 2 * (8 * request.elements + 8 * request.rows);
  if (bytes > most)
    throw InputError(fmt::format("'{}' would take {:.3g} GB of memory", description, bytes / 1e9),
                     fmt::format("allowed: {:.3g} GB", most / 1e9), kPlace);
}

}  // namespace

Csr generate(const std::string& description, double most_bytes) {
  const size_t colon = std::min(description.find(':'), description.size());
  const std::string word = description.substr(0, colon);
  const auto found = kinds().find(word);
  if (found == kinds().end()) {
    std::vector<std::string> names;
    for (const auto& entry : kinds()) names.push_back(entry.first);
    throw InputError(fmt::format("unknown generator '{}'{}", word, did_you_mean(word, names)),
                     fmt::format("allowed: {}", fmt::join(names, ", ")), kPlace);
  }
  Values values(word, found->second.keys, kPlace.file);
  if (colon < description.size()) values.read(std::string_view(description).substr(colon + 1));
  check_fits(found->second.size(values), description, most_bytes);
  return found->second.make(values);
}

}  // namespace nonzero
