#include "nonzero/workload/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/base/suggest.h"
#include "nonzero/io/layers.h"
#include "nonzero/tensor/generate.h"
#include "nonzero/workload/attention_models.h"
#include "nonzero/workload/attention_workload.h"
#include "nonzero/workload/integer_network.h"
#include "nonzero/workload/matrix_workload.h"
#include "nonzero/workload/suites.h"
#include "nonzero/workload/training_step.h"

namespace nonzero {
namespace {

template <class Number>
Number parse_number(const std::string& text, const std::string& what) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) throw InputError(fmt::format("{} '{}' is no number", what, text));
  return value;
}

double parse_density(const std::string& text, const std::string& what) {
  const auto density = parse_number<double>(text, what);
  if (!(density >= 0 && density <= 1))
    throw InputError(fmt::format("{} = {}", what, text), "allowed: 0 to 1");
  return density;
}

GemmShape parse_shape(const std::string& text) {
  GemmShape shape{text, 0, 0, 0};
  const size_t first = text.find('x');
  const size_t second = first == std::string::npos ? first : text.find('x', first + 1);
  if (second == std::string::npos)
    throw InputError(fmt::format("'{}'", text), "a GEMM is written MxNxK, e.g. 512x512x512");
  shape.m = parse_number<uint64_t>(text.substr(0, first), "M");
  shape.n = parse_number<uint64_t>(text.substr(first + 1, second - first - 1), "N");
  shape.k = parse_number<uint64_t>(text.substr(second + 1), "K");
  constexpr uint64_t kMost = uint64_t{1} << 31U;
  if (shape.m > kMost || shape.n > kMost || shape.k > kMost)
    throw InputError(fmt::format("'{}'", text), "allowed: M, N and K up to 2^31");
  return shape;
}

std::string file_stem(const std::string& path) {
  std::string stem = std::filesystem::path(path).filename().string();
  return stem.substr(0, stem.find('.'));
}

std::vector<Operation> from_layers(const WorkloadOptions& options, std::vector<std::string>& warnings) {
  std::vector<Operation> operations;
  for (const LayerRow& row : read_layers(options.layers_file)) {
    if (row.m == 0 || row.n == 0 || row.k == 0) {
      warnings.push_back(fmt::format("{}: layer {} is empty and left out", options.layers_file, row.name));
      continue;
    }
    operations.push_back(random_gemm(row.name, row.m, row.n, row.k, options.density_a.value_or(1),
                                     options.density_b.value_or(1),
                                     derive_seed(options.seed, operations.size())));
    operations.back().network = row.workload.empty() ? file_stem(options.layers_file) : row.workload;
    operations.back().repeat = row.repeat;
    operations.back().seed = options.seed;
  }
  return operations;
}

// The machine that runs an exported step is set up as the step was trained.
void read_step(const std::string& folder, Workload& workload) {
  workload.operations = exported_step(folder);
  for (const std::string& setting : step_settings(*workload.operations.front().step()->trained))
    workload.settings.push_back("sat." + setting);
}

void read_model(const WorkloadOptions& options, Workload& workload) {
  IntegerNetwork network = read_integer_network(options.model, {options.subgraph});
  workload.warnings = std::move(network.warnings);
  workload.operations = layer_operations(std::move(network), options.seed);
}

// A model by its name, Q, K and V by the file's suffix, else a mask.
Workload read_attention(const WorkloadOptions& options) {
  AttentionOptions attention;
  const std::string& what = options.attention;
  const auto& models = attention_models();
  const bool model = std::any_of(models.begin(), models.end(), [&](const auto& m) { return m.name == what; });
  if (model || what == kStories)
    attention.model = what;
  else if (what.ends_with(".npz") || what.ends_with(".safetensors"))
    attention.qkv = {what};
  else
    attention.mask = what;
  attention.tokens = options.tokens;
  attention.heads = options.heads;
  attention.head_dim = options.head_dim;
  attention.seed = options.seed;
  return attention_workload(attention);
}

