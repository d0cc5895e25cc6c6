#include "nonzero/report/trace.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace nonzero {

std::string chrome_trace(std::span<const Result> results) {
  using Json = nlohmann::ordered_json;
  Json events = Json::array();
  for (size_t process = 0; process < results.size(); ++process) {
    const Result& r = results[process];
    events.push_back({{"name", "process_name"},
                      {"ph", "M"},
                      {"pid", process},
                      {"args", {{"name", r.accelerator + " " + r.operation}}}});
    std::vector<std::string> components;
    for (const Interval& interval : r.timeline) {
      auto found = std::find(components.begin(), components.end(), interval.component);
      if (found == components.end()) {
        events.push_back({{"name", "thread_name"},
                          {"ph", "M"},
                          {"pid", process},
                          {"tid", components.size()},
                          {"args", {{"name", interval.component}}}});
        found = components.insert(components.end(), interval.component);
      }
      events.push_back({{"name", interval.phase},
                        {"ph", "X"},
                        {"pid", process},
                        {"tid", found - components.begin()},
                        {"ts", interval.begin},
                        {"dur", interval.end - interval.begin},
                        {"args", {{"tile", interval.tile}}}});
    }
  }
  return Json{{"traceEvents", events}, {"displayTimeUnit", "ns"}}.dump() + "\n";
}

}  // namespace nonzero
