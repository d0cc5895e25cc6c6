#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "nonzero/base/random.h"
#include "nonzero/io/npy_header.h"
#include "nonzero/io/step_folder.h"
#include "nonzero/tensor/data_type.h"
#include "nonzero/workload/training_step.h"

// Training steps with tensors: drawn, computed by plain loops, written as an export is.

namespace nonzero::test {

inline std::vector<float> normals(uint64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(random.normal());
  return values;
}

// What one layer's step computes, by the definition of a convolution, in double: y from w * mask_ff, dx from
// w * mask_bp, dw from x and dy.
inline void compute_plainly(const StepShape& s, StepTensors& t) {
  const bool linear = s.type == StepLayerType::kLinear;
  const auto in = [&](uint64_t b, uint64_t i, uint64_t h, uint64_t w) {
    return linear ? (b * s.h + h) * s.cin + i : ((b * s.cin + i) * s.h + h) * s.w + w;
  };
  const auto out = [&](uint64_t b, uint64_t o, uint64_t p, uint64_t q) {
    return linear ? (b * s.oh + p) * s.cout + o : ((b * s.cout + o) * s.oh + p) * s.ow + q;
  };
  std::vector<double> y(t.dy.size()), dx(t.x.size()), dw(t.weight.size());
  for (uint64_t b = 0; b < s.batch; ++b)
    for (uint64_t o = 0; o < s.cout; ++o)
      for (uint64_t p = 0; p < s.oh; ++p)
        for (uint64_t q = 0; q < s.ow; ++q)
          for (uint64_t i = 0; i < s.cin; ++i)
            for (uint64_t r = 0; r < s.kh; ++r)
              for (uint64_t c = 0; c < s.kw; ++c) {
                const uint64_t h = p * s.stride + r - s.pad, w = q * s.stride + c - s.pad;
                if (h >= s.h || w >= s.w) continue;
                const uint64_t e = ((o * s.cin + i) * s.kh + r) * s.kw + c;
                const double weight = static_cast<double>(t.weight[e]);
                const double x = static_cast<double>(t.x[in(b, i, h, w)]);
                const double dy = static_cast<double>(t.dy[out(b, o, p, q)]);
                y[out(b, o, p, q)] += x * (t.mask_ff.empty() || t.mask_ff[e] == 1 ? weight : 0);
                dx[in(b, i, h, w)] += dy * (t.mask_bp.empty() || t.mask_bp[e] == 1 ? weight : 0);
                dw[e] += x * dy;
              }
  t.y.assign(y.begin(), y.end());
  t.dx.assign(dx.begin(), dx.end());
  t.dw.assign(dw.begin(), dw.end());
}

// Drawn weights, activations (half of them zero) and gradients, both masks of `rule`, the plain results.
inline StepTensors drawn_step(const StepShape& s, const StepRule& rule, uint64_t seed) {
  StepTensors t;
  t.weight = normals(s.weights(), seed);
  t.x = normals(s.inputs() * s.cin, seed + 1);
  t.dy = normals(s.positions() * s.cout, seed + 2);
  for (float& x : t.x) x = x > 0 ? x : 0;
  if (rule.mixed_precision)
    for (std::vector<float>* values : {&t.weight, &t.x, &t.dy}) round_to(DataType::kFp16, *values);
  const WeightShape weight = s.weight();
  if (rule.method == PruningMethod::kTransposable) {
    t.mask_ff = t.mask_bp = transposable_mask(t.weight, weight, rule.ratio, TransposableSearch::kGreedy);
  } else {
    if (prunes_forward(rule.method)) t.mask_ff = nm_mask(t.weight, weight.along_cin(), rule.ratio);
    if (prunes_backward(rule.method)) t.mask_bp = nm_mask(t.weight, weight.along_cout(), rule.ratio);
  }
  compute_plainly(s, t);
  return t;
}

inline Operation step_with(const StepShape& shape, const StepRule& rule, const StepTensors& tensors) {
  Operation op = shape_step("layer", shape);
  auto& body = std::get<TrainingStep>(op.body);
  body.trained = rule;
  body.tensors = [tensors] { return tensors; };
  return op;
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string npy_of(const std::vector<float>& values, const std::string& shape) {
  std::string file = io::make_npy_header("<f4", shape);
  return file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}
inline std::string npy_of(const std::vector<uint8_t>& values, const std::string& shape) {
  return io::make_npy_header("|u1", shape) + std::string(values.begin(), values.end());
}

// One conv layer as an exported step: workload.json and its eight files.
inline void write_step(const std::filesystem::path& folder, const StepShape& s, const StepRule& rule,
                       const StepTensors& t) {
  std::filesystem::create_directories(folder);
  const auto shape = [](uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    return "(" + std::to_string(a) + ", " + std::to_string(b) + ", " + std::to_string(c) + ", " +
           std::to_string(d) + ")";
  };
  const std::string weight = shape(s.cout, s.cin, s.kh, s.kw), in = shape(s.batch, s.cin, s.h, s.w),
                    out = shape(s.batch, s.cout, s.oh, s.ow);
  std::string files;
  const auto put = [&](const std::string& name, const auto& values, const std::string& of) {
    if (values.empty()) return;
    write_bytes(folder / ("c." + name + ".npy"), npy_of(values, of));
    files += ", \"" + name + "\": \"c." + name + ".npy\"";
  };
  put("weight", t.weight, weight);
  put("mask_ff", t.mask_ff, weight);
  put("mask_bp", t.mask_bp, weight);
  put("x", t.x, in);
  put("dy", t.dy, out);
  put("y", t.y, out);
  put("dx", t.dx, in);
  put("dw", t.dw, weight);
  const auto number = [](const char* key, uint64_t value) {
    return "\"" + std::string(key) + "\": " + std::to_string(value) + ", ";
  };
  const std::string json =
      "{\"schema\": \"nonzero.step/1\", \"network\": \"tiny\", " + number("batch", s.batch) +
      "\"method\": \"" + name(rule.method) + "\", " + number("n", rule.ratio.n) + number("m", rule.ratio.m) +
      "\"precision\": \"" + (rule.mixed_precision ? "mixed" : "fp32") +
      "\",\n \"layers\": [{\"name\": \"c\", \"type\": \"conv\", " + number("cin", s.cin) +
      number("cout", s.cout) + number("kh", s.kh) + number("kw", s.kw) + number("stride", s.stride) +
      number("pad", s.pad) + number("h", s.h) + number("w", s.w) + number("oh", s.oh) + number("ow", s.ow) +
      "\"sparse\": true, \"first\": false" + files + "}]}\n";
  write_bytes(folder / "workload.json", json);
}

}  // namespace nonzero::test
