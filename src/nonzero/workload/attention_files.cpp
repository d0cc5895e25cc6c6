#include "nonzero/workload/attention_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <optional>

#include "nonzero/base/error.h"
#include "nonzero/base/memory.h"
#include "nonzero/base/parallel.h"
#include "nonzero/base/progress.h"
#include "nonzero/base/random.h"
#include "nonzero/io/file.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/io/npz.h"
#include "nonzero/io/safetensors.h"
#include "nonzero/io/text.h"

namespace nonzero {
namespace {

// An array of any of the formats.
struct FileArray {
  std::string where;
  std::vector<uint64_t> shape;
  std::vector<float> values;
};

std::string shape_text(const std::vector<uint64_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

FileArray floats_of(const NpyArray& array, const std::string& where, bool minus_infinity_allowed = false) {
  if (array.fortran_order) throw InputError("an array in Fortran order", "allowed: C order", {where, 0});
  if (array.type.find('f') == std::string::npos)
    throw InputError("element type " + io::excerpt(array.type), "allowed: f2, f4, f8", {where, 0});
  return {where, array.shape, to_floats(array, where, minus_infinity_allowed)};
}

// The arrays of a file, read one by one.
class ArrayFile {
 public:
  explicit ArrayFile(const std::string& path) : path_(path) {
    if (path.ends_with(".npz"))
      npz_ = read_npz(path);
    else if (path.ends_with(".safetensors"))
      tensors_.emplace(read_safetensors(path));
    else if (path.ends_with(".npy"))
      npz_.emplace(std::filesystem::path(path).stem().string(), read_npy(path));
    else
      throw InputError("suffix " + io::excerpt(std::filesystem::path(path).extension().string()),
                       "allowed: .npy, .npz, .safetensors", {path, 0});
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    if (tensors_)
      for (const Safetensors::Entry& entry : tensors_->entries()) all.push_back(entry.name);
    for (const auto& entry : npz_) all.push_back(entry.first);
    return all;
  }

  [[nodiscard]] FileArray read(const std::string& name, bool minus_infinity_allowed = false) const {
    const std::string where = path_.ends_with(".npy") ? path_ : path_ + ":" + io::excerpt(name);
    if (tensors_) {
      const Safetensors::Entry& entry = tensors_->entry(name);
      return {where, entry.shape, tensors_->floats(entry, minus_infinity_allowed)};
    }
    const auto found = npz_.find(name);
    if (found == npz_.end())
      throw InputError(fmt::format("no array {}", io::excerpt(name)),
                       fmt::format("the file holds {}", fmt::join(names(), ", ")), {path_, 0});
    return floats_of(found->second, where, minus_infinity_allowed);
  }

 private:
  std::string path_;
  NpzArrays npz_;
  std::optional<Safetensors> tensors_;
};

// [tokens, heads * head_dim] to [heads, tokens, head_dim].
FileArray split_heads(const FileArray& array, uint64_t heads) {
  const uint64_t tokens = array.shape[0], width = array.shape[1];
  if (width % heads != 0)
    throw InputError(fmt::format("{} heads of an array {}", heads, shape_text(array.shape)),
                     fmt::format("allowed: a number that divides {}", width), {array.where, 0});
  const uint64_t head_dim = width / heads;
  FileArray split{array.where, {heads, tokens, head_dim}, std::vector<float>(array.values.size())};
  for (uint64_t h = 0; h < heads; ++h)
    for (uint64_t i = 0; i < tokens; ++i)
      std::copy_n(array.values.begin() + static_cast<ptrdiff_t>(i * width + h * head_dim), head_dim,
                  split.values.begin() + static_cast<ptrdiff_t>((h * tokens + i) * head_dim));
  return split;
}

// As [heads, tokens, head_dim].
FileArray with_heads(FileArray array, uint64_t heads) {
  const size_t dimensions = array.shape.size();
  if (dimensions != 2 && dimensions != 3)
    throw InputError("an array " + shape_text(array.shape),
                     "allowed: (heads, tokens, head_dim) or (tokens, head_dim)", {array.where, 0});
  if (std::find(array.shape.begin(), array.shape.end(), 0U) != array.shape.end())
    throw InputError("an array " + shape_text(array.shape), "allowed: sides of at least 1", {array.where, 0});
  if (dimensions == 3 && heads != 0 && heads != array.shape[0])
    throw InputError(fmt::format("{} heads of an array {}", heads, shape_text(array.shape)),
                     fmt::format("allowed: {}", array.shape[0]), {array.where, 0});
  if (dimensions == 2 && heads > 1) return split_heads(array, heads);
  if (dimensions == 2) array.shape.insert(array.shape.begin(), 1);
  return array;
}

AttentionTensors joined(FileArray q, FileArray k, FileArray v, std::string source) {
  for (const FileArray* other : {&k, &v})
    if (other->shape != q.shape)
      throw InputError(fmt::format("an array {} beside {}", shape_text(other->shape), shape_text(q.shape)),
                       "allowed: Q, K and V of one shape", {other->where, 0});
  AttentionTensors tensors;
  tensors.heads = q.shape[0];
  tensors.tokens = q.shape[1];
  tensors.head_dim = q.shape[2];
  tensors.q = std::move(q.values);
  tensors.k = std::move(k.values);
  tensors.v = std::move(v.values);
  tensors.source = std::move(source);
  return tensors;
}

// Whether every row sums to 1, or is padding: zero throughout.
bool are_probabilities(std::span<const float> values, uint64_t tokens) {
  constexpr double kTolerance = 1e-2;  // half precision leaves 5e-4 on 512 tokens
  for (uint64_t at = 0; at < values.size(); at += tokens) {
    double sum = 0;
    for (const float p : values.subspan(at, tokens)) {
      if (p < 0) return false;
      sum += static_cast<double>(p);
    }
    if (sum != 0 && std::fabs(sum - 1) > kTolerance) return false;
  }
  return true;
}

uint64_t count_zero_rows(std::span<const float> values, uint64_t tokens) {
  uint64_t rows = 0;
  for (uint64_t at = 0; at < values.size(); at += tokens) {
    const std::span<const float> row = values.subspan(at, tokens);
    rows += std::all_of(row.begin(), row.end(), [](float p) { return p == 0; });
  }
  return rows;
}

void require_weights(std::span<const float> values, const std::string& where) {
  for (const float p : values)
    if (p < 0)
      throw InputError(fmt::format("an attention weight of {}", p),
                       "allowed: 0 and above; logits for scores before softmax", {where, 0});
}

AttentionProbabilities square_layer(const std::string& name, FileArray array) {
  const std::vector<uint64_t>& shape = array.shape;
  const size_t dimensions = shape.size();
  const bool square = (dimensions == 2 || dimensions == 3) &&
                      shape[dimensions - 1] == shape[dimensions - 2] && shape[dimensions - 1] > 0 &&
                      shape[0] > 0;
  if (!square)
    throw InputError("an array " + shape_text(shape), "allowed: (heads, tokens, tokens) or (tokens, tokens)",
                     {array.where, 0});
  return {name, dimensions == 3 ? shape[0] : 1, shape[dimensions - 1], std::move(array.values), false, 0};
}

// The number that ends a name, so that layer2 stands before layer10.
std::pair<std::string, uint64_t> by_number(const std::string& name) {
  const size_t digits = name.find_last_not_of("0123456789") + 1;
  constexpr size_t kMostDigits = 18;
  if (digits == name.size() || name.size() - digits > kMostDigits) return {name, 0};
  return {name.substr(0, digits), std::stoull(name.substr(digits))};
}

// Tokens by tokens of zeros and ones; `one(i, j)` says which.
template <class One>
std::shared_ptr<const Csr> mask_of(uint64_t tokens, const One& one) {
  auto mask = std::make_shared<Csr>(Csr{tokens, tokens, {0}, {}, {}});
  mask->offsets.reserve(tokens + 1);
  for (uint64_t i = 0; i < tokens; ++i) {
    for (uint64_t j = 0; j < tokens; ++j)
      if (one(i, j)) mask->indices.push_back(static_cast<uint32_t>(j));
    mask->offsets.push_back(mask->indices.size());
  }
  return mask;
}

std::vector<std::shared_ptr<const Csr>> masks_of_npy(const std::string& path) {
  const Place place{path, 0};
  const NpyArray array = read_npy(path);
  if (!array.type.ends_with("b1") && !array.type.ends_with("u1"))
    throw InputError("a mask of element type " + io::excerpt(array.type), "allowed: b1 (bool), u1 (uint8)",
                     place);
  if (array.fortran_order) throw InputError("an array in Fortran order", "allowed: C order", place);
  const std::vector<uint64_t>& shape = array.shape;
  const size_t dimensions = shape.size();
  if ((dimensions != 2 && dimensions != 3) || shape[dimensions - 1] != shape[dimensions - 2] ||
      array.size() == 0)
    throw InputError("a mask " + shape_text(shape), "allowed: (tokens, tokens) or (heads, tokens, tokens)",
                     place);
  const auto other =
      std::find_if(array.bytes.begin(), array.bytes.end(), [](char c) { return c != 0 && c != 1; });
  if (other != array.bytes.end())
    throw InputError(fmt::format("element {} of the mask is {}", other - array.bytes.begin(),
                                 static_cast<unsigned char>(*other)),
                     "allowed: 0 and 1", place);
  const uint64_t tokens = shape[dimensions - 1];
  const uint64_t heads = dimensions == 3 ? shape[0] : 1;
  std::vector<std::shared_ptr<const Csr>> masks;
  masks.reserve(heads);
  for (uint64_t h = 0; h < heads; ++h) {
    const char* ones = array.bytes.data() + h * tokens * tokens;
    masks.push_back(mask_of(tokens, [&](uint64_t i, uint64_t j) { return ones[i * tokens + j] != 0; }));
  }
  return masks;
}

std::shared_ptr<const Csr> mask_of_matrix(const std::string& path) {
  const Place place{path, 0};
  Csr matrix = read_matrix(path).matrix;
  if (matrix.rows != matrix.columns || matrix.rows == 0)
    throw InputError(fmt::format("a mask of {} x {}", matrix.rows, matrix.columns),
                     "allowed: tokens x tokens", place);
  for (const float value : matrix.values)
    if (value != 0 && value != 1)
      throw InputError(fmt::format("a mask with the value {}", value),
                       "allowed: a pattern, or values 0 and 1", place);
  matrix = drop_zeros(matrix);
  matrix.values.clear();
  return std::make_shared<const Csr>(std::move(matrix));
}

// [heads, width, head_dim] weights: of two dimensions [width, heads * head_dim].
FileArray weights_with_heads(FileArray w, uint64_t width, uint64_t heads) {
  w = with_heads(std::move(w), heads);
  if (w.shape[1] != width)
    throw InputError(fmt::format("weights {} for an input of {}", shape_text(w.shape), width),
                     fmt::format("allowed: (heads, {}, head_dim) or ({}, heads * head_dim)", width, width),
                     {w.where, 0});
  return w;
}

// X W in double, rounded once.
std::vector<float> projected(const AttentionProjection& from, const std::vector<float>& weights,
                             uint64_t heads, uint64_t head_dim) {
  const uint64_t tokens = from.x.size() / from.width;
  std::vector<float> y(heads * tokens * head_dim);
  parallel_for(heads, [&](uint64_t h) {
    std::vector<double> row(head_dim);
    for (uint64_t i = 0; i < tokens; ++i) {
      Progress::throw_if_stopped();
      std::fill(row.begin(), row.end(), 0);
      for (uint64_t r = 0; r < from.width; ++r)
        for (uint64_t a = 0; a < head_dim; ++a)
          row[a] += double{from.x[i * from.width + r]} * double{weights[(h * from.width + r) * head_dim + a]};
      for (uint64_t a = 0; a < head_dim; ++a) y[(h * tokens + i) * head_dim + a] = static_cast<float>(row[a]);
    }
  });
  return y;
}

AttentionTensors read_projection(const ArrayFile& file, const TensorSelection& selection,
                                 const std::string& source) {
  FileArray x = file.read(selection.prefix + "x");
  if (x.shape.size() != 2 || x.shape[0] == 0 || x.shape[1] == 0)
    throw InputError("an array " + shape_text(x.shape), "allowed: (tokens, width)", {x.where, 0});
  const auto read = [&](const char* name) {
    return weights_with_heads(file.read(selection.prefix + name), x.shape[1], selection.heads);
  };
  FileArray wq = read("wq"), wk = read("wk"), wv = read("wv");
  for (const FileArray* other : {&wk, &wv})
    if (other->shape != wq.shape)
      throw InputError(fmt::format("an array {} beside {}", shape_text(other->shape), shape_text(wq.shape)),
                       "allowed: weights of one shape", {other->where, 0});
  AttentionTensors tensors;
  tensors.heads = wq.shape[0];
  tensors.tokens = x.shape[0];
  tensors.head_dim = wq.shape[2];
  tensors.source = source;
  require_memory(3.0 * sizeof(float) * static_cast<double>(tensors.heads) *
                     static_cast<double>(tensors.tokens) * static_cast<double>(tensors.head_dim),
                 fmt::format("{}: Q, K and V of {} heads x {} tokens x {}", source, tensors.heads,
                             tensors.tokens, tensors.head_dim));
  auto projection = std::make_shared<AttentionProjection>();
  projection->width = x.shape[1];
  projection->x = std::move(x.values);
  projection->wq = std::move(wq.values);
  projection->wk = std::move(wk.values);
  projection->wv = std::move(wv.values);
  const auto multiplied = [&](const std::vector<float>& w) {
    return projected(*projection, w, tensors.heads, tensors.head_dim);
  };
  tensors.q = multiplied(projection->wq);
  tensors.k = multiplied(projection->wk);
  tensors.v = multiplied(projection->wv);
  for (const std::vector<float>* values : {&tensors.q, &tensors.k, &tensors.v})
    if (!std::all_of(values->begin(), values->end(), [](float value) { return std::isfinite(value); }))
      throw InputError("products of x and its weights that exceed fp32", "", {source, 0});
  tensors.projection = std::move(projection);
  return tensors;
}

}  // namespace

AttentionTensors read_attention_tensors(const std::vector<std::string>& files,
                                        const TensorSelection& selection) {
  if (files.size() == 3) {
    std::vector<FileArray> arrays;
    arrays.reserve(3);
    for (const std::string& path : files) {
      if (!path.ends_with(".npy")) throw InputError("Q, K and V as three files", "allowed: .npy", {path, 0});
      arrays.push_back(with_heads(floats_of(read_npy(path), path), selection.heads));
    }
    return joined(std::move(arrays[0]), std::move(arrays[1]), std::move(arrays[2]),
                  fmt::format("{}", fmt::join(files, ",")));
  }
  if (files.size() != 1)
    throw InputError(fmt::format("Q, K and V in {} files", files.size()),
                     "allowed: one .npz or .safetensors, or three .npy");
  if (files[0].ends_with(".npy"))
    throw InputError("Q, K and V as one .npy", "allowed: one .npz or .safetensors, or three .npy",
                     {files[0], 0});
  const ArrayFile file(files[0]);
  const std::vector<std::string> names = file.names();
  const auto holds = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), selection.prefix + name) != names.end();
  };
  if (!holds(selection.q) && holds("x") && holds("wq")) return read_projection(file, selection, files[0]);
  const auto read = [&](const std::string& name) {
    return with_heads(file.read(selection.prefix + name), selection.heads);
  };
  FileArray q = read(selection.q), k = read(selection.k), v = read(selection.v);
  return joined(std::move(q), std::move(k), std::move(v), files[0]);
}

