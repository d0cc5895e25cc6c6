#include "train/optimiser.h"

#include <cmath>

namespace nonzero::train {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kSecondDecay = 0.999, kEpsilon = 1e-8;  // Adam (Kingma and Ba 2015)

}  // namespace

Optimiser::Optimiser(Network& network, const Options& options) : options_(options) {
  for (const auto& entry : network.named_parameters()) {
    Parameter parameter{entry.key(), entry.value(), nullptr, torch::zeros_like(entry.value()), {}};
    if (options.optimiser == "adamw") parameter.square = torch::zeros_like(entry.value());
    for (const Network::Entry& layer : network.entries)
      if (layer.layer && layer.layer->weight.is_same(entry.value())) parameter.layer = &layer.layer->state();
    parameters.push_back(std::move(parameter));
  }
}

void Optimiser::clear_gradients() {
  for (Parameter& parameter : parameters) parameter.value.mutable_grad() = Tensor();
}

std::string Optimiser::overflowing() const {
  for (const Parameter& parameter : parameters)
    if (parameter.value.grad().defined() && !torch::isfinite(parameter.value.grad()).all().item<bool>())
      return parameter.name;
  return "";
}

void Optimiser::step(double learning_rate, double loss_scale, uint64_t step) {
  const torch::NoGradGuard none;
  for (Parameter& parameter : parameters) {
    if (!parameter.value.grad().defined()) continue;
    Tensor gradient = parameter.value.grad() / loss_scale;
    const bool masked = parameter.layer != nullptr && parameter.layer->mask_ff.defined();
    if (masked && options_.lambda != 0)
      gradient = gradient + options_.lambda * (1 - parameter.layer->mask_ff) * parameter.value;
    const Tensor kept = masked && options_.update == "kept_ff" ? parameter.layer->mask_ff : Tensor();
    if (options_.optimiser == "sgd")
      step_sgd(parameter, gradient, kept, learning_rate);
    else
      step_adamw(parameter, gradient, kept, learning_rate, step);
  }
}

// `kept`, where defined, limits the update to the weights that took part in the forward pass.
void Optimiser::step_sgd(Parameter& parameter, const Tensor& gradient, const Tensor& kept,
                         double learning_rate) const {
  const Tensor decayed = gradient + options_.weight_decay * parameter.value;
  parameter.momentum.mul_(options_.momentum).add_(kept.defined() ? decayed * kept : decayed);
  parameter.value.sub_(learning_rate * (kept.defined() ? parameter.momentum * kept : parameter.momentum));
}

// Decoupled decay (Loshchilov and Hutter 2019).
void Optimiser::step_adamw(Parameter& parameter, const Tensor& gradient, const Tensor& kept,
                           double learning_rate, uint64_t step) const {
  const auto count = static_cast<double>(step);
  parameter.momentum.mul_(options_.momentum).add_((1 - options_.momentum) * gradient);
  parameter.square.mul_(kSecondDecay).add_((1 - kSecondDecay) * gradient * gradient);
  const Tensor mean = parameter.momentum / (1 - std::pow(options_.momentum, count));
  const Tensor spread = (parameter.square / (1 - std::pow(kSecondDecay, count))).sqrt() + kEpsilon;
  const Tensor change = mean / spread + options_.weight_decay * parameter.value;
  parameter.value.sub_(learning_rate * (kept.defined() ? change * kept : change));
}

double learning_rate_at(const Options& options, uint64_t step, uint64_t total) {
  if (options.schedule == "constant" || total == 0) return options.learning_rate;
  return options.learning_rate / 2 *
         (1 + std::cos(kPi * static_cast<double>(step) / static_cast<double>(total)));
}

}  // namespace nonzero::train
