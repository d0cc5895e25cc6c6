#include "nonzero/workload/operation.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/memory.h"
#include "nonzero/base/random.h"
#include "nonzero/tensor/generate.h"

namespace nonzero {
namespace {

template <class T>
void absorb(XXH3_state_t* state, const std::vector<T>& data) {
  XXH3_64bits_update(state, data.data(), data.size() * sizeof(T));
}

std::string hash_text(uint64_t hash) { return fmt::format("xxh3:{:016x}", hash); }

std::string hash_of(const Matrix& matrix) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  std::visit(
      [&](const auto& m) {
        absorb(&state, std::vector<uint64_t>{m.rows, m.columns});
        if constexpr (std::is_same_v<std::decay_t<decltype(m)>, Csr>) {
          absorb(&state, m.offsets);
          absorb(&state, m.indices);
        } else {
          absorb(&state, m.words);
        }
        absorb(&state, m.values);
      },
      matrix);
  return hash_text(XXH3_64bits_digest(&state));
}

uint64_t rows_of(const Matrix& matrix) {
  return std::visit([](const auto& m) { return m.rows; }, matrix);
}
uint64_t columns_of(const Matrix& matrix) {
  return std::visit([](const auto& m) { return m.columns; }, matrix);
}

}  // namespace

uint64_t nnz(const Matrix& matrix) {
  if (const Csr* csr = std::get_if<Csr>(&matrix)) return csr->nnz();
  return std::get<Bitmap>(matrix).count();
}

struct Operand::State {
  uint64_t rows = 0, columns = 0;
  double density = 0;
  uint64_t expected_nnz = 0;
  std::string source;
  uint64_t value_seed = 1;
  std::function<Matrix()> make;

  std::mutex mutex;
  std::shared_ptr<const Matrix> kept;
  std::weak_ptr<const Matrix> made;
  std::string hash;
};

Operand Operand::of(Matrix matrix, std::string source, uint64_t value_seed) {
  Operand operand;
  operand.state_ = std::make_shared<State>();
  State& s = *operand.state_;
  s.rows = rows_of(matrix);
  s.columns = columns_of(matrix);
  s.expected_nnz = nnz(matrix);
  const double elements = static_cast<double>(s.rows) * static_cast<double>(s.columns);
  s.density = elements > 0 ? static_cast<double>(s.expected_nnz) / elements : 0;
  s.source = std::move(source);
  s.value_seed = value_seed;
  s.hash = hash_of(matrix);
  s.kept = std::make_shared<const Matrix>(std::move(matrix));
  return operand;
}

Operand Operand::lazy(uint64_t rows, uint64_t columns, double density, std::string source,
                      uint64_t value_seed, std::function<Matrix()> make) {
  Operand operand;
  operand.state_ = std::make_shared<State>();
  State& s = *operand.state_;
  s.rows = rows;
  s.columns = columns;
  s.density = density;
  s.expected_nnz =
      static_cast<uint64_t>(std::llround(static_cast<double>(rows) * static_cast<double>(columns) * density));
  s.source = std::move(source);
  s.value_seed = value_seed;
  s.make = std::move(make);
  return operand;
}

uint64_t Operand::rows() const { return state_->rows; }
uint64_t Operand::columns() const { return state_->columns; }
double Operand::density() const { return state_->density; }
uint64_t Operand::expected_nnz() const { return state_->expected_nnz; }
const std::string& Operand::source() const { return state_->source; }
uint64_t Operand::value_seed() const { return state_->value_seed; }

bool Operand::at_hand() const { return state_->kept != nullptr; }

std::shared_ptr<const Matrix> Operand::matrix() const {
  State& s = *state_;
  if (s.kept) return s.kept;
  const std::lock_guard lock(s.mutex);
  if (auto alive = s.made.lock()) return alive;
  auto fresh = std::make_shared<const Matrix>(s.make());
  s.made = fresh;
  return fresh;
}

std::string Operand::hash() const {
  if (!state_->hash.empty()) return state_->hash;
  return hash_of_bytes(state_->source);
}

std::string drawn_input_source(const IntegerConvolution& convolution, uint64_t seed) {
  return convolution.density < 1 ? fmt::format("drawn:int8,density={},seed={}", convolution.density, seed)
                                 : fmt::format("drawn:int8,seed={}", seed);
}

std::string hash_of_bytes(std::string_view bytes) {
  return hash_text(XXH3_64bits(bytes.data(), bytes.size()));
}

Csr with_values(const Matrix& matrix, uint64_t seed, DataType type, bool drop_stored_zeros) {
  Csr csr = std::holds_alternative<Csr>(matrix) ? std::get<Csr>(matrix) : to_csr(std::get<Bitmap>(matrix));
  if (csr.values.empty()) {
    draw_values(csr.values, csr.nnz(), seed);
    // Whole numbers other than zero, so that rounding loses no element.
    if (is_integer(type))
      for (float& value : csr.values) value = std::copysign(std::ceil(std::fabs(value) * 127.0F), value);
  }
  round_to(type, csr.values);
  return drop_stored_zeros ? drop_zeros(csr) : csr;
}

Operation make_gemm(std::string name, Operand a, Operand b, uint64_t seed) {
  if (a.columns() != b.rows())
    throw InputError(fmt::format("A is {} x {} ({}), B is {} x {} ({})", a.rows(), a.columns(), a.source(),
                                 b.rows(), b.columns(), b.source()),
                     "A must have as many columns as B has rows");
  Operation operation;
  operation.name = std::move(name);
  operation.kind = a.density() < 1 && b.density() < 1 ? "spgemm" : a.density() < 1 ? "spmm" : "gemm";
  operation.seed = seed;
  operation.body = Gemm{std::move(a), std::move(b)};
  return operation;
}

Operation random_gemm(std::string name, uint64_t m, uint64_t n, uint64_t k, double density_a,
                      double density_b, uint64_t seed) {
  const auto operand = [](uint64_t rows, uint64_t columns, double density, uint64_t stream) {
    return Operand::lazy(
        rows, columns, density,
        fmt::format("uniform:rows={},columns={},density={},seed={}", rows, columns, density, stream),
        derive_seed(stream, 1), [=]() -> Matrix {
          require_memory(static_cast<double>(rows) * static_cast<double>(ceil_div(columns, 64)) * 8,
                         fmt::format("a {} x {} bitmap", rows, columns));
          return generate_uniform_bitmap(rows, columns, density, stream);
        });
  };
  return make_gemm(std::move(name), operand(m, k, density_a, derive_seed(seed, 11)),
                   operand(k, n, density_b, derive_seed(seed, 22)), seed);
}

uint64_t effectual_multiplications(const Matrix& a, const Matrix& b) {
  const std::vector<uint32_t> by_k = std::visit([](const auto& m) { return column_counts(m); }, a);
  std::vector<uint64_t> offsets;
  if (const Csr* csr = std::get_if<Csr>(&b))
    offsets = csr->offsets;
  else
    offsets = row_offsets(std::get<Bitmap>(b));
  uint64_t total = 0;
  for (size_t k = 0; k < by_k.size(); ++k) total += by_k[k] * (offsets[k + 1] - offsets[k]);
  return total;
}

}  // namespace nonzero
