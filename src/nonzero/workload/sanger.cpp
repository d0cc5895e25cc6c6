#include "nonzero/workload/sanger.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nonzero/base/error.h"
#include "nonzero/base/parallel.h"
#include "nonzero/base/progress.h"

namespace nonzero {
namespace {

double norm(std::span<const float> row) {
  double sum = 0;
  for (const float x : row) sum += static_cast<double>(x) * static_cast<double>(x);
  return std::sqrt(sum);
}

// The columns that row i may attend to.
uint64_t visible_columns(uint64_t i, uint64_t tokens, const SangerOptions& options) {
  const uint64_t length = tokens - options.padding;
  if (i >= length) return 0;
  return options.causal ? i + 1 : length;
}

// Sets the bits of the k largest scores; of equal ones the lower columns.
void keep_largest(std::span<const double> scores, uint64_t k, uint64_t row, std::vector<uint32_t>& order,
                  Bitmap& mask) {
  order.resize(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto end = order.begin() + static_cast<ptrdiff_t>(std::min<uint64_t>(k, order.size()));
  std::partial_sort(order.begin(), end, order.end(), [&](uint32_t a, uint32_t b) {
    return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
  });
  for (auto at = order.begin(); at != end; ++at) mask.set(row, *at);
}

void keep_above(std::span<const double> probabilities, double tau, uint64_t row, Bitmap& mask) {
  bool any = false;
  for (uint64_t j = 0; j < probabilities.size(); ++j) {
    if (!(probabilities[j] > tau)) continue;
    mask.set(row, j);
    any = true;
  }
  if (any || probabilities.empty()) return;
  const auto largest = std::max_element(probabilities.begin(), probabilities.end());
  mask.set(row, static_cast<uint64_t>(largest - probabilities.begin()));
}

Bitmap empty_mask(uint64_t tokens) {
  Bitmap mask{tokens, tokens, {}, {}};
  mask.words.resize(tokens * mask.words_per_row());
  return mask;
}

// Rows are independent: `fill(row, scores, order)` for every row, with room of its own for each block of
// rows.
template <class Fill>
void for_each_row(uint64_t tokens, const Fill& fill) {
  constexpr uint64_t kRows = 64;
  parallel_for((tokens + kRows - 1) / kRows, [&](uint64_t block) {
    Progress::throw_if_stopped();
    std::vector<double> scores(tokens);
    std::vector<uint32_t> order;
    order.reserve(tokens);
    for (uint64_t i = block * kRows; i < std::min((block + 1) * kRows, tokens); ++i) fill(i, scores, order);
  });
}

}  // namespace

void check(const SangerOptions& options, uint64_t tokens) {
  if (options.bits < 2 || options.bits > 8)
    throw InputError(fmt::format("{} bits of Q and K", options.bits), "allowed: 2 to 8");
  if (!(options.tau > 0 && options.tau < 1))
    throw InputError(fmt::format("tau {}", options.tau), "allowed: above 0 and below 1");
  if (options.top_k && (*options.top_k == 0 || *options.top_k > tokens))
    throw InputError(fmt::format("the {} largest of {} scores", *options.top_k, tokens),
                     fmt::format("allowed: 1 to {}", tokens));
  if (options.padding > tokens)
    throw InputError(fmt::format("padding of {} of {} tokens", options.padding, tokens),
                     fmt::format("allowed: 0 to {}", tokens));
}

SangerCodes sanger_codes(std::span<const float> rows, uint64_t tokens, uint64_t head_dim,
                         const SangerOptions& options) {
  SangerCodes result;
  result.norms.assign(tokens, 1);
  std::vector<double> scaled(rows.size());
  double largest = 0;
  for (uint64_t i = 0; i < tokens; ++i) {
    const std::span<const float> row = rows.subspan(i * head_dim, head_dim);
    const double length = norm(row);
    if (length == 0) ++result.zero_tokens;
    if (options.normalise) result.norms[i] = length;
    const double divisor = options.normalise && length > 0 ? length : 1;
    for (uint64_t a = 0; a < head_dim; ++a) {
      const double x = static_cast<double>(row[a]) / divisor;
      scaled[i * head_dim + a] = x;
      largest = std::max(largest, std::fabs(x));
    }
  }
  const double most = static_cast<double>((int64_t{1} << (options.bits - 1)) - 1);
  if (largest > 0) result.scale = most / largest;
  result.codes.resize(rows.size());
  for (size_t i = 0; i < scaled.size(); ++i)  // nearbyint: the default mode rounds half to even
    result.codes[i] =
        static_cast<int16_t>(std::clamp(std::nearbyint(scaled[i] * result.scale), -most - 1, most));
  return result;
}

void sanger_scores(const SangerCodes& q, const SangerCodes& k, uint64_t head_dim, uint64_t i,
                   std::span<double> scores) {
  const int16_t* query = q.codes.data() + i * head_dim;
  const double factor = q.norms[i] / (q.scale * k.scale * std::sqrt(static_cast<double>(head_dim)));
  for (uint64_t j = 0; j < scores.size(); ++j) {
    const int16_t* key = k.codes.data() + j * head_dim;
    int32_t sum = 0;
    for (uint64_t a = 0; a < head_dim; ++a) sum += int32_t{query[a]} * int32_t{key[a]};
    scores[j] = static_cast<double>(sum) * factor * k.norms[j];
  }
}

void softmax(std::span<double> scores) {
  if (scores.empty()) return;
  const double largest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) {
    score = std::exp(score - largest);
    sum += score;
  }
  for (double& score : scores) score /= sum;
}

Csr sanger_mask(std::span<const float> q, std::span<const float> k, uint64_t tokens, uint64_t head_dim,
                const SangerOptions& options) {
  check(options, tokens);
  const SangerCodes queries = sanger_codes(q, tokens, head_dim, options);
  const SangerCodes keys = sanger_codes(k, tokens, head_dim, options);
  Bitmap mask = empty_mask(tokens);
  for_each_row(tokens, [&](uint64_t i, std::vector<double>& room, std::vector<uint32_t>& order) {
    const std::span<double> scores(room.data(), visible_columns(i, tokens, options));
    sanger_scores(queries, keys, head_dim, i, scores);
    if (options.top_k) {
      keep_largest(scores, *options.top_k, i, order, mask);
      return;
    }
    softmax(scores);
    keep_above(scores, options.tau, i, mask);
  });
  return to_csr(mask);
}

SangerMasks sanger_masks(const AttentionTensors& tensors, const SangerOptions& options) {
  SangerMasks result;
  result.masks.reserve(tensors.heads);
  const uint64_t count = tensors.head_elements();
  const std::span<const float> all_q(tensors.q), all_k(tensors.k);
  for (uint64_t h = 0; h < tensors.heads; ++h) {
    const std::span<const float> q = all_q.subspan(h * count, count), k = all_k.subspan(h * count, count);
    result.masks.push_back(
        std::make_shared<const Csr>(sanger_mask(q, k, tensors.tokens, tensors.head_dim, options)));
    for (const std::span<const float>& rows : {q, k})
      for (uint64_t i = 0; i < tensors.tokens; ++i)
        result.zero_tokens += norm(rows.subspan(i * tensors.head_dim, tensors.head_dim)) == 0;
  }
  return result;
}

Csr probability_mask(std::span<const float> probabilities, uint64_t tokens, const SangerOptions& options) {
  check(options, tokens);
  Bitmap mask = empty_mask(tokens);
  for_each_row(tokens, [&](uint64_t i, std::vector<double>& room, std::vector<uint32_t>& order) {
    const std::span<double> row(room.data(), visible_columns(i, tokens, options));
    std::copy_n(probabilities.begin() + static_cast<ptrdiff_t>(i * tokens), row.size(), row.begin());
    if (std::none_of(row.begin(), row.end(), [](double p) { return p > 0; })) return;
    if (options.top_k)
      keep_largest(row, *options.top_k, i, order, mask);
    else
      keep_above(row, options.tau, i, mask);
  });
  return to_csr(mask);
}

Csr score_mask(std::span<const float> all, uint64_t tokens, const SangerOptions& options) {
  check(options, tokens);
  Bitmap mask = empty_mask(tokens);
  for_each_row(tokens, [&](uint64_t i, std::vector<double>& room, std::vector<uint32_t>& order) {
    const std::span<double> scores(room.data(), visible_columns(i, tokens, options));
    std::copy_n(all.begin() + static_cast<ptrdiff_t>(i * tokens), scores.size(), scores.begin());
    const auto finite = static_cast<uint64_t>(
        std::count_if(scores.begin(), scores.end(), [](double score) { return std::isfinite(score); }));
    if (finite == 0) return;
    if (options.top_k) {
      keep_largest(scores, std::min(*options.top_k, finite), i, order, mask);
      return;
    }
    softmax(scores);
    keep_above(scores, options.tau, i, mask);
  });
  return to_csr(mask);
}

}  // namespace nonzero
