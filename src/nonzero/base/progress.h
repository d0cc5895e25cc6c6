#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace nonzero {

// Thread-safe. Told how far long work has come, and asked whether to go on. Models call `step`; the command
// line draws the bar.
class Progress {
 public:
  using Listener = std::function<void(const std::string& what, uint64_t done, uint64_t total)>;

  Progress() = default;
  explicit Progress(Listener listener) : listener_(std::move(listener)) {}

  // Throws Interrupted once `request_stop` has been called.
  void step(const std::string& what, uint64_t done, uint64_t total) const;

  // Safe in a signal handler.
  static void request_stop() noexcept;
  static void throw_if_stopped();

 private:
  Listener listener_;
  std::shared_ptr<std::mutex> mutex_ = std::make_shared<std::mutex>();
};

}  // namespace nonzero
