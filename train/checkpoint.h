#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nonzero::train {

// The state of a training between two steps: `header` says what it is and how far it came (numbers
// of which none depends on the time of day), `tensors` hold the rest.
struct Checkpoint {
  struct Tensor {
    std::string name;
    std::vector<int64_t> shape;
    std::vector<float> values;
  };
  nlohmann::json header;
  std::vector<Tensor> tensors;
};

std::string to_bytes(const Checkpoint& checkpoint);
// Throws InputError where the bytes are no whole checkpoint: magic, sizes and a hash over everything.
Checkpoint parse_checkpoint(const std::string& bytes, const std::string& source);

// The folder of one training. Holds a lock on it as long as it lives; the machine drops the lock with
// the process, however that ends.
class RunFolder {
 public:
  // Makes the folder where it is missing, and clears what a killed training left half written.
  // Throws InputError where another training runs in it.
  explicit RunFolder(const std::string& path);
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  ~RunFolder();

  // The newest whole checkpoint; a damaged one is passed over, with a warning, for the one before.
  std::optional<Checkpoint> load(std::vector<std::string>& warnings) const;
  // At every moment the folder holds at least one whole checkpoint, once it has held one: written
  // beside, synchronised, renamed; the one before is kept.
  void save(const Checkpoint& checkpoint) const;
  void write(const std::string& name, const std::string& bytes) const;

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  int lock_ = -1;
};

inline constexpr const char* kCheckpointName = "checkpoint";
inline constexpr const char* kPreviousName = "checkpoint.previous";

}  // namespace nonzero::train