AttentionTensors demo_attention_tensors(uint64_t heads, uint64_t tokens, uint64_t head_dim, uint64_t seed) {
  AttentionTensors t;
  t.heads = heads;
  t.tokens = tokens;
  t.head_dim = head_dim;
  t.source = fmt::format("demo:heads={},tokens={},head_dim={},seed={}", heads, tokens, head_dim, seed);
  for (std::vector<float>* x : {&t.q, &t.k, &t.v}) x->resize(heads * tokens * head_dim);
  constexpr uint64_t kTopics = 8;
  const uint64_t waves = head_dim / 4;  // sine and cosine: half of the dimensions hold the position
  for (uint64_t h = 0; h < heads; ++h) {
    Random random(derive_seed(seed, h));
    const double place = 1.2 + 1.2 * random.unit(), sense = 0.2 + 0.8 * random.unit();
    std::vector<double> topics(kTopics * head_dim);
    for (double& x : topics) x = random.normal();
    uint64_t topic = 0, left = 0;
    for (uint64_t i = 0; i < tokens; ++i) {
      if (left == 0) {
        topic = random.below(kTopics);
        left = 8 + random.below(57);
      }
      --left;
      for (uint64_t a = 0; a < head_dim; ++a) {
        const uint64_t at = (h * tokens + i) * head_dim + a;
        double habit = sense * topics[topic * head_dim + a];
        if (a < 2 * waves) {
          const double slow =
              std::pow(static_cast<double>(tokens), -static_cast<double>(a / 2) / static_cast<double>(waves));
          const double angle = static_cast<double>(i) * slow + (a % 2 == 0 ? 0 : std::numbers::pi / 2);
          habit = place * std::cos(angle);
        }
        t.q[at] = static_cast<float>(habit + 0.3 * random.normal());
        t.k[at] = static_cast<float>(habit + 0.3 * random.normal());
        t.v[at] = static_cast<float>(random.normal());
      }
    }
  }
  return t;
}

