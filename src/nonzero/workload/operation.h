#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nonzero/io/step_folder.h"
#include "nonzero/result/result.h"
#include "nonzero/tensor/data_type.h"
#include "nonzero/tensor/formats.h"
#include "nonzero/workload/attention.h"
#include "nonzero/workload/integer_layer.h"
#include "nonzero/workload/semiring.h"

namespace nonzero {

// An operand's data: compressed runs where a sparse file was given, bit words where generated.
using Matrix = std::variant<Csr, Bitmap>;

uint64_t nnz(const Matrix& matrix);

// A matrix operand: its shape and density at once, its data made when first asked for and dropped
// when nobody holds it any more, so that a network of hundreds of layers never stands in memory.
class Operand {
 public:
  // Data at hand. `drop_stored_zeros` is common.md's rule for GEMM suites.
  static Operand of(Matrix matrix, std::string source, uint64_t value_seed = 1);
  // Data made on demand. `make` returns a rows x columns matrix and must be repeatable.
  static Operand lazy(uint64_t rows, uint64_t columns, double density, std::string source,
                      uint64_t value_seed, std::function<Matrix()> make);

  [[nodiscard]] uint64_t rows() const;
  [[nodiscard]] uint64_t columns() const;
  [[nodiscard]] double density() const;
  // Elements other than zero: counted where the data is at hand, expected from the density otherwise.
  [[nodiscard]] uint64_t expected_nnz() const;
  [[nodiscard]] const std::string& source() const;
  [[nodiscard]] uint64_t value_seed() const;
  // Given as data, not as a description to be made on demand.
  [[nodiscard]] bool at_hand() const;
  [[nodiscard]] std::shared_ptr<const Matrix> matrix() const;
  // XXH3 of shape, positions and values where the data is at hand, of the description otherwise.
  [[nodiscard]] std::string hash() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// XXH3 of the bytes, as a result shows it.
std::string hash_of_bytes(std::string_view bytes);

// The matrix with values: drawn from `seed` where it is a pattern, rounded to `type`, zeros of the
// rounded values dropped where asked.
Csr with_values(const Matrix& matrix, uint64_t seed, DataType type, bool drop_stored_zeros);

// C[M,N] = A[M,K] * B[K,N]; sparse or dense on either side.
struct Gemm {
  Operand a, b;
  Semiring semiring = Semiring::kPlusTimes;
};

// How the exported step of a layer was trained.
struct StepRule {
  PruningMethod method = PruningMethod::kBdwp;
  NmRatio ratio;
  bool mixed_precision = false;
  bool operator==(const StepRule&) const = default;
};

// One layer's training step: forward, input gradient and weight gradient. Without tensors it is a shape.
struct TrainingStep {
  StepShape shape;
  double density_x = 1, density_dy = 1;
  OperandInfo weight, x;            // hash and source
  std::optional<StepRule> trained;  // of an exported step
  // Reads the layer's tensors, as often as asked; empty where only the shape is known.
  std::function<StepTensors()> tensors;
};

// A layer with int8 weights as its loop bounds stand, without im2col.
struct IntegerConvolution {
  std::shared_ptr<const IntegerLayer> layer;
  std::shared_ptr<const IntegerActivations> input;  // null: drawn from the operation's seed where wanted
  double density = 1;                               // of a drawn input: the others are the zero point
};

// What a result says of a drawn input.
std::string drawn_input_source(const IntegerConvolution& convolution, uint64_t seed);

// The closed set of kinds (common.md, "Operations"); each machine refuses by name what it lacks.
using OperationKind = std::variant<Gemm, TrainingStep, IntegerConvolution, Attention>;

// M, N and K as common.md means them. Of a training step: its forward pass as a convolution is lowered, M the
// output channels; of attention: the scores of one head, and K the head's dimension.
struct Extents {
  uint64_t m = 0, n = 0, k = 0;
};

struct Operation {
  std::string name;
  std::string kind = "gemm";  // gemm, spgemm, spmm, training step, conv2d or attention, as common.md names it
  std::string network;        // "" outside a network
  uint64_t repeat = 1;
  uint64_t seed = 1;
  OperationKind body;

  [[nodiscard]] const Gemm& gemm() const { return std::get<Gemm>(body); }
  // Nothing where the operation is of another kind.
  [[nodiscard]] const TrainingStep* step() const { return std::get_if<TrainingStep>(&body); }
  [[nodiscard]] const IntegerConvolution* convolution() const {
    return std::get_if<IntegerConvolution>(&body);
  }
  [[nodiscard]] const Attention* attention() const { return std::get_if<Attention>(&body); }
  [[nodiscard]] Extents extents() const;
  [[nodiscard]] uint64_t m() const { return extents().m; }
  [[nodiscard]] uint64_t n() const { return extents().n; }
  [[nodiscard]] uint64_t k() const { return extents().k; }
};

// Writes name, kind, shape, operands and seed into a result; the counts of non-zeros are the expected
// ones until the machine counts them.
void describe(Result& result, const Operation& operation);

// Throws InputError where A's columns are not B's rows.
Operation make_gemm(std::string name, Operand a, Operand b, uint64_t seed = 1);

// M x N x K with uniformly random zeros at the given densities.
Operation random_gemm(std::string name, uint64_t m, uint64_t n, uint64_t k, double density_a,
                      double density_b, uint64_t seed);

// Sum over k of nnz(A[:,k]) * nnz(B[k,:]).
uint64_t effectual_multiplications(const Matrix& a, const Matrix& b);

}  // namespace nonzero
