#include "train/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"

namespace nonzero::train {
namespace {

namespace fs = std::filesystem;

// magic, u64 bytes of the header, header (JSON, lists names and shapes), values, u64 XXH64 of all that.
constexpr std::string_view kMagic = "nonzero.checkpoint/1\n";
const std::string kPart = ".part";

void append_number(std::string& bytes, uint64_t number) {
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xffU);
}

uint64_t number_at(std::string_view bytes, size_t at) {
  uint64_t number = 0;
  for (size_t i = 8; i-- > 0;) number = number << 8U | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

uint64_t elements(const std::vector<int64_t>& shape) {
  uint64_t product = 1;
  for (const int64_t side : shape) product *= static_cast<uint64_t>(side);
  return product;
}

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw SystemError(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

// NAME.PID-COUNT.part, as write_atomically names what it writes, of this folder's own files; and the second
// name that save() gives a checkpoint.
bool is_half_written(const std::string& file) {
  if (file == std::string(kPreviousName) + kPart) return true;
  for (const char* own : {kCheckpointName, kPreviousName, "log.csv", "result.json"}) {
    const std::string begin = std::string(own) + ".";
    if (!file.starts_with(begin) || !file.ends_with(kPart) || file.size() <= begin.size() + kPart.size())
      continue;
    const std::string_view middle =
        std::string_view(file).substr(begin.size(), file.size() - begin.size() - kPart.size());
    if (middle.find_first_not_of("0123456789-") == std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::string to_bytes(const Checkpoint& checkpoint) {
  nlohmann::json header = checkpoint.header;
  header["tensors"] = nlohmann::json::array();
  for (const auto& tensor : checkpoint.tensors)
    header["tensors"].push_back({{"name", tensor.name}, {"shape", tensor.shape}});
  const std::string text = header.dump();
  std::string bytes(kMagic);
  append_number(bytes, text.size());
  bytes += text;
  for (const auto& tensor : checkpoint.tensors)
    bytes.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * sizeof(float));
  append_number(bytes, XXH64(bytes.data(), bytes.size(), 0));
  return bytes;
}

Checkpoint parse_checkpoint(const std::string& bytes, const std::string& source) {
  const Place place{source, 0};
  if (!bytes.starts_with(kMagic))
    throw InputError("is no checkpoint", "expected: nonzero.checkpoint/1", place);
  const size_t begin = kMagic.size() + 8;
  if (bytes.size() < begin + 8) throw InputError("the checkpoint ends too early", "", place);
  const size_t end = bytes.size() - 8;
  if (XXH64(bytes.data(), end, 0) != number_at(bytes, end))
    throw InputError("the checkpoint is damaged", "its hash does not fit", place);
  const uint64_t length = number_at(bytes, kMagic.size());
  if (length > end - begin) throw InputError("the checkpoint's header is cut", "", place);
  Checkpoint checkpoint;
  try {
    checkpoint.header = nlohmann::json::parse(bytes.substr(begin, length));
    size_t at = begin + length;
    for (const auto& entry : checkpoint.header.at("tensors")) {
      Checkpoint::Tensor tensor{entry.at("name"), entry.at("shape"), {}};
      const uint64_t size = elements(tensor.shape);
      if (size > (end - at) / sizeof(float)) throw InputError("the checkpoint's values are cut", "", place);
      tensor.values.resize(size);
      if (size > 0) std::memcpy(tensor.values.data(), bytes.data() + at, size * sizeof(float));
      at += size * sizeof(float);
      checkpoint.tensors.push_back(std::move(tensor));
    }
  } catch (const nlohmann::json::exception& error) {
    throw InputError(fmt::format("the checkpoint's header is damaged: {}", error.what()), "", place);
  }
  checkpoint.header.erase("tensors");
  return checkpoint;
}

RunFolder::RunFolder(const std::string& path) : path_(path) {
  std::error_code error;
  fs::create_directories(path_, error);
  if (!fs::is_directory(path_))
    throw InputError("is no folder and cannot be made one", error.message(), {path_, 0});
  lock_ = ::open(file("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ < 0) fail(file("lock"), "cannot write");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    throw InputError("another training runs in this folder", "wait for it, or give another --run",
                     {path_, 0});
  }
  for (const auto& entry : fs::directory_iterator(path_))
    if (is_half_written(entry.path().filename().string())) fs::remove(entry.path());
}

RunFolder::~RunFolder() { ::close(lock_); }

std::optional<Checkpoint> RunFolder::load(std::vector<std::string>& warnings) const {
  for (const char* name : {kCheckpointName, kPreviousName}) {
    if (!fs::exists(file(name))) continue;
    try {
      return parse_checkpoint(read_file(file(name)), file(name));
    } catch (const InputError& error) {
      warnings.emplace_back(error.what());
    }
  }
  if (!warnings.empty()) throw InputError("no whole checkpoint", warnings.front(), {path_, 0});
  return std::nullopt;
}

void RunFolder::save(const Checkpoint& checkpoint) const {
  const std::string current = file(kCheckpointName), beside = file("checkpoint.previous.part");
  if (fs::exists(current)) {
    // A second name for the present one, so that no moment is without it.
    ::unlink(beside.c_str());
    if (::link(current.c_str(), beside.c_str()) != 0 ||
        ::rename(beside.c_str(), file(kPreviousName).c_str()) != 0)
      fail(current, "cannot keep the checkpoint before");
    ::unlink(beside.c_str());  // rename leaves both names where they are one file already
  }
  write_atomically(current, to_bytes(checkpoint));
}

void RunFolder::write(const std::string& name, const std::string& bytes) const {
  write_atomically(file(name), bytes);
}

}  // namespace nonzero::train
