#include "nonzero/arch/flexagon/dataflow.h"

#include <utility>

namespace nonzero::flexagon {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"ip-m", "op-m", "gust-m", "ip-n", "op-n", "gust-n"};
constexpr std::array<std::string_view, 6> kTitles = {"IP(M)", "OP(M)", "Gust(M)",
                                                     "IP(N)", "OP(N)", "Gust(N)"};

}  // namespace

Order order_of_a(Dataflow dataflow) {
  switch (method(dataflow)) {
    case Method::kInner:
      return Order::kRows;
    case Method::kOuter:
      return Order::kColumns;
    case Method::kGustavson:
      break;
  }
  return n_stationary(dataflow) ? Order::kColumns : Order::kRows;
}

Order order_of_b(Dataflow dataflow) {
  switch (method(dataflow)) {
    case Method::kInner:
      return Order::kColumns;
    case Method::kOuter:
      return Order::kRows;
    case Method::kGustavson:
      break;
  }
  return n_stationary(dataflow) ? Order::kColumns : Order::kRows;
}

Order order_of_c(Dataflow dataflow) { return n_stationary(dataflow) ? Order::kColumns : Order::kRows; }

std::string_view name(Dataflow dataflow) { return kNames[static_cast<size_t>(dataflow)]; }

std::optional<Dataflow> dataflow_named(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return kDataflows[i];
  return std::nullopt;
}

std::string_view title(Dataflow dataflow) { return kTitles[static_cast<size_t>(dataflow)]; }

Sides OperandPair::sides(Dataflow dataflow) {
  const auto by = [](const std::shared_ptr<const Csr>& rows, std::shared_ptr<const Csr>& columns,
                     Order order) {
    if (order == Order::kRows) return rows;
    if (!columns) columns = std::make_shared<const Csr>(transpose(*rows));
    return columns;
  };
  const auto a = by(a_, a_columns_, order_of_a(dataflow));
  const auto b = by(b_, b_columns_, order_of_b(dataflow));
  if (n_stationary(dataflow)) return {method(dataflow), b_->columns, a_->rows, a_->columns, b, a};
  return {method(dataflow), a_->rows, b_->columns, a_->columns, a, b};
}

}  // namespace nonzero::flexagon
