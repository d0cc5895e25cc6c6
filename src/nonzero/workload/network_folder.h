#pragma once

#include "nonzero/io/integer_folder.h"
#include "nonzero/workload/network_builder.h"

namespace nonzero::network {

// The folder's layers with their loop bounds. Throws InputError naming the layer for bounds that do not
// follow from each other.
void add_layers(NetworkBuilder& builder, const IntegerFolder& folder);

// The other way: nonzero's own layout.
IntegerFolder to_folder(const IntegerNetwork& network);

}  // namespace nonzero::network
