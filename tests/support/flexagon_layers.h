#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "nonzero/arch/flexagon/dataflow.h"
#include "nonzero/io/csv.h"
#include "nonzero/io/file.h"
#include "nonzero/io/smtx.h"

namespace nonzero::test {

// The layers of shared/data/flexagon: what Flexagon's authors' simulator published about them.
struct PublishedLayer {
  struct Counts {
    uint64_t cycles = 0, merge = 0, misses = 0;
  };
  std::string name;
  uint64_t nnz_a = 0, nnz_b = 0;
  std::array<Counts, 6> dataflows{};  // in the order of flexagon::kDataflows
  std::filesystem::path folder;

  [[nodiscard]] flexagon::OperandPair read() const {
    const auto side = [this](const char* suffix) {
      return std::make_shared<const Csr>(read_smtx((folder / (name + suffix)).string()).matrix);
    };
    return {side("_a.smtx.gz"), side("_b.smtx.gz")};
  }
};

inline std::vector<PublishedLayer> published_layers(const std::filesystem::path& data) {
  const std::filesystem::path folder = data / "flexagon";
  const std::string path = (folder / "cycles.csv").string();
  const std::vector<io::CsvRecord> records = io::parse_csv(read_file(path), path);
  std::vector<PublishedLayer> layers;
  for (size_t r = 1; r < records.size(); ++r) {
    const auto number = [&](size_t field) { return std::stoull(records[r].fields.at(field)); };
    PublishedLayer layer;
    layer.name = records[r].fields.at(0);
    layer.nnz_a = number(4);
    layer.nnz_b = number(5);
    for (size_t d = 0; d < 6; ++d)
      layer.dataflows[d] = {number(6 + 3 * d), number(7 + 3 * d), number(8 + 3 * d)};
    layer.folder = folder;
    layers.push_back(layer);
  }
  return layers;
}

}  // namespace nonzero::test
