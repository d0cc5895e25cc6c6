#include "nonzero/base/memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include "nonzero/base/error.h"

namespace nonzero {

void require_memory(double bytes, const std::string& what) {
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  constexpr double kGib = 1024.0 * 1024 * 1024;
  if (bytes > memory)
    throw InputError(fmt::format("{} would take {:.1f} GiB", what, bytes / kGib),
                     fmt::format("this machine has {:.1f} GiB of memory", memory / kGib));
}

}  // namespace nonzero
