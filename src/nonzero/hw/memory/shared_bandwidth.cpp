#include "nonzero/hw/memory/shared_bandwidth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

struct Demand {
  double cap = 0, weight = 1;

  [[nodiscard]] double height() const { return cap / weight; }
};

// Who takes less than his part leaves the rest to the others: with the caps over weights in ascending order one
// pass does.
template <class DemandOf, class Set>
void pour(std::span<const size_t> ascending, double total, const DemandOf& demand_of, const Set& set) {
  double left = total, weights = 0;
  for (const size_t i : ascending) weights += demand_of(i).weight;
  for (const size_t i : ascending) {
    const Demand demand = demand_of(i);
    const double share = std::min(demand.cap, left * std::min(1.0, demand.weight / weights));
    set(i, share);
    left = std::max(0.0, left - share);
    weights -= demand.weight;
  }
}

}  // namespace

std::vector<double> max_min_shares(std::span<const double> caps, double total,
                                   std::span<const double> weights) {
  const auto demand = [&](size_t i) { return Demand{caps[i], weights.empty() ? 1 : weights[i]}; };
  std::vector<size_t> order(caps.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return demand(a).height() < demand(b).height(); });
  std::vector<double> shares(caps.size());
  pour(order, total, demand, [&](size_t i, double share) { shares[i] = share; });
  return shares;
}

SharedBandwidth::SharedBandwidth(double bytes_per_second, size_t clients)
    : bytes_per_second_(bytes_per_second), clients_(clients) {
  if (!(bytes_per_second > 0) || std::isinf(bytes_per_second))
    throw InputError(fmt::format("a shared bandwidth of {} bytes/s", bytes_per_second),
                     "a finite number above 0");
  busy_.reserve(clients);
}

void SharedBandwidth::start(size_t client, const Transfer& transfer) {
  Client& c = clients_.at(client);
  if (c.busy) throw std::logic_error(fmt::format("client {} is still busy", client));
  if (!(transfer.bytes > 0) || !(transfer.weight > 0))
    throw std::logic_error(fmt::format("client {} has nothing to move", client));
  c.busy = true;
  c.remaining = transfer.bytes;
  c.weight = transfer.weight;
  c.cap = transfer.least_seconds > 0 ? transfer.bytes / transfer.least_seconds
                                     : std::numeric_limits<double>::infinity();
  const auto before = [&](size_t a, size_t b) {
    const double at_a = clients_[a].cap / clients_[a].weight, at_b = clients_[b].cap / clients_[b].weight;
    return at_a != at_b ? at_a < at_b : a < b;
  };
  busy_.insert(std::lower_bound(busy_.begin(), busy_.end(), client, before), client);
  shared_ = false;
}

void SharedBandwidth::share() {
  if (shared_) return;
  pour(
      busy_, bytes_per_second_,
      [&](size_t i) {
        return Demand{clients_[i].cap, clients_[i].weight};
      },
      [&](size_t i, double share) { clients_[i].rate = share; });
  shared_ = true;
}

std::optional<size_t> SharedBandwidth::advance() {
  if (busy_.empty()) return std::nullopt;
  share();
  double shortest = std::numeric_limits<double>::infinity();
  size_t first = 0;
  for (const size_t i : busy_) {
    const double seconds = clients_[i].remaining / clients_[i].rate;
    if (seconds < shortest || (seconds == shortest && i < first)) {
      shortest = seconds;
      first = i;
    }
  }
  now_ += shortest;
  for (const size_t i : busy_)
    clients_[i].remaining = std::max(0.0, clients_[i].remaining - clients_[i].rate * shortest);
  busy_.erase(std::find(busy_.begin(), busy_.end(), first));
  clients_[first] = {};
  shared_ = false;
  return first;
}

void SharedBandwidth::wait(double seconds) {
  if (!busy_.empty()) throw std::logic_error("time passes by itself only where nobody is busy");
  now_ += seconds;
}

double SharedBandwidth::rate(size_t client) {
  share();
  return clients_.at(client).rate;
}

}  // namespace nonzero::hw
