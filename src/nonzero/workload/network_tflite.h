#pragma once

#include <memory>

#include "nonzero/io/tflite.h"
#include "nonzero/workload/network_builder.h"

namespace nonzero::network {

// Every convolution and matrix product of the graph whose weights are constant. Throws InputError naming
// operator and index for one that nonzero does not know, and for shapes that do not belong together.
void add_layers(NetworkBuilder& builder, const TfliteModel& model);

}  // namespace nonzero::network
