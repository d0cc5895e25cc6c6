#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nonzero {

// Whether this binary carries the report page. It does where npm and Node.js were found at build time.
bool page_available();

// The report page with `data` in it: one HTML file that needs nothing beside itself. `data` is a
// "nonzero.page/1" object, the contract of web/src/data.ts:
//
//   {"schema": "nonzero.page/1", "title": "…", "command": "…",
//    "results": [nonzero.result/1 …], "summaries": [nonzero.summary/1 …],
//    "views": {                                              optional, as is each entry
//      "fan": {"operation": "…", "fold": 0, "flex_dpe": 0, "lanes": 128,
//              "vec_ids": [row or -1 per lane],
//              "adders": [{"index", "level", "enabled", "left", "right"} …],
//              "groups": [{"row", "first", "count", "root"} …]},
//      "mrn": a merging told step by step (arch/flexagon/mrn_view.h), "mrn_example": [the same …],
//      "bit_groups": [{"title": "…", "before": [int8 …], "after": [int8 …], optional} …],
//      "diagonals": [a pattern before and after compression (arch/asadi/views.h) …],
//      "roofline": {"dram_bytes_per_second": {"<accelerator>": number}}},
//    "studies": [nonzero.study/1 …]}                         optional
//
// In a FAN view `left` and `right` are the adders an adder's operands come from, -1 for a lane
// itself; `root` is the adder a group ends at, -1 for a single lane. Ordered objects keep their
// order on the page. No text in `data` can end the element that holds it.
// Throws InputError where the binary carries no page.
std::string render_page(const nlohmann::ordered_json& data);

}  // namespace nonzero
