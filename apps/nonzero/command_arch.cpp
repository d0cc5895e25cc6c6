#include <fmt/format.h>

#include <iostream>

#include "common.h"
#include "nonzero/report/table.h"

namespace nonzero::app {

void add_arch(CLI::App& app) {
  CLI::App* arch = app.add_subcommand("arch", "what designs exist, and their configurations");
  arch->require_subcommand(1);
  arch->footer("Examples:\n  nonzero arch list\n  nonzero arch show sigma > mine.yaml");

  CLI::App* list = arch->add_subcommand("list", "the designs in the house");
  list->callback([] {
    Table table({"design", "also", "what it is"});
    for (const Design& design : accelerators())
      table.add({design.name, fmt::format("{}", fmt::join(design.aliases, ", ")), design.summary});
    std::cout << table.text();
  });

  struct State {
    std::string design;
    CommonOptions options;
  };
  const auto state = std::make_shared<State>();
  CLI::App* show = arch->add_subcommand("show", "a design's full configuration as commented YAML");
  show->add_option("design", state->design)->required();
  show->add_option("--set", state->options.assignments, "key=value, repeatable");
  show->callback([state] {
    const Design& design = find_accelerator(state->design);
    std::cout << design.expand("", "", state->options.assignments);
  });
}

}  // namespace nonzero::app
