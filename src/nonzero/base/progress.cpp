#include "nonzero/base/progress.h"

#include "nonzero/base/error.h"

namespace nonzero {
namespace {
std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);
}  // namespace

void Progress::step(const std::string& what, uint64_t done, uint64_t total) const {
  throw_if_stopped();
  if (!listener_) return;
  const std::lock_guard lock(*mutex_);
  listener_(what, done, total);
}

void Progress::request_stop() noexcept { stop_requested.store(true, std::memory_order_relaxed); }

void Progress::throw_if_stopped() {
  if (stop_requested.load(std::memory_order_relaxed)) throw Interrupted();
}

}  // namespace nonzero
