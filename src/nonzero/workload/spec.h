#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nonzero/workload/operation.h"

namespace nonzero {

// What the command line's workload options say.
struct WorkloadOptions {
  std::string word;  // gemm:… file:… square:… matrices:… suite:… layers:… model:… attention:…
  std::string a_file, b_file;  // files; B absent: A*A, or A*A^T where A is not square
  std::string matrices;        // a folder: every matrix file below it
  // Of a dense B where A alone is given, as matrix or folder; where they are not said, `usual_columns`, of machines
  // that multiply by nothing else.
  std::optional<uint64_t> dense_columns, usual_columns;
  std::optional<Semiring> semiring;  // of such a product
  std::string gemm;                  // MxNxK
  std::string suite, layers_file;
  std::string step_folder;           // an exported training step
  std::string model;                 // an int8 network: .tflite, .onnx or a folder with layers.json
  std::optional<uint64_t> subgraph;  // of a .tflite with several
  std::string attention;             // a mask, a model's name or a file of Q, K and V
  std::optional<uint64_t> tokens, heads, head_dim;  // of attention
  std::optional<uint64_t> batch;                    // of a suite of training steps
  std::string generate_a, generate_b;               // generator descriptions
  std::optional<double> density_a, density_b;
  uint64_t seed = 1;
  bool drop_zeros = false;
};

struct Workload {
  std::vector<Operation> operations;
  std::vector<std::string> warnings;  // duplicates added, values drawn, …
  // What the workload says of the machine, as design.key=value: a user's own settings come after it.
  std::vector<std::string> settings;
};

// Throws InputError where nothing, or more than one thing, is asked for.
Workload make_workload(const WorkloadOptions& options);

// What is to be said before it is made: the memory of a generated matrix of a gigabyte and more. Empty otherwise.
std::string workload_notice(const WorkloadOptions& options);

}  // namespace nonzero
