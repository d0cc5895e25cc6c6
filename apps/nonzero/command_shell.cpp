#include <fmt/format.h>

#include <iostream>

#include "common.h"

namespace nonzero::app {
namespace {

std::string joined_options(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
  return words;
}

std::vector<const CLI::App*> subcommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string design_words() {
  std::string words;
  for (const Design& design : accelerators()) {
    words += design.name + " ";
    for (const std::string& alias : design.aliases) words += alias + " ";
  }
  return words;
}

std::string bash_completion(const CLI::App& app) {
  std::string cases, names;
  for (const CLI::App* sub : subcommands(app)) {
    names += sub->get_name() + " ";
    std::string words = joined_options(*sub);
    for (const CLI::App* deeper : subcommands(*sub)) words += deeper->get_name() + " ";
    if (sub->get_option_no_throw("design") != nullptr || sub->get_option_no_throw("designs") != nullptr ||
        sub->get_name() == "arch")
      words += design_words();
    cases += fmt::format("    {}) words='{}' ;;\n", sub->get_name(), words);
  }
  return fmt::format(
      "# bash completion of nonzero; use: source <(nonzero completion)\n"
      "_nonzero() {{\n"
      "  local words word=${{COMP_WORDS[COMP_CWORD]}}\n"
      "  case ${{COMP_WORDS[1]}} in\n{}    *) words='{}--help --version' ;;\n  esac\n"
      "  [ \"$COMP_CWORD\" = 1 ] && words='{}--help --version'\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
      "}}\n"
      "complete -o default -F _nonzero nonzero\n",
      cases, names, names);
}

std::string roff(std::string text) {
  for (size_t at = 0; (at = text.find_first_of("\\-", at)) != std::string::npos; at += 2)
    text.insert(at, 1, '\\');
  return text;
}

void append_options(const CLI::App& app, std::string& page) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name(false, true);
    page += fmt::format(".TP\n.B {}\n{}\n", roff(name), roff(option->get_description()));
  }
}

std::string man_page(const CLI::App& app) {
  std::string page = fmt::format(".TH NONZERO 1 \"\" \"nonzero {}\" \"User Commands\"\n", NONZERO_VERSION);
  page += ".SH NAME\nnonzero \\- simulates and co\\-designs sparse\\-matrix accelerators\n";
  page += ".SH SYNOPSIS\n.B nonzero\n.I COMMAND\n[options]\n.SH COMMANDS\n";
  for (const CLI::App* sub : subcommands(app)) {
    page += fmt::format(".SS {}\n{}\n", roff(sub->get_name()), roff(sub->get_description()));
    append_options(*sub, page);
    for (const CLI::App* deeper : subcommands(*sub)) {
      page += fmt::format(".TP\n.B {} {}\n{}\n", roff(sub->get_name()), roff(deeper->get_name()),
                          roff(deeper->get_description()));
    }
    if (!sub->get_footer().empty()) page += ".PP\n.nf\n" + roff(sub->get_footer()) + "\n.fi\n";
  }
  page +=
      ".SH EXIT STATUS\n0 for success, 1 for a failure of nonzero or the system, 2 for bad usage or input, 130 when interrupted.\n";
  return page;
}

}  // namespace

void add_shell(CLI::App& app) {
  CLI::App* completion = app.add_subcommand("completion", "a bash completion script on standard output");
  completion->footer("Example:\n  source <(nonzero completion)");
  completion->callback([&app] { std::cout << bash_completion(app); });
  CLI::App* man = app.add_subcommand("man", "the manual page on standard output");
  man->footer("Example:\n  nonzero man | man -l -");
  man->callback([&app] { std::cout << man_page(app); });
}

}  // namespace nonzero::app
