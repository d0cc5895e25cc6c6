#include <fmt/format.h>

#include <iostream>

#include "common.h"
#include "nonzero/io/file.h"
#include "nonzero/report/findings_text.h"
#include "nonzero/report/page_data.h"

namespace nonzero::app {
void add_study(CLI::App& app, const std::string& command) {
  struct State {
    std::string id, html_file;
    bool json = false;
    int threads = 0;
  };
  const auto state = std::make_shared<State>();
  CLI::App* sub = app.add_subcommand("study", "a question put to the machines, with its answer");
  sub->add_option("study", state->id, fmt::format("one of: {}", fmt::join(study_ids(), ", ")))->required();
  sub->add_flag("--json", state->json, "as one JSON object");
  sub->add_option("--html", state->html_file, "write a report page");
  sub->add_option("--threads", state->threads, "threads to use (default: all)");
  sub->footer("Examples:\n  nonzero study flexagon-port\n  nonzero study flexagon-port --html port.html");
  sub->callback([state, command] {
    if (!state->html_file.empty()) require_page();
    with_threads(state->threads, [&] {
      const Findings findings = run_named_study(state->id);
      const nlohmann::ordered_json json = findings_json(findings, command);
      if (!state->html_file.empty())
        write_atomically(state->html_file, study_page(findings.title, command, {&json, 1}));
      std::cout << (state->json ? json.dump() + "\n" : findings_text(findings));
    });
  });
}

}  // namespace nonzero::app
