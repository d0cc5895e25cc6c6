#include "nonzero/workload/stories.h"

#include <fmt/format.h>

#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/io/npy.h"
#include "nonzero/io/npz.h"
#include "nonzero/workload/rotary.h"
#include "nonzero/workload/sanger.h"

namespace nonzero {
namespace {

namespace fs = std::filesystem;

constexpr double kRmsEpsilon = 1e-5;

using Rows = std::vector<double>;  // [tokens, width]

struct Weights {
  uint64_t layers = 0, width = 0, kv_width = 0, hidden = 0, vocabulary = 0;
  std::vector<float> embedding, wq, wk, wv, wo, w1, w2, w3, rms_att, rms_ffn;
};

struct Array {
  std::string file;
  std::vector<uint64_t> shape;
  std::vector<float> values;
};

Array read_array(const fs::path& folder, const std::string& name) {
  const std::string file = (folder / (name + ".npy")).string();
  const NpyArray array = read_npy(file);
  return {file, array.shape, to_floats(array, file)};
}

std::vector<float> expect_shape(Array array, const std::vector<uint64_t>& shape) {
  if (array.shape != shape)
    throw InputError(fmt::format("an array ({})", fmt::join(array.shape, ", ")),
                     fmt::format("expected: ({})", fmt::join(shape, ", ")), {array.file, 0});
  return std::move(array.values);
}

Weights read_weights(const fs::path& folder) {
  Weights w;
  Array embedding = read_array(folder, "token_embedding"), wk = read_array(folder, "wk");
  Array w1 = read_array(folder, "w1");
  if (embedding.shape.size() != 2 || wk.shape.size() != 3 || w1.shape.size() != 3)
    throw InputError("token_embedding, wk or w1 of other dimensions",
                     "expected: (vocabulary, width), (layers, key width, width), (layers, hidden, width)",
                     {folder.string(), 0});
  w.vocabulary = embedding.shape[0];
  w.width = embedding.shape[1];
  w.layers = wk.shape[0];
  w.kv_width = wk.shape[1];
  w.hidden = w1.shape[1];
  w.embedding = std::move(embedding.values);
  w.wk = expect_shape(std::move(wk), {w.layers, w.kv_width, w.width});
  w.w1 = expect_shape(std::move(w1), {w.layers, w.hidden, w.width});
  w.wv = expect_shape(read_array(folder, "wv"), {w.layers, w.kv_width, w.width});
  w.wq = expect_shape(read_array(folder, "wq"), {w.layers, w.width, w.width});
  w.wo = expect_shape(read_array(folder, "wo"), {w.layers, w.width, w.width});
  w.w2 = expect_shape(read_array(folder, "w2"), {w.layers, w.width, w.hidden});
  w.w3 = expect_shape(read_array(folder, "w3"), {w.layers, w.hidden, w.width});
  w.rms_att = expect_shape(read_array(folder, "rms_att"), {w.layers, w.width});
  w.rms_ffn = expect_shape(read_array(folder, "rms_ffn"), {w.layers, w.width});
  return w;
}

// Layer `layer` of weights stored [layers, size].
std::span<const float> layer_of(const std::vector<float>& weights, uint64_t layers, uint64_t layer) {
  const uint64_t size = weights.size() / layers;
  return std::span<const float>(weights).subspan(layer * size, size);
}

// y[tokens, outputs] = x[tokens, inputs] W^T, W [outputs, inputs].
Rows linear(const Rows& x, std::span<const float> weights, uint64_t inputs) {
  const uint64_t outputs = weights.size() / inputs, tokens = x.size() / inputs;
  Rows y(tokens * outputs);
  for (uint64_t i = 0; i < tokens; ++i)
    for (uint64_t o = 0; o < outputs; ++o) {
      double sum = 0;
      for (uint64_t a = 0; a < inputs; ++a)
        sum += static_cast<double>(weights[o * inputs + a]) * x[i * inputs + a];
      y[i * outputs + o] = sum;
    }
  return y;
}

Rows rms_norm(const Rows& x, std::span<const float> gain) {
  const uint64_t width = gain.size();
  Rows y(x.size());
  for (uint64_t at = 0; at < x.size(); at += width) {
    double square = 0;
    for (uint64_t a = 0; a < width; ++a) square += x[at + a] * x[at + a];
    const double scale = 1 / std::sqrt(square / static_cast<double>(width) + kRmsEpsilon);
    for (uint64_t a = 0; a < width; ++a) y[at + a] = x[at + a] * scale * static_cast<double>(gain[a]);
  }
  return y;
}

// [tokens, kv heads * head_dim] to [heads, tokens, head_dim]; a key/value head stands once for each query
// head that it serves.
std::vector<float> by_head(const Rows& x, uint64_t tokens, uint64_t heads, uint64_t head_dim) {
  const uint64_t width = x.size() / tokens, served = heads * head_dim / width;
  std::vector<float> y;
  y.reserve(heads * tokens * head_dim);
  for (uint64_t h = 0; h < heads; ++h)
    for (uint64_t i = 0; i < tokens; ++i)
      for (uint64_t a = 0; a < head_dim; ++a)
        y.push_back(static_cast<float>(x[i * width + h / served * head_dim + a]));
  return y;
}

// [outputs, width], heads side by side, to [heads, width, head_dim]; as by_head() for key/value heads.
std::vector<float> weights_by_head(std::span<const float> w, uint64_t width, uint64_t heads,
                                   uint64_t head_dim) {
  const uint64_t served = heads * head_dim / (w.size() / width);
  std::vector<float> y;
  y.reserve(heads * width * head_dim);
  for (uint64_t h = 0; h < heads; ++h)
    for (uint64_t i = 0; i < width; ++i)
      for (uint64_t a = 0; a < head_dim; ++a) y.push_back(w[(h / served * head_dim + a) * width + i]);
  return y;
}

std::shared_ptr<const AttentionProjection> projection_of(const Rows& x, const Weights& w, uint64_t layer,
                                                         uint64_t heads, uint64_t head_dim) {
  auto p = std::make_shared<AttentionProjection>();
  p->width = w.width;
  p->x.reserve(x.size());
  for (const double value : x) p->x.push_back(static_cast<float>(value));
  const auto split = [&](const std::vector<float>& weights) {
    return weights_by_head(layer_of(weights, w.layers, layer), w.width, heads, head_dim);
  };
  p->wq = split(w.wq);
  p->wk = split(w.wk);
  p->wv = split(w.wv);
  p->rotary = true;
  return p;
}

// Z of all heads, [tokens, heads * head_dim].
Rows causal_attention(const AttentionTensors& t) {
  const uint64_t width = t.heads * t.head_dim;
  Rows z(t.tokens * width);
  std::vector<double> row(t.tokens);
  for (uint64_t h = 0; h < t.heads; ++h) {
    const uint64_t begin = h * t.head_elements();
    for (uint64_t i = 0; i < t.tokens; ++i) {
      for (uint64_t j = 0; j <= i; ++j) {
        double sum = 0;
        for (uint64_t a = 0; a < t.head_dim; ++a)
          sum += static_cast<double>(t.q[begin + i * t.head_dim + a]) *
                 static_cast<double>(t.k[begin + j * t.head_dim + a]);
        row[j] = sum / std::sqrt(static_cast<double>(t.head_dim));
      }
      softmax(std::span<double>(row).first(i + 1));
      for (uint64_t j = 0; j <= i; ++j)
        for (uint64_t a = 0; a < t.head_dim; ++a)
          z[i * width + h * t.head_dim + a] += row[j] * static_cast<double>(t.v[begin + j * t.head_dim + a]);
    }
  }
  return z;
}

void add(Rows& x, const Rows& y) {
  for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

void feed_forward(Rows& x, const Weights& w, uint64_t layer) {
  const Rows normed = rms_norm(x, layer_of(w.rms_ffn, w.layers, layer));
  Rows gate = linear(normed, layer_of(w.w1, w.layers, layer), w.width);
  const Rows up = linear(normed, layer_of(w.w3, w.layers, layer), w.width);
  for (size_t i = 0; i < gate.size(); ++i) gate[i] *= up[i] / (1 + std::exp(-gate[i]));  // SwiGLU
  add(x, linear(gate, layer_of(w.w2, w.layers, layer), w.hidden));
}

Rows embed(const Weights& w, std::span<const int64_t> tokens, const fs::path& folder) {
  Rows x;
  x.reserve(tokens.size() * w.width);
  for (const int64_t token : tokens) {
    if (token < 0 || static_cast<uint64_t>(token) >= w.vocabulary)
      throw InputError(fmt::format("token {}", token), fmt::format("allowed: 0 to {}", w.vocabulary - 1),
                       {folder.string(), 0});
    const auto row = w.embedding.begin() + static_cast<ptrdiff_t>(static_cast<uint64_t>(token) * w.width);
    x.insert(x.end(), row, row + static_cast<ptrdiff_t>(w.width));
  }
  return x;
}

}  // namespace

std::vector<AttentionTensors> stories_attention(const fs::path& folder, std::span<const int64_t> tokens,
                                                uint64_t heads) {
  const Weights w = read_weights(folder);
  const uint64_t head_dim = heads == 0 ? 0 : w.width / heads;
  if (head_dim < 2 || head_dim % 2 != 0 || w.width % heads != 0 || w.kv_width == 0 ||
      w.kv_width % head_dim != 0 || w.width % w.kv_width != 0)
    throw InputError(fmt::format("{} heads of a width of {}", heads, w.width),
                     fmt::format("allowed: numbers that divide it evenly, as they do {}", w.kv_width),
                     {folder.string(), 0});
  Rows x = embed(w, tokens, folder);
  std::vector<AttentionTensors> layers;
  layers.reserve(w.layers);
  for (uint64_t l = 0; l < w.layers; ++l) {
    const Rows normed = rms_norm(x, layer_of(w.rms_att, w.layers, l));
    Rows q = linear(normed, layer_of(w.wq, w.layers, l), w.width);
    Rows k = linear(normed, layer_of(w.wk, w.layers, l), w.width);
    const Rows v = linear(normed, layer_of(w.wv, w.layers, l), w.width);
    rotate_by_position(std::span<double>(q), w.width, head_dim);
    rotate_by_position(std::span<double>(k), w.kv_width, head_dim);
    AttentionTensors t;
    t.heads = heads;
    t.tokens = tokens.size();
    t.head_dim = head_dim;
    t.q = by_head(q, t.tokens, heads, head_dim);
    t.k = by_head(k, t.tokens, heads, head_dim);
    t.v = by_head(v, t.tokens, heads, head_dim);
    t.source = fmt::format("{} layer {}", folder.string(), l);
    t.projection = projection_of(normed, w, l, heads, head_dim);
    layers.push_back(std::move(t));
    add(x, linear(causal_attention(layers.back()), layer_of(w.wo, w.layers, l), w.width));
    feed_forward(x, w, l);
  }
  return layers;
}

std::vector<int64_t> read_tokens(const fs::path& npz) {
  const NpzArrays arrays = read_npz(npz.string());
  const auto found = arrays.find("tokens");
  if (found == arrays.end()) throw InputError("no array 'tokens'", "", {npz.string(), 0});
  return to_integers(found->second, npz.string());
}

}  // namespace nonzero
