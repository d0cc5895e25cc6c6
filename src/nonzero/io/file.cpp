#include "nonzero/io/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

constexpr uint64_t kFirstPiece = uint64_t{1} << 16U;
constexpr int kGzipOnly = 15 + 16;  // zlib's window bits for a gzip stream

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  // Closes now, so that the error of a delayed write is seen.
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw SystemError(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

[[noreturn]] void too_large(const std::string& source, uint64_t most_bytes) {
  throw InputError("the file is too large", fmt::format("allowed: at most {} bytes, unpacked", most_bytes),
                   {source, 0});
}

int open_to_read(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file >= 0) return file;
  if (errno == ENOENT || errno == ENOTDIR) throw InputError("no such file", "", {path, 0});
  fail(path, "cannot open");
}

std::string read_raw(const std::string& path, uint64_t most_bytes) {
  const Descriptor file(open_to_read(path));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail(path, "cannot read");
  if (S_ISDIR(status.st_mode)) throw InputError("is a folder", "expected: a file", {path, 0});
  const auto stated = static_cast<uint64_t>(std::max<off_t>(status.st_size, 0));
  if (stated > most_bytes) too_large(path, most_bytes);

  std::string bytes(std::max(stated + 1, kFirstPiece), '\0');
  for (uint64_t used = 0;;) {
    const ssize_t got = ::read(file.get(), bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, "cannot read");
    used += static_cast<uint64_t>(got);
    if (used > most_bytes) too_large(path, most_bytes);
    if (got == 0) {
      bytes.resize(used);
      return bytes;
    }
    if (used == bytes.size()) bytes.resize(2 * bytes.size());
  }
}

// zlib's counters are 32 bits wide: hand over at most this much at a time.
uInt piece(uint64_t bytes) { return static_cast<uInt>(std::min<uint64_t>(bytes, uint64_t{1} << 30U)); }

class Inflater {
 public:
  explicit Inflater(int window_bits) {
    if (::inflateInit2(&stream_, window_bits) != Z_OK) throw SystemError("zlib cannot start");
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { ::inflateEnd(&stream_); }

  // Moves bytes from `input` to `output`; true at the end of a stream.
  bool step(std::string_view& input, char* output, uint64_t room, uint64_t& written,
            const std::string& source) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = piece(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(output);
    stream_.avail_out = piece(room);
    const uInt offered = stream_.avail_in;
    const uInt space = stream_.avail_out;
    const int status = ::inflate(&stream_, Z_NO_FLUSH);
    input.remove_prefix(offered - stream_.avail_in);
    written = space - stream_.avail_out;
    if (status == Z_STREAM_END) return true;
    if (status == Z_OK && (written > 0 || offered > stream_.avail_in)) return false;
    if (status == Z_MEM_ERROR) throw SystemError("zlib: out of memory");
    throw InputError(input.empty() ? "the packed data ends too early" : "the packed data is damaged",
                     stream_.msg != nullptr ? std::string("zlib: ") + stream_.msg : "", {source, 0});
  }

  void restart() { ::inflateReset(&stream_); }

 private:
  z_stream stream_{};
};

void write_all(const Descriptor& file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail(path, "cannot write");
    bytes.remove_prefix(static_cast<size_t>(put));
  }
}

// A name nobody else uses: the process and a count.
std::string name_beside(const std::string& path) {
  static std::atomic<uint64_t> count{0};
  return fmt::format("{}.{}-{}.part", path, ::getpid(), count++);
}

void write_beside(const std::string& beside, std::string_view bytes, const std::string& path) {
  Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) fail(path, "cannot write");
  write_all(file, bytes, path);
  if (::fsync(file.get()) != 0 || !file.close()) fail(path, "cannot write");
}

}  // namespace

std::string unpack_gzip(std::string_view packed, const std::string& source, uint64_t most_bytes) {
  constexpr uint64_t kAlwaysAllowed = uint64_t{1} << 20U;
  const uint64_t by_ratio = packed.size() > most_bytes / kMostInflation
                                ? most_bytes
                                : std::max(kAlwaysAllowed, packed.size() * kMostInflation);
  const uint64_t most = std::min(most_bytes, by_ratio);
  std::string bytes(std::min(most, std::max<uint64_t>(kFirstPiece, 4 * packed.size())), '\0');
  Inflater inflater(kGzipOnly);
  for (uint64_t used = 0;;) {
    uint64_t written = 0;
    const bool ended = inflater.step(packed, bytes.data() + used, bytes.size() - used, written, source);
    used += written;
    if (ended && packed.empty()) {
      bytes.resize(used);
      return bytes;
    }
    if (ended) inflater.restart();
    if (used < bytes.size()) continue;
    if (bytes.size() == most) too_large(source, most);
    bytes.resize(std::min(most, 2 * bytes.size()));
  }
}

std::string unpack_deflate(std::string_view packed, uint64_t bytes, const std::string& source) {
  // No deflate stream packs better than 1032 to 1 (zlib's technical notes).
  if (bytes / 1032 > packed.size())
    throw InputError(fmt::format("{} packed bytes claim to unpack to {}", packed.size(), bytes),
                     "allowed: at most 1032 times as many", {source, 0});
  std::string unpacked(bytes + 1, '\0');  // room to notice one byte too many
  Inflater inflater(-15);
  uint64_t used = 0;
  for (bool ended = false; !ended;) {
    uint64_t written = 0;
    ended = inflater.step(packed, unpacked.data() + used, unpacked.size() - used, written, source);
    used += written;
    if (used > bytes) break;
  }
  if (used != bytes)
    throw InputError(fmt::format("unpacked to {} bytes", used > bytes ? "more" : fmt::format("{}", used)),
                     fmt::format("expected: {}", bytes), {source, 0});
  unpacked.resize(bytes);
  return unpacked;
}

std::string read_beginning(const std::string& path, uint64_t bytes) {
  const Descriptor file(open_to_read(path));
  std::string raw(bytes, '\0');
  uint64_t used = 0;
  for (ssize_t got = 1; got != 0 && used < bytes;) {
    got = ::read(file.get(), raw.data() + used, bytes - used);
    if (got < 0 && errno != EINTR) fail(path, "cannot read");
    used += static_cast<uint64_t>(std::max<ssize_t>(got, 0));
  }
  raw.resize(used);
  if (!path.ends_with(".gz")) return raw;
  std::string unpacked(bytes, '\0');
  Inflater inflater(kGzipOnly);
  std::string_view packed = raw;
  used = 0;
  for (bool ended = false; !ended && !packed.empty() && used < bytes;) {
    uint64_t written = 0;
    ended = inflater.step(packed, unpacked.data() + used, bytes - used, written, path);
    used += written;
  }
  unpacked.resize(used);
  return unpacked;
}

std::string read_file(const std::string& path, uint64_t most_bytes) {
  std::string bytes = read_raw(path, most_bytes);
  return path.ends_with(".gz") ? unpack_gzip(bytes, path, most_bytes) : bytes;
}

void write_atomically(const std::string& path, std::string_view bytes) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() < 0) fail(path, "cannot write");
    write_all(file, bytes, path);
    if (!file.close()) fail(path, "cannot write");
    return;
  }
  const std::string beside = name_beside(path);
  try {
    write_beside(beside, bytes, path);
    if (::rename(beside.c_str(), path.c_str()) != 0) fail(path, "cannot write");
  } catch (const SystemError&) {
    ::unlink(beside.c_str());
    throw;
  }
}

}  // namespace nonzero
