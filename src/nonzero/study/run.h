#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nonzero/arch/accelerator.h"

namespace nonzero {

// What becomes of the product.
enum class OutputMode : uint8_t { kNone, kCheck, kKeep };

struct StudyOptions {
  OutputMode output = OutputMode::kNone;
  bool timeline = false;
  bool views = false;
  bool concurrent = false;
  bool wall = false;    // measure the simulation, operands at hand
  std::string command;  // the line that gives the run again
  const Progress* progress = nullptr;
};

// Products with more effectual multiplications are checked by Freivalds' method, not compared.
inline constexpr uint64_t kMostComparedMultiplications = 200'000'000;

// Runs the operations one by one on a machine and judges each product by the reference: compared
// where that is affordable, else by Freivalds. Throws std::logic_error where a product is wrong or
// an invariant is broken: both are failures of ours. The tensors of an exported training step are held to
// what was exported with it; InputError where they differ. Of attention with more multiplications a sample of
// rows is compared.
RunResult run_study(const Accelerator& machine, std::span<const Operation> operations,
                    const StudyOptions& options);

// Several machines on the same operations.
std::vector<RunResult> compare_study(std::span<const std::unique_ptr<Accelerator>> machines,
                                     std::span<const Operation> operations, const StudyOptions& options);

}  // namespace nonzero
