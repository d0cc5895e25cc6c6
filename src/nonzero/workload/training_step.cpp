#include "nonzero/workload/training_step.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace nonzero {
namespace {

constexpr const char* kKind = "training step";

std::string describe_shape(const StepShape& s) {
  if (s.is_attention())
    return fmt::format("attention:batch={},tokens={},heads={},head_dim={}", s.batch, s.tokens, s.heads,
                       s.head_dim);
  return fmt::format("{}:batch={},cin={},cout={},kernel={}x{},stride={},pad={},input={}x{}",
                     s.type == StepLayerType::kLinear ? "linear" : "conv", s.batch, s.cin, s.cout, s.kh, s.kw,
                     s.stride, s.pad, s.h, s.w);
}

OperandInfo described(const std::string& text) { return {hash_of_bytes(text), text}; }

OperandInfo of_values(const std::vector<float>& values, const std::string& otherwise,
                      const std::string& file) {
  if (values.empty()) return described(otherwise);
  return {hash_of_bytes({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)}), file};
}

}  // namespace

Operation shape_step(std::string name, const StepShape& shape) {
  shape.check(name, "");
  TrainingStep step;
  step.shape = shape;
  step.weight = described(describe_shape(shape) + " weights");
  step.x = described(describe_shape(shape) + " activations");
  Operation operation;
  operation.name = std::move(name);
  operation.kind = kKind;
  operation.body = std::move(step);
  return operation;
}

std::vector<Operation> exported_step(const std::string& folder) {
  const auto step = std::make_shared<const StepFolder>(read_step_folder(folder));
  std::vector<Operation> operations;
  for (size_t i = 0; i < step->layers.size(); ++i) {
    const StepLayer& layer = step->layers[i];
    Operation operation = shape_step(layer.name, layer.shape);
    operation.network = step->network;
    auto& body = std::get<TrainingStep>(operation.body);
    body.density_x = layer.density_x;
    body.density_dy = layer.density_dy;
    body.trained = StepRule{step->method, step->ratio, step->mixed_precision};
    const StepTensors checked = read_step_tensors(*step, layer);
    body.weight = of_values(checked.weight, body.weight.source, layer.file(StepTensor::kWeight));
    body.x = of_values(checked.x, body.x.source, layer.file(StepTensor::kX));
    if (!checked.weight.empty())
      body.tensors = [step, i] { return read_step_tensors(*step, step->layers[i]); };
    operations.push_back(std::move(operation));
  }
  return operations;
}

std::vector<std::string> step_settings(const StepRule& rule) {
  return {"method=" + name(rule.method), fmt::format("n={}", rule.ratio.n),
          fmt::format("m={}", rule.ratio.m)};
}

}  // namespace nonzero
