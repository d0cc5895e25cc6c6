#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "nonzero/base/config.h"
#include "nonzero/tensor/data_type.h"

namespace nonzero::sigma {

enum class Stationary : uint8_t { kMk, kKn, kBest, kNone };
enum class Timing : uint8_t { kAnalytic, kDetailed };
enum class Reduction : uint8_t { kFan, kArt, kLinear };
enum class Drain : uint8_t { kArray, kDpe };
enum class Accumulate : uint8_t { kFree, kCharged };
enum class Limited : uint8_t { kPublished, kPhysical };
enum class Packing : uint8_t { kSlab, kRowMajor };
enum class Routing : uint8_t { kSample, kFull, kNone };

// The machine of the paper; see fields() for meaning, range and source of each.
struct Config {
  int64_t flex_dpes = 128;
  int64_t multipliers_per_dpe = 128;
  int64_t load_words = 128;
  int64_t stream_words = kUnlimited;
  Stationary stationary = Stationary::kBest;
  Timing timing = Timing::kDetailed;
  Reduction reduction = Reduction::kFan;
  Drain drain = Drain::kArray;
  DataType data_type = DataType::kBf16;
  Accumulate accumulate = Accumulate::kFree;
  Limited limited = Limited::kPublished;
  Packing packing = Packing::kSlab;
  Routing routing = Routing::kSample;
  double routing_share = 1e-6;
  double operand_buffer_mib = 24;
  std::string dram = "ideal";
  double clock_mhz = 500;
  std::string technology = "tsmc28";

  [[nodiscard]] uint64_t multipliers() const {
    return static_cast<uint64_t>(flex_dpes) * static_cast<uint64_t>(multipliers_per_dpe);
  }
  [[nodiscard]] bool limits_streaming() const { return stream_words != kUnlimited; }
};

std::span<const ConfigField> fields();

// Rules that span fields or are no range. Throws InputError.
void check(const Config& config);

}  // namespace nonzero::sigma
