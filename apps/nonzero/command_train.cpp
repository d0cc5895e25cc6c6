#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "common.h"
#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/report/findings_text.h"
#include "nonzero/report/page_data.h"
#include "nonzero/report/page_training.h"
#include "trainer_process.h"

namespace nonzero::app {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr const char* kMissing =
    "the trainer is not built: no 'nonzero-train' beside this binary. It needs libtorch: install the package "
    "libtorch-dev (Debian, Ubuntu) and build again";

constexpr const char* kPageHelp =
    "The page:\n"
    "  --html FILE                 with --run: a report page of the training's curves\n"
    "  --compare DIR               with --html: beside it the run in DIR; any number of them, also alone\n\n"
    "Example:\n"
    "  nonzero train --method dense --run runs/b --html page.html --compare runs/a\n";

fs::path companion() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path() / "nonzero-train";
}

bool holds(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The values of `--name VALUE` and `--name=VALUE`; the words that are neither go to `others`.
Words values_of(const std::string& name, const Words& words, Words& others) {
  Words values;
  others.clear();
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with(name + "=")) {
      values.push_back(words[i].substr(name.size() + 1));
    } else if (words[i] == name) {
      if (i + 1 == words.size()) throw InputError(name + " without a value");
      values.push_back(words[++i]);
    } else {
      others.push_back(words[i]);
    }
  }
  return values;
}

// What a user asks of the page, and the words that are the trainer's.
struct Request {
  std::string page, run;
  Words compared, words;
};

Request request_of(const Words& all) {
  Request request;
  Words rest, ignored;
  const Words pages = values_of("--html", all, rest);
  request.compared = values_of("--compare", rest, request.words);
  const Words runs = values_of("--run", request.words, ignored);
  if (pages.size() > 1) throw InputError("--html twice", "one page");
  if (!pages.empty()) request.page = pages[0];
  if (!runs.empty()) request.run = runs.back();
  return request;
}

int help() {
  const fs::path program = companion();
  if (!fs::exists(program)) {
    fmt::print(
        "Usage: nonzero train [OPTIONS]\n\nHere {}.\n\nExample:\n  nonzero train --method bdwp --nm 2:8\n\n{}",
        kMissing, kPageHelp);
    return 0;
  }
  const int status = run_to_end(program, {"--help"});
  if (status == 0) fmt::print("\n{}", kPageHelp);
  return status;
}

// Nothing is trained before the page is known to be possible.
int train_and_draw(const Request& request, const std::string& command) {
  if (request.page.empty()) throw InputError("--compare without --html", "--html FILE --compare DIR");
  require_page();
  const bool trains = !request.words.empty() || request.compared.empty();
  if (trains && request.run.empty())
    throw InputError("--html without --run", "--run DIR, the folder that keeps the training's log");
  std::vector<TrainingLog> runs;
  for (const std::string& folder : request.compared) runs.push_back(read_training_log(folder));
  if (trains) {
    const fs::path program = companion();
    if (!fs::exists(program)) throw SystemError(kMissing);
    const int status = run_to_end(program, request.words);
    if (status != 0) return status;
    runs.insert(runs.begin(), read_training_log(request.run));
  }
  const Findings curves = training_curves(runs);
  const nlohmann::ordered_json json = findings_json(curves, command);
  write_atomically(request.page, study_page(curves.title, command, {&json, 1}));
  if (!holds(request.words, "--json")) spdlog::info("wrote {}", request.page);
  return 0;
}

}  // namespace

void add_train(CLI::App& app, const std::string& command) {
  CLI::App* sub = app.add_subcommand("train", "train a network with N:M-sparse weights (needs libtorch)");
  // Every word after `train`, --help included, is the trainer's, but for those of the page.
  sub->prefix_command();
  sub->set_help_flag();
  sub->callback([sub, command] {
    const Words words = sub->remaining();
    int status = 0;
    if (holds(words, "--help") || holds(words, "-h")) {
      status = help();
    } else {
      const Request request = request_of(words);
      if (!request.page.empty() || !request.compared.empty())
        status = train_and_draw(request, command);
      else if (fs::exists(companion()))
        become(companion(), words);
      else
        throw SystemError(kMissing);
    }
    std::fflush(stdout);
    if (status != 0) std::exit(status);
  });
}

}  // namespace nonzero::app
