#include "nonzero/workload/integer_network.h"

#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/workload/network_tflite.h"

namespace nonzero {
namespace {

IntegerNetwork from_tflite(const std::string& path, const NetworkOptions& options) {
  auto model = std::make_shared<const TfliteModel>(read_tflite(path, options.subgraph));
  network::NetworkBuilder builder(std::filesystem::path(path).stem().string(), path);
  network::add_layers(builder, *model);
  return builder.finish(model);
}

}  // namespace

IntegerNetwork read_integer_network(const std::string& path, const NetworkOptions& options) {
  if (path.ends_with(".tflite")) return from_tflite(path, options);
  throw InputError("no network is read from this", "allowed: a .tflite file", {path, 0});
}

}  // namespace nonzero
