#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nonzero/report/page_bits.h"
#include "nonzero/report/table.h"
#include "nonzero/study/flip_study.h"

namespace nonzero {

// What the study cannot know of itself.
struct FlipTitle {
  std::string command, search_set, test_set;  // the sets' files
  std::string gain = "bytes saved";           // of a step of the search
  std::string written;                        // the flipped network's file
  FlipObjective objective = FlipObjective::kAccuracy;
  double budget = 0;
};

// The study as a page's data: text, layers, steps, curves and a group drawn bit by bit.
FlipPage flip_page_data(const IntegerNetwork& network, const FlipStudy& study, const FlipTitle& title);

// A "nonzero.flip/1" object.
nlohmann::ordered_json flip_json(const IntegerNetwork& network, const FlipStudy& study,
                                 const FlipTitle& title);

// A row per layer and z, each layer flipped alone.
Table curves_table(const IntegerNetwork& network, const FlipStudy& study);

}  // namespace nonzero
