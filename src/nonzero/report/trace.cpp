#include "nonzero/report/trace.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace nonzero {

namespace {

using Json = nlohmann::ordered_json;

Json meta(const char* what, uint64_t process, uint64_t thread, const std::string& name) {
  Json event = {{"name", what}, {"ph", "M"}, {"pid", process}, {"args", {{"name", name}}}};
  if (std::string_view(what) == "thread_name") event["tid"] = thread;
  return event;
}

Json span(const Interval& interval, uint64_t process, size_t thread, uint64_t begin) {
  return {{"name", interval.phase},
          {"ph", "X"},
          {"pid", process},
          {"tid", thread},
          {"ts", begin},
          {"dur", interval.end - interval.begin},
          {"args", {{"tile", interval.tile}}}};
}

// The number of a component's thread; a new one is announced.
size_t thread_of(std::vector<std::string>& components, const std::string& component, uint64_t process,
                 Json& events) {
  const auto found = std::find(components.begin(), components.end(), component);
  const auto number = static_cast<size_t>(found - components.begin());
  if (found != components.end()) return number;
  events.push_back(meta("thread_name", process, number, component));
  components.push_back(component);
  return number;
}

// Layers of one training step on one clock: forward in their order, then backward from the last to the
// first, each with its update. What SORE prepares and the element-wise work stand with the forward pass.
void add_training_step(std::span<const Result> layers, uint64_t process, Json& events) {
  events.push_back(meta("process_name", process, 0, layers[0].accelerator + " " + layers[0].network));
  std::vector<std::string> stages;
  uint64_t now = 0;
  const auto place = [&](const Result& layer, bool forward) {
    for (const Interval& interval : layer.timeline) {
      const bool goes_back =
          interval.component == "BP" || interval.component == "WU" || interval.component == "WUVE";
      if (goes_back == forward) continue;
      Json event = span(interval, process, thread_of(stages, interval.component, process, events), now);
      event["args"] = {{"layer", layer.operation}};
      events.push_back(std::move(event));
      now += interval.end - interval.begin;
    }
  };
  for (const Result& layer : layers) place(layer, true);
  for (size_t i = layers.size(); i-- > 0;) place(layers[i], false);
}

void add_operation(const Result& r, uint64_t process, Json& events) {
  events.push_back(meta("process_name", process, 0, r.accelerator + " " + r.operation));
  std::vector<std::string> components;
  for (const Interval& interval : r.timeline)
    events.push_back(
        span(interval, process, thread_of(components, interval.component, process, events), interval.begin));
}

}  // namespace

std::string chrome_trace(std::span<const Result> results) {
  Json events = Json::array();
  uint64_t process = 0;
  for (size_t i = 0; i < results.size(); ++process) {
    const Result& r = results[i];
    size_t end = i + 1;
    if (!r.stages.empty())
      while (end < results.size() && results[end].accelerator == r.accelerator &&
             results[end].network == r.network)
        ++end;
    if (r.stages.empty())
      add_operation(r, process, events);
    else
      add_training_step(results.subspan(i, end - i), process, events);
    i = end;
  }
  return Json{{"traceEvents", events}, {"displayTimeUnit", "ns"}}.dump() + "\n";
}

}  // namespace nonzero