void write_attention_tensors(const std::string& path, const AttentionTensors& t) {
  const std::vector<uint64_t> shape = {t.heads, t.tokens, t.head_dim};
  const std::vector<FloatArray> arrays = {{"q", shape, t.q}, {"k", shape, t.k}, {"v", shape, t.v}};
  if (path.ends_with(".npz")) return write_atomically(path, to_npz(arrays));
  if (path.ends_with(".safetensors")) return write_atomically(path, to_safetensors(arrays));
  throw InputError("suffix " + io::excerpt(std::filesystem::path(path).extension().string()),
                   "allowed: .npz, .safetensors", {path, 0});
}

ScoresAre parse_scores_are(const std::string& text) {
  if (text == "auto") return ScoresAre::kAuto;
  if (text == "weights") return ScoresAre::kWeights;
  if (text == "logits") return ScoresAre::kLogits;
  throw InputError(fmt::format("--scores-are {}", text), "allowed: auto, weights, logits");
}

std::vector<AttentionProbabilities> read_attention_probabilities(const std::string& path,
                                                                 ScoresAre scores_are) {
  const ArrayFile file(path);
  std::vector<AttentionProbabilities> layers;
  std::vector<std::string> names = file.names();
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) { return by_number(a) < by_number(b); });
  layers.reserve(names.size());
  for (const std::string& name : names) {
    if (name == "tokens") continue;  // what the model read
    layers.push_back(square_layer(name, file.read(name, scores_are != ScoresAre::kWeights)));
    AttentionProbabilities& layer = layers.back();
    layer.zero_rows = count_zero_rows(layer.values, layer.tokens);
    layer.logits = scores_are == ScoresAre::kLogits ||
                   (scores_are == ScoresAre::kAuto && !are_probabilities(layer.values, layer.tokens));
    if (scores_are == ScoresAre::kWeights) require_weights(layer.values, path + ":" + io::excerpt(name));
  }
  if (layers.empty())
    throw InputError("no attention weights in the file", "allowed: arrays (heads, tokens, tokens)",
                     {path, 0});
  return layers;
}

std::vector<std::shared_ptr<const Csr>> read_attention_masks(const std::string& path) {
  if (path.ends_with(".npy")) return masks_of_npy(path);
  if (path.ends_with(".mtx") || path.ends_with(".mtx.gz")) return {mask_of_matrix(path)};
  throw InputError("a mask of suffix " + io::excerpt(std::filesystem::path(path).extension().string()),
                   "allowed: .npy, .mtx, .mtx.gz", {path, 0});
}

}  // namespace nonzero
