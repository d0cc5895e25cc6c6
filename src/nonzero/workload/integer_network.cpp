#include "nonzero/workload/integer_network.h"

#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/workload/network_folder.h"
#include "nonzero/workload/network_onnx.h"
#include "nonzero/workload/network_tflite.h"

namespace nonzero {
namespace {

IntegerNetwork from_tflite(const std::string& path, const NetworkOptions& options) {
  auto model = std::make_shared<const TfliteModel>(read_tflite(path, options.subgraph));
  network::NetworkBuilder builder(std::filesystem::path(path).stem().string(), path);
  network::add_layers(builder, *model);
  return builder.finish(model);
}

IntegerNetwork from_onnx(const std::string& path) {
  const OnnxModel model = read_onnx(path);
  network::NetworkBuilder builder(std::filesystem::path(path).stem().string(), path);
  network::add_layers(builder, model);
  return builder.finish();
}

IntegerNetwork from_folder(const std::string& path) {
  const IntegerFolder folder = read_integer_folder(path);
  network::NetworkBuilder builder(folder.network, path);
  network::add_layers(builder, folder);
  return builder.finish();
}

}  // namespace

IntegerNetwork read_integer_network(const std::string& path, const NetworkOptions& options) {
  if (path.ends_with(".tflite")) return from_tflite(path, options);
  if (options.subgraph) throw InputError("a choice of subgraph", "allowed: of a .tflite file", {path, 0});
  if (path.ends_with(".onnx")) return from_onnx(path);
  if (std::filesystem::is_directory(path)) return from_folder(path);
  throw InputError("no network is read from this",
                   "allowed: a .tflite or .onnx file, or a folder with layers.json", {path, 0});
}

void write_integer_network(const std::string& path, const IntegerNetwork& network) {
  write_integer_folder(path, network::to_folder(network));
}

Operation convolution_operation(IntegerLayer layer, uint64_t seed) {
  Operation operation;
  operation.name = layer.name;
  operation.network = layer.network;
  operation.kind = "conv2d";
  operation.repeat = layer.repeat;
  operation.seed = seed;
  operation.body = IntegerConvolution{std::make_shared<const IntegerLayer>(std::move(layer)), nullptr};
  return operation;
}

std::vector<Operation> layer_operations(IntegerNetwork network, uint64_t seed) {
  std::vector<Operation> operations;
  operations.reserve(network.layers.size());
  for (IntegerLayer& layer : network.layers)
    operations.push_back(convolution_operation(std::move(layer), seed));
  return operations;
}

}  // namespace nonzero
