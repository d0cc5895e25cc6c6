#pragma once

#include <string>
#include <vector>

#include "nonzero/workload/spec.h"

namespace nonzero {

// The workloads whose A is a matrix that is given: a file, a generator's, or all of a folder. B is a second file or
// generator, a dense matrix of `dense_columns`, or A itself: A*A, A*A^T where A is not square.

Operation matrix_from_file(const WorkloadOptions& options, std::vector<std::string>& warnings);
Operation matrix_from_generator(const WorkloadOptions& options);
// Every matrix file below the folder, in the order of its paths. What cannot be read is left out with a warning;
// InputError where nothing is left.
std::vector<Operation> matrices_from_folder(const WorkloadOptions& options,
                                            std::vector<std::string>& warnings);

}  // namespace nonzero
