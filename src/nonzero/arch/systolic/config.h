#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "nonzero/base/config.h"
#include "nonzero/tensor/data_type.h"

namespace nonzero::systolic {

enum class Stationary : uint8_t { kMk, kKn, kBest };
enum class Flow : uint8_t { kWs, kIs, kOs };
enum class Fold : uint8_t { kSigma, kScalesim };
enum class Timing : uint8_t { kAnalytic, kDetailed };

// The array of the paper's comparison; see fields() for meaning, range and source of each.
struct Config {
  int64_t rows = 128;
  int64_t columns = 128;
  Fold fold = Fold::kSigma;
  Stationary stationary = Stationary::kBest;
  Flow dataflow = Flow::kWs;
  Timing timing = Timing::kDetailed;
  int64_t load_words = 128;
  DataType data_type = DataType::kBf16;
  double operand_buffer_mib = 24;
  std::string dram = "ideal";
  double clock_mhz = 500;
  std::string technology = "tsmc28";

  [[nodiscard]] uint64_t cells() const {
    return static_cast<uint64_t>(rows) * static_cast<uint64_t>(columns);
  }
};

std::span<const ConfigField> fields();

// Rules that span fields. Throws InputError.
void check(const Config& config);

}  // namespace nonzero::systolic
