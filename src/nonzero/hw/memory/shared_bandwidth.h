#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace nonzero::hw {

// Max-min fair shares of `total` among clients that can each take no more than their cap: nobody's share over
// its weight can grow without taking from one who has no more. Shares in the order of `caps`; a cap may be
// infinite; no weights: all alike.
std::vector<double> max_min_shares(std::span<const double> caps, double total,
                                   std::span<const double> weights = {});

// What a client moves. Alone it would take `least_seconds`, by what limits it besides the memory (its outstanding
// requests, its own link, its computing), so that it never draws more than bytes / least_seconds.
struct Transfer {
  double bytes = 0;          // above 0
  double least_seconds = 0;  // 0: nothing but the memory limits it
  double weight = 1;         // above 0: of its requests among those of all
};

// SHARED MEMORY BANDWIDTH between clients that work side by side.
//
//   ports       start (client, transfer); advance -> the client that is through next
//   throughput  max-min fair shares of bytes_per_second by weight, each client capped by its own transfer; shares change
//               when a transfer starts or ends and stand still between
//   time        real seconds since the start; clients that end together end in the order of their numbers
//
// Nothing is stepped: the next end follows from remaining bytes and shares.
class SharedBandwidth {
 public:
  // Throws InputError unless bytes_per_second is above 0 and finite.
  SharedBandwidth(double bytes_per_second, size_t clients);

  // Throws std::logic_error where the client is busy or has nothing to move.
  void start(size_t client, const Transfer& transfer);
  // Nothing where no client is busy: then time stands still.
  std::optional<size_t> advance();
  // Lets time pass with nobody busy; std::logic_error otherwise.
  void wait(double seconds);

  [[nodiscard]] double now() const { return now_; }
  [[nodiscard]] size_t busy() const { return busy_.size(); }
  // The client's share at this moment; 0 where it is not busy.
  [[nodiscard]] double rate(size_t client);

 private:
  struct Client {
    double remaining = 0, cap = 0, weight = 1, rate = 0;
    bool busy = false;
  };

  void share();

  double bytes_per_second_;
  double now_ = 0;
  bool shared_ = true;  // the rates are those of the clients now busy
  std::vector<Client> clients_;
  std::vector<size_t> busy_;  // by cap over weight, then number
};

}  // namespace nonzero::hw
