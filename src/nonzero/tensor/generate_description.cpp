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
constexpr uint64_t kKroneckerEdges = 48;  // per vertex, in the DIMACS 10 collection

using Values = DescriptionValues;

// What a description asks for: how many rows and elements to expect, and how to make it.
struct Request {
  double rows = 0;
  double elements = 0;
  // Twice the arrays' size: a growing array holds its old and its new storage for a moment.
  double bytes_per_row = 16;
  double bytes_per_element = 16;
};

struct Kind {
  std::vector<std::string> keys;
  Request (*size)(const Values&);
  Csr (*make)(const Values&);
  std::string bare = "";  // the key that a number without a key stands for
};

double real(uint64_t number) { return static_cast<double>(number); }
uint64_t columns(const Values& v) { return v.whole("columns", v.whole("rows")); }
uint64_t seed(const Values& v) { return v.whole("seed", 1); }

BigBird bigbird(const Values& v) {
  const BigBird paper;
  return {v.whole("block", paper.block), v.whole("random_blocks", paper.random_blocks),
          v.whole("window_blocks", paper.window_blocks), v.whole("global_blocks", paper.global_blocks)};
}

uint64_t delaunay_rows(const Values& v) {
  if (v.has("rows") && !v.has("logn")) return v.whole("rows");
  if (v.has("rows")) throw InputError("'delaunay' with 'rows' and 'logn'", "allowed: one of them", kPlace);
  const uint64_t logn = v.whole("logn");
  if (logn > 63) throw InputError(fmt::format("2^{} points", logn), "allowed: 1 to 2^26", kPlace);
  return uint64_t{1} << logn;
}

Community community(const Values& v) {
  const Community usual;
  return {v.whole("rows"), v.whole("edges"), v.whole("size", usual.size),
          v.has("inside") ? v.fraction("inside") : usual.inside};
}

Packing packing(const Values& v) {
  const Packing usual;
  return {v.whole("x", usual.x), v.whole("y", usual.y), v.whole("z", usual.z),
          v.whole("radius", usual.radius), v.has("open") ? v.fraction("open") : usual.open};
}

// The non-zeros of a Mycielskian, 3 e + n edges from e edges and n vertices, as 4-byte indices beside those of
// the order before it.
Request mycielskian_size(const Values& v) {
  double vertices = 2, edges = 1;
  for (uint64_t k = 2; k < std::min<uint64_t>(v.whole("order"), 64); ++k) {
    edges = 3 * edges + vertices;
    vertices = 2 * vertices + 1;
  }
  return {vertices, 2 * edges, 12, 5.4};
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
      {"mycielskian",
       {{"order"},
        mycielskian_size,
        [](const Values& v) { return generate_mycielskian(v.whole("order")); },
        "order"}},
      {"kronecker",
       {{"logn", "edge_factor", "seed"},
        [](const Values& v) {
          const double vertices = std::exp2(real(v.whole("logn")));
          // Drawn edges, both of their directions, and those without duplicates.
          return Request{vertices, vertices * real(v.whole("edge_factor", kKroneckerEdges)), 28, 24};
        },
        [](const Values& v) {
          return generate_kronecker(v.whole("logn"), v.whole("edge_factor", kKroneckerEdges), seed(v));
        },
        "logn"}},
      {"delaunay",
       {{"rows", "logn", "seed"},
        [](const Values& v) {
          // Points twice, two triangles of 24 bytes and three edges for each; or the edges and the pattern.
          return Request{real(delaunay_rows(v)), 0, 112, 0};
        },
        [](const Values& v) { return generate_delaunay(delaunay_rows(v), seed(v)); },
        "logn"}},
      {"community",
       {{"rows", "edges", "size", "inside", "seed"},
        [](const Values& v) {
          const Community graph = community(v);
          // Edges as keys in the earlier, the next and both together, then as pairs.
          return Request{real(graph.rows), real(graph.edges), 32, 34};
        },
        [](const Values& v) { return generate_community(community(v), seed(v)); }}},
      {"packing",
       {{"x", "y", "z", "radius", "open", "seed"},
        [](const Values& v) {
          const Packing p = packing(v);
          const double cells = real(p.x) * real(p.y) * real(p.z);
          // A bit and a number for each cell, 18 neighbours for each open one.
          return Request{cells, cells * p.open, 5, 18 * 4 + 8};
        },
        [](const Values& v) { return generate_packing(packing(v), seed(v)); }}},
  };
  return all;
}

double physical_memory() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
}

double bytes_of(const Request& request) {
  return request.bytes_per_element * request.elements + request.bytes_per_row * request.rows;
}

void check_fits(const Request& request, const std::string& description, double most_bytes) {
  const double most = most_bytes > 0 ? most_bytes : physical_memory();
  const double bytes = bytes_of(request);
  if (!(bytes <= most))
    throw InputError(fmt::format("'{}' would take {:.3g} GB of memory", description, bytes / 1e9),
                     fmt::format("allowed: {:.3g} GB", most / 1e9), kPlace);
}

struct Described {
  const Kind* kind;
  Values values;
};

Described read_description(const std::string& description) {
  const size_t colon = std::min(description.find(':'), description.size());
  const std::string word = description.substr(0, colon);
  const auto found = kinds().find(word);
  if (found == kinds().end()) {
    std::vector<std::string> names;
    for (const auto& entry : kinds()) names.push_back(entry.first);
    throw InputError(fmt::format("unknown generator '{}'{}", word, did_you_mean(word, names)),
                     fmt::format("allowed: {}", fmt::join(names, ", ")), kPlace);
  }
  const Kind& kind = found->second;
  Values values(word, kind.keys, kPlace.file);
  std::string assignments = description.substr(std::min(colon + 1, description.size()));
  const bool bare =
      !kind.bare.empty() && !assignments.empty() && assignments[0] >= '0' && assignments[0] <= '9';
  if (bare) assignments = kind.bare + "=" + assignments;
  values.read(assignments);
  return {&kind, std::move(values)};
}

}  // namespace

Csr generate(const std::string& description, double most_bytes) {
  const Described described = read_description(description);
  check_fits(described.kind->size(described.values), description, most_bytes);
  return described.kind->make(described.values);
}

double generated_bytes(const std::string& description) {
  const Described described = read_description(description);
  return bytes_of(described.kind->size(described.values));
}

}  // namespace nonzero
