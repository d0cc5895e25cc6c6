#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nonzero/report/table.h"
#include "nonzero/study/hottiles_preparation.h"
#include "nonzero/study/tile_study.h"

namespace nonzero {

// The matrix, its tiles, how many are hot, cold and empty, and the share of the non-zeros that are hot.
std::string tile_headline(const TileStudy& study);
// A row per partition: what is hot, the prediction with maximum reuse and after the reuse pass, what it hangs on.
Table tile_partitions(const TileStudy& study);
// What preparing the matrix costs on this processor, by step.
Table preparation_table(const HotTilesPreparation& preparation);

// A "nonzero.tiles/1" object; `preparation` may be null.
nlohmann::ordered_json tiles_json(const TileStudy& study, const HotTilesPreparation* preparation,
                                  const std::string& command);

// A row per tile with a non-zero: place, size, type, and bytes and seconds on its own type after the reuse pass.
Table tile_table(const TileStudy& study);

}  // namespace nonzero