// One word, e.g. gemm:1024x1024x1024@a=0.2,b=0.5,seed=1, into the options it stands for.
WorkloadOptions expand_word(WorkloadOptions options) {
  const std::string word = std::exchange(options.word, "");
  const size_t colon = word.find(':');
  const std::string kind = word.substr(0, colon);
  const std::vector<std::string> kinds = {"gemm",   "file", "square", "matrices", "suite",
                                          "layers", "step", "model",  "generate", "attention"};
  if (colon == std::string::npos || std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    throw InputError(
        fmt::format("workload '{}'{}", word, did_you_mean(kind, kinds)),
        "allowed: gemm:MxNxK@a=D,b=D,seed=S, file:A.mtx@k=N, square:A.mtx, matrices:FOLDER@k=N, suite:NAME, "
        "layers:FILE.csv, "
        "step:FOLDER, model:FILE|FOLDER, generate:KIND:KEY=VALUE,…, "
        "attention:MASK|MODEL|QKV.npz@tokens=N,heads=H,head_dim=D");
  std::string value = word.substr(colon + 1);
  const size_t at = value.find('@');
  std::string rest = at == std::string::npos ? "" : value.substr(at + 1);
  value = value.substr(0, at);
  while (!rest.empty()) {
    const std::string pair = rest.substr(0, rest.find(','));
    rest = pair.size() == rest.size() ? "" : rest.substr(pair.size() + 1);
    const std::string key = pair.substr(0, pair.find('='));
    const std::string text = pair.find('=') == std::string::npos ? "" : pair.substr(pair.find('=') + 1);
    if (key == "a")
      options.density_a = parse_density(text, "density a");
    else if (key == "b")
      options.density_b = parse_density(text, "density b");
    else if (key == "seed")
      options.seed = parse_number<uint64_t>(text, "seed");
    else if (key == "batch")
      options.batch = parse_number<uint64_t>(text, "batch");
    else if (key == "tokens")
      options.tokens = parse_number<uint64_t>(text, "tokens");
    else if (key == "heads")
      options.heads = parse_number<uint64_t>(text, "heads");
    else if (key == "head_dim")
      options.head_dim = parse_number<uint64_t>(text, "head_dim");
    else if (key == "k")
      options.dense_columns = parse_number<uint64_t>(text, "k");
    else if (key == "semiring")
      options.semiring = parse_semiring(text);
    else
      throw InputError(fmt::format("'{}' in workload '{}'", pair, word),
                       "allowed after @: a=, b=, seed=, batch=, tokens=, heads=, head_dim=, k=, semiring=");
  }
  if (kind == "gemm") options.gemm = value;
  if (kind == "file" || kind == "square") options.a_file = value;
  if (kind == "matrices") options.matrices = value;
  if (kind == "generate") options.generate_a = value;
  if (kind == "suite") options.suite = value;
  if (kind == "layers") options.layers_file = value;
  if (kind == "step") options.step_folder = value;
  if (kind == "model") options.model = value;
  if (kind == "attention") options.attention = value;
  return options;
}

Workload expanded_workload(const WorkloadOptions& options) {
  const int asked = !options.a_file.empty() + !options.gemm.empty() + !options.suite.empty() +
                    !options.layers_file.empty() + !options.generate_a.empty() +
                    !options.step_folder.empty() + !options.model.empty() + !options.attention.empty() +
                    !options.matrices.empty();
  if (asked != 1)
    throw InputError(
        asked == 0 ? "no workload" : "more than one workload",
        "give one of --a FILE [--b FILE], --matrices FOLDER, --gemm MxNxK, --suite NAME, --layers FILE.csv, --step FOLDER, --model "
        "FILE|FOLDER, --generate, --attention, "
        "or a word such as gemm:64x64x64@a=0.2");
  if (options.a_file.empty() && !options.b_file.empty()) throw InputError("--b without --a");
  if (options.generate_a.empty() && !options.generate_b.empty())
    throw InputError("--generate-b without --generate");
  const bool given = !options.a_file.empty() || !options.generate_a.empty() || !options.matrices.empty();
  const bool alone = given && options.b_file.empty() && options.generate_b.empty();
  if (options.dense_columns && !alone)
    throw InputError("--k without a matrix A that stands alone",
                     "allowed with --a, --generate or --matrices, without B");
  if (options.semiring && !given)
    throw InputError("--semiring without a matrix A", "allowed with --a, --generate or --matrices");
  const bool densities = options.density_a || options.density_b;
  if (densities &&
      (given || !options.step_folder.empty() || !options.model.empty() || !options.attention.empty()))
    throw InputError("--density-a and --density-b have no meaning for operands that are given");
  if (options.batch && options.suite.empty()) throw InputError("--batch without a --suite of training steps");
  if ((options.tokens || options.heads || options.head_dim) && options.attention.empty())
    throw InputError("--tokens, --heads or --head-dim without --attention");
  if (options.subgraph && options.model.empty()) throw InputError("--subgraph without --model");
  if (!options.attention.empty()) return read_attention(options);
  Workload workload;
  if (!options.a_file.empty()) workload.operations.push_back(matrix_from_file(options, workload.warnings));
  if (!options.generate_a.empty()) workload.operations.push_back(matrix_from_generator(options));
  if (!options.matrices.empty()) workload.operations = matrices_from_folder(options, workload.warnings);
  if (!options.gemm.empty()) {
    const GemmShape shape = parse_shape(options.gemm);
    workload.operations.push_back(random_gemm(shape.name, shape.m, shape.n, shape.k,
                                              options.density_a.value_or(1), options.density_b.value_or(1),
                                              options.seed));
  }
  if (!options.suite.empty()) {
    const Densities density{options.density_a.value_or(1), options.density_b.value_or(1)};
    workload.operations = suite(options.suite, densities ? &density : nullptr, options.seed, options.batch);
  }
  if (!options.layers_file.empty()) workload.operations = from_layers(options, workload.warnings);
  if (!options.step_folder.empty()) read_step(options.step_folder, workload);
  if (!options.model.empty()) read_model(options, workload);
  return workload;
}

}  // namespace

Workload make_workload(const WorkloadOptions& options) {
  for (const auto& density : {options.density_a, options.density_b})
    if (density && !(*density >= 0 && *density <= 1))
      throw InputError(fmt::format("density {}", *density), "allowed: 0 to 1");
  return expanded_workload(options.word.empty() ? options : expand_word(options));
}

std::string workload_notice(const WorkloadOptions& options) {
  const WorkloadOptions expanded = options.word.empty() ? options : expand_word(options);
  constexpr double kWorthSaying = 1e9;
  std::string notice;
  for (const std::string& described : {expanded.generate_a, expanded.generate_b}) {
    const double bytes = described.empty() ? 0 : generated_bytes(described);
    if (bytes >= kWorthSaying)
      notice += fmt::format("{}{} takes up to {:.1f} GB while it is made", notice.empty() ? "" : "; ",
                            described, bytes / 1e9);
  }
  return notice;
}

}  // namespace nonzero
