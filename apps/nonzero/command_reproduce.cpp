#include <fmt/format.h>

#include <iostream>

#include "common.h"
#include "nonzero/report/claims_text.h"
#include "nonzero/study/reproduce.h"

namespace nonzero::app {

void add_reproduce(CLI::App& app, const std::string& command) {
  struct State {
    std::string which;
    bool all = false, json = false;
  };
  const auto state = std::make_shared<State>();
  CLI::App* sub = app.add_subcommand("reproduce", "the published figures beside ours");
  sub->add_option("claim", state->which, "a paper (sigma) or a claim (sigma/cycles)");
  sub->add_flag("--all", state->all, "every claim in the house");
  sub->add_flag("--json", state->json, "as JSON lines");
  sub->footer(
      "Examples:\n  nonzero reproduce sigma\n  nonzero reproduce sigma/fan-vs-linear\n  nonzero reproduce --all");
  sub->callback([state, command] {
    if (state->all == !state->which.empty()) throw InputError("reproduce needs a claim's name or --all");
    const Progress progress = terminal_progress();
    const std::vector<Verdict> verdicts = reproduce(state->all ? "" : state->which, progress);
    std::cout << (state->json ? claims_json(verdicts, command) : claims_text(verdicts));
  });
}

}  // namespace nonzero::app
