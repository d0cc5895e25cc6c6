#include <filesystem>
#include <functional>
#include <map>

#include "messages.h"
#include "nonzero/base/config.h"
#include "nonzero/io/file.h"
#include "nonzero/io/layers.h"
#include "nonzero/io/mtx.h"
#include "nonzero/io/npy.h"
#include "nonzero/io/npz.h"
#include "nonzero/io/onnx.h"
#include "nonzero/io/safetensors.h"
#include "nonzero/io/smtx.h"
#include "nonzero/io/step_folder.h"
#include "nonzero/io/tflite.h"
#include "nonzero/io/tile_files.h"
#include "nonzero/tensor/generate.h"
#include "support/machine.h"

namespace nonzero {
namespace {

namespace fs = std::filesystem;
using Reader = std::function<void(const std::string& bytes)>;

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> all = {
      {"mtx", [](const std::string& bytes) { parse_mtx(bytes, "seed"); }},
      {"smtx", [](const std::string& bytes) { parse_smtx(bytes, "seed"); }},
      {"npy", [](const std::string& bytes) { to_dense(parse_npy(bytes, "seed"), "seed"); }},
      {"npz", [](const std::string& bytes) { matrix_of_npz(parse_npz(bytes, "seed"), "seed"); }},
      {"safetensors", [](const std::string& bytes) { const Safetensors file(bytes, "seed"); }},
      {"tflite", [](const std::string& bytes) { (void)parse_tflite(bytes, "seed"); }},
      {"onnx", [](const std::string& bytes) { (void)parse_onnx(bytes, "seed"); }},
      {"tiles", [](const std::string& bytes) { (void)parse_tile_file(bytes, "seed"); }},
      {"gzip", [](const std::string& bytes) { unpack_gzip(bytes, "seed"); }},
      {"layers", [](const std::string& bytes) { parse_layers(bytes, "seed"); }},
      {"step", [](const std::string& bytes) { parse_step(bytes, "seed"); }},
      {"generator", [](const std::string& bytes) { generate(bytes); }},
      {"config",
       [](const std::string& bytes) {
         test::Machine machine;
         read_config(test::machine_fields().all(), &machine, bytes, "seed", "toy");
       }},
  };
  return all;
}

// The fuzzers' seeds are examples too: files that are read, ten that are refused.
TEST(Corpus, the_valid_seed_is_read_and_the_ten_broken_ones_are_refused) {
  for (const auto& [name, read] : readers()) {
    size_t broken = 0;
    for (const auto& entry :
         fs::directory_iterator(fs::path(NONZERO_SOURCE_DIR) / "tests/fuzz/corpus" / name)) {
      const std::string path = entry.path().string();
      const std::string bytes = read_file(path);
      if (entry.path().filename().string().starts_with("valid")) {
        EXPECT_NO_THROW(read(bytes)) << path;
        continue;
      }
      EXPECT_THROW(read(bytes), InputError) << path;
      ++broken;
    }
    EXPECT_EQ(broken, 10U) << name;
  }
}

}  // namespace
}  // namespace nonzero
