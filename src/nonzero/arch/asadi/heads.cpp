#include "nonzero/arch/asadi/heads.h"

#include <fmt/format.h>

#include "nonzero/base/parallel.h"

namespace nonzero::asadi {

std::optional<std::string> shape_problem(const Attention& attention) {
  const Attention& a = attention;
  if (a.tokens == 0 || a.heads == 0 || a.head_dim == 0)
    return fmt::format("attention of {} tokens, {} heads of {} dimensions", a.tokens, a.heads, a.head_dim);
  if (a.masks.size() != 1 && a.masks.size() != a.heads)
    return fmt::format("{} masks for {} heads; allowed: one, or one each", a.masks.size(), a.heads);
  for (const auto& mask : a.masks)
    if (mask->rows != a.tokens || mask->columns != a.tokens)
      return fmt::format("a mask of {} x {} for {} tokens", mask->rows, mask->columns, a.tokens);
  return std::nullopt;
}

HeadValues values_of(const AttentionTensors& tensors, std::vector<float>& z, uint64_t head) {
  const uint64_t size = tensors.head_elements();
  const auto part = [&](const std::vector<float>& all) {
    return std::span<const float>(all).subspan(head * size, size);
  };
  return {part(tensors.q), part(tensors.k), part(tensors.v), std::span<float>(z).subspan(head * size, size)};
}

std::shared_ptr<const Product> product_of(const std::vector<float>& z, uint64_t rows, uint64_t columns) {
  auto product = std::make_shared<Product>();
  product->rows = rows;
  product->columns = columns;
  product->offsets.resize(rows + 1);
  for (uint64_t row = 0; row <= rows; ++row) product->offsets[row] = row * columns;
  product->indices.resize(rows * columns);
  for (uint64_t i = 0; i < product->indices.size(); ++i)
    product->indices[i] = static_cast<uint32_t>(i % columns);
  product->values.assign(z.begin(), z.end());
  return product;
}

Heads walk_heads(const Operation& operation, const Config& config, WalkHead walk,
                 const std::shared_ptr<const AttentionTensors>& tensors) {
  const Attention& attention = *operation.attention();
  std::vector<float> z;
  std::vector<HeadValues> values;
  if (tensors) {
    z.resize(attention.heads * tensors->head_elements());
    values.reserve(attention.heads);
    for (uint64_t head = 0; head < attention.heads; ++head) values.push_back(values_of(*tensors, z, head));
  }
  Heads all;
  const std::span<const HeadValues> every = values;
  if (attention.masks.size() == 1) {
    all.heads.assign(attention.heads, walk(attention.mask(0), attention.head_dim, config, every));
  } else {
    all.heads.resize(attention.heads);
    parallel_for(attention.heads, [&](uint64_t head) {
      const auto own = every.empty() ? every : every.subspan(head, 1);
      all.heads[head] = walk(attention.mask(head), attention.head_dim, config, own);
    });
  }
  if (tensors) all.z = product_of(z, attention.heads * attention.tokens, attention.head_dim);
  return all;
}

}  // namespace nonzero::asadi
