#pragma once

#include <string>
#include <vector>

#include "nonzero/workload/image_set.h"

namespace nonzero {

// All images of a file, with its labels where it holds them; and the labels of a file.
ImageSet read_image_file(const std::string& path);
std::vector<uint32_t> read_label_file(const std::string& path);

}  // namespace nonzero
