#include "nonzero/report/page_data.h"

#include <fmt/format.h>

#include "nonzero/report/page.h"
#include "nonzero/result/json.h"

namespace nonzero {

void require_page() {
  if (!page_available()) render_page({});
}

std::string result_page(std::span<const RunResult> runs) {
  nlohmann::ordered_json data;
  data["schema"] = "nonzero.page/1";
  std::string title;
  for (const RunResult& run : runs) title += (title.empty() ? "" : " and ") + run.results.front().accelerator;
  const Result& first = runs.front().results.front();
  data["title"] = fmt::format("{} on {}", title, runs.front().results.size() == 1 ? first.operation : first.network);
  data["command"] = first.command;
  data["results"] = nlohmann::ordered_json::array();
  data["summaries"] = nlohmann::ordered_json::array();
  data["views"] = nlohmann::ordered_json::object();
  for (const RunResult& run : runs) {
    for (const Result& result : run.results) {
      data["results"].push_back(to_json(result));
      for (const auto& [name, view] : result.views)
        if (!data["views"].contains(name)) data["views"][name] = view;
    }
    if (run.results.size() > 1) data["summaries"].push_back(summary_json(run));
  }
  return render_page(data);
}

}  // namespace nonzero
