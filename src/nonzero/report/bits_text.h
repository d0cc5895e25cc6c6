#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nonzero/codesign/network_bits.h"
#include "nonzero/report/table.h"

namespace nonzero {

// A row per layer, and one for all.
Table bits_table(const std::vector<LayerBits>& layers);

// A "nonzero.bits/1" object.
nlohmann::ordered_json bits_json(const std::string& network, const std::vector<LayerBits>& layers,
                                 const std::string& command);

}  // namespace nonzero
