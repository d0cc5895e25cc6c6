#include "nonzero/workload/semiring.h"

#include <fmt/format.h>

#include <array>

#include "nonzero/base/error.h"
#include "nonzero/base/suggest.h"

namespace nonzero {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"plus-times", "min-plus", "max-times", "or-and"};

}  // namespace

std::string_view name(Semiring semiring) { return kNames[static_cast<size_t>(semiring)]; }

std::vector<std::string> semiring_names() { return {kNames.begin(), kNames.end()}; }

Semiring parse_semiring(std::string_view text) {
  for (const Semiring one : kSemirings)
    if (name(one) == text) return one;
  const std::vector<std::string> names = semiring_names();
  throw InputError(fmt::format("unknown semiring '{}'{}", text, did_you_mean(text, names)),
                   fmt::format("allowed: {}", fmt::join(names, ", ")));
}

}  // namespace nonzero
