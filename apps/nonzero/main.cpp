#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <new>

#include "common.h"
#include "nonzero/base/suggest.h"

namespace nonzero::app {
namespace {

constexpr int kOurFailure = 1, kBadInput = 2, kInterrupted = 130;

void stop_on_signal() {
  const auto handler = [](int) { Progress::request_stop(); };
  std::signal(SIGINT, handler);
  std::signal(SIGTERM, handler);
}

// CLI11 names the word it does not know; we add the nearest that it does.
std::string explain_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  std::vector<std::string> names;
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  for (const CLI::Option* option : at->get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  for (const CLI::App* sub : at->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  std::string text = error.what();
  for (const std::string& word : at->remaining()) text += did_you_mean(word.substr(0, word.find('=')), names);
  return text;
}

int report(const std::string& text, int status) {
  std::cout.flush();
  fmt::print(stderr, "nonzero: {}\n", text);
  return status;
}

// Both of the streams that print to standard output, so that no lost line looks like success.
int flushed(int status) {
  std::cout.flush();
  if (!std::cout || std::fflush(stdout) != 0) return report("standard output cannot be written", kOurFailure);
  return status;
}

int run(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_st("nonzero"));
  spdlog::set_pattern("%v");
  CLI::App app("nonzero simulates and co-designs sparse-matrix accelerators.", "nonzero");
  app.set_version_flag("--version", NONZERO_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  nonzero compare sigma tpu --suite sigma-gemms\n"
      "  nonzero run sigma --a A.mtx --html report.html\n"
      "  nonzero reproduce sigma\n"
      "Each command has its own --help.");
  const std::string command = command_line(argc, argv);
  add_run(app, command);
  add_compare(app, command);
  add_map(app, command);
  add_reproduce(app, command);
  add_study(app, command);
  add_train(app, command);
  add_arch(app);
  add_formats(app);
  add_attention(app, command);
  add_tiles(app, command);
  add_bits(app, command);
  add_flip(app, command);
  add_shell(app);
  stop_on_signal();
  try {
    app.parse(argc, argv);
    return flushed(0);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return flushed(app.exit(error));
    return report(explain_parse_error(app, error), kBadInput);
  } catch (const InputError& error) {
    return report(error.what(), kBadInput);
  } catch (const Interrupted&) {
    return report("interrupted; nothing was half written", kInterrupted);
  } catch (const std::bad_alloc&) {
    return report("out of memory", kOurFailure);
  } catch (const std::exception& error) {
    return report(error.what(), kOurFailure);
  }
}

}  // namespace
}  // namespace nonzero::app

int main(int argc, char** argv) { return nonzero::app::run(argc, argv); }
