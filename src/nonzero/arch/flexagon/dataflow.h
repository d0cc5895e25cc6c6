#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "nonzero/tensor/formats.h"

namespace nonzero::flexagon {

// Flexagon, Table 3: the method, and which dimension of C is outermost. In the table's order, which
// also breaks ties.
enum class Method : uint8_t { kInner, kOuter, kGustavson };
enum class Dataflow : uint8_t { kInnerM, kOuterM, kGustavsonM, kInnerN, kOuterN, kGustavsonN };

inline constexpr std::array<Dataflow, 6> kDataflows = {Dataflow::kInnerM,     Dataflow::kOuterM,
                                                       Dataflow::kGustavsonM, Dataflow::kInnerN,
                                                       Dataflow::kOuterN,     Dataflow::kGustavsonN};

// Which fibers of a matrix lie together in memory.
enum class Order : uint8_t { kRows, kColumns };  // CSR, CSC

[[nodiscard]] constexpr Method method(Dataflow dataflow) {
  return static_cast<Method>(static_cast<uint8_t>(dataflow) % 3);
}
[[nodiscard]] constexpr bool n_stationary(Dataflow dataflow) { return static_cast<uint8_t>(dataflow) >= 3; }

// Formats of Table 3 from the loop order: IP reads A by rows and B by columns, OP A by columns and B
// by rows, Gustavson both along the outermost dimension; C is left along it.
[[nodiscard]] Order order_of_a(Dataflow dataflow);
[[nodiscard]] Order order_of_b(Dataflow dataflow);
[[nodiscard]] Order order_of_c(Dataflow dataflow);

// "ip-m", "op-m", "gust-m", "ip-n", "op-n", "gust-n".
[[nodiscard]] std::string_view name(Dataflow dataflow);
[[nodiscard]] std::optional<Dataflow> dataflow_named(std::string_view name);
// As the paper prints it: "IP(M)".
[[nodiscard]] std::string_view title(Dataflow dataflow);

// Both operands as a dataflow reads them. X(N) on (A, B) is X(M) on (B', A') with C transposed, so the
// walk knows M-stationary dataflows alone: C[rows, columns] = STA[rows, inner] * STR[inner, columns].
//   inner product   stationary fibers are rows,            streamed fibers are columns (indices: k)
//   outer product   stationary fibers are columns (of k),  streamed fibers are rows k (indices: column)
//   Gustavson       stationary fibers are rows,            streamed fibers are rows k (indices: column)
struct Sides {
  Method method = Method::kInner;
  uint64_t rows = 0, columns = 0, inner = 0;
  std::shared_ptr<const Csr> stationary, streaming;
};

// A and its transpose (B likewise) made at most once, whatever dataflows ask for them.
class OperandPair {
 public:
  OperandPair(std::shared_ptr<const Csr> a, std::shared_ptr<const Csr> b)
      : a_(std::move(a)), b_(std::move(b)) {}

  [[nodiscard]] const Csr& a() const { return *a_; }
  [[nodiscard]] const Csr& b() const { return *b_; }
  [[nodiscard]] Sides sides(Dataflow dataflow);

 private:
  std::shared_ptr<const Csr> a_, b_, a_columns_, b_columns_;
};

}  // namespace nonzero::flexagon
