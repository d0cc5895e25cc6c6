#include "nonzero/io/zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/io/text.h"

namespace nonzero::io {
namespace {

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50, kZip64Locator = 0x07064b50;
constexpr uint64_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kZip64LocatorBytes = 20;
constexpr uint32_t kInZip64 = 0xffffffff;
constexpr uint64_t kMostUnpacked = uint64_t{1} << 32U;

// Fixed-width little-endian numbers at checked places.
class Bytes {
 public:
  Bytes(std::string_view bytes, const std::string& source) : bytes_(bytes), source_(source) {}

  [[nodiscard]] uint64_t size() const { return bytes_.size(); }
  [[nodiscard]] std::string_view at(uint64_t begin, uint64_t count) const {
    if (begin > bytes_.size() || count > bytes_.size() - begin)
      refuse(fmt::format("the zip file names bytes {} to {}", begin, begin + count),
             fmt::format("it holds {}", bytes_.size()));
    return bytes_.substr(begin, count);
  }
  [[nodiscard]] uint32_t number(uint64_t begin, uint64_t count) const {
    const std::string_view raw = at(begin, count);
    uint32_t value = 0;
    for (size_t i = count; i-- > 0;) value = value << 8U | static_cast<unsigned char>(raw[i]);
    return value;
  }
  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed = "") const {
    throw InputError(problem, allowed, {source_, 0});
  }
  [[nodiscard]] const std::string& source() const { return source_; }

 private:
  std::string_view bytes_;
  const std::string& source_;
};

// The end record stands last but for a comment of at most 65535 bytes.
uint64_t find_end(const Bytes& file) {
  if (file.size() < kEndBytes) file.refuse("too short for a zip file");
  const uint64_t last = file.size() - kEndBytes;
  const uint64_t first = last > 65535 ? last - 65535 : 0;
  for (uint64_t at = last + 1; at-- > first;)
    if (file.number(at, 4) == kEnd && at + kEndBytes + file.number(at + 20, 2) == file.size()) return at;
  file.refuse("no end record: not a zip file, or cut off");
}

struct Central {
  uint32_t flags, method, crc, packed, unpacked, name_bytes, extra_bytes, comment_bytes, local;
};

Central read_central(const Bytes& file, uint64_t at) {
  if (file.number(at, 4) != kCentral) file.refuse(fmt::format("no directory entry at byte {}", at));
  Central entry{file.number(at + 8, 2),  file.number(at + 10, 2), file.number(at + 16, 4),
                file.number(at + 20, 4), file.number(at + 24, 4), file.number(at + 28, 2),
                file.number(at + 30, 2), file.number(at + 32, 2), file.number(at + 42, 4)};
  if (entry.packed == kInZip64 || entry.unpacked == kInZip64 || entry.local == kInZip64)
    file.refuse("a zip64 file", "allowed: zip files under 4 GiB");
  return entry;
}

std::string unpack_entry(const Bytes& file, const Central& entry, const std::string& name) {
  const std::string where = file.source() + ":" + name;
  const Bytes named(file.at(0, file.size()), where);
  if (entry.flags & 1U) named.refuse("an encrypted entry");
  if (named.number(entry.local, 4) != kLocal) named.refuse(fmt::format("no entry at byte {}", entry.local));
  const uint64_t data =
      entry.local + kLocalBytes + named.number(entry.local + 26, 2) + named.number(entry.local + 28, 2);
  const std::string_view packed = named.at(data, entry.packed);
  std::string bytes;
  if (entry.method == 0) {
    if (entry.packed != entry.unpacked)
      named.refuse(fmt::format("a stored entry of {} bytes that claims {}", entry.packed, entry.unpacked));
    bytes = packed;
  } else if (entry.method == 8) {
    bytes = unpack_deflate(packed, entry.unpacked, where);
  } else {
    named.refuse(fmt::format("packing method {}", entry.method), "allowed: 0 (stored), 8 (deflated)");
  }
  const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (crc != entry.crc) named.refuse("the entry is damaged: its CRC does not fit");
  return bytes;
}

void append(std::string& to, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i, value >>= 8U) to += static_cast<char>(value & 0xffU);
}

// The fields that the local and the central header share, from "version needed" to "extra length".
std::string common_fields(const ZipEntry& entry) {
  constexpr uint64_t kVersion = 20, kFirstOf1980 = 0x21;
  std::string fields;
  append(fields, kVersion, 2);
  append(fields, 0, 6);  // flags, method, time
  append(fields, kFirstOf1980, 2);
  append(fields, ::crc32_z(0, reinterpret_cast<const Bytef*>(entry.bytes.data()), entry.bytes.size()), 4);
  append(fields, entry.bytes.size(), 4);
  append(fields, entry.bytes.size(), 4);
  append(fields, entry.name.size(), 2);
  append(fields, 0, 2);
  return fields;
}

}  // namespace

std::vector<ZipEntry> unpack_zip(std::string_view bytes, const std::string& source) {
  const Bytes file(bytes, source);
  const uint64_t end = find_end(file);
  if (end >= kZip64LocatorBytes && file.number(end - kZip64LocatorBytes, 4) == kZip64Locator)
    file.refuse("a zip64 file", "allowed: zip files under 4 GiB");
  if (file.number(end + 4, 2) != 0 || file.number(end + 6, 2) != 0)
    file.refuse("a zip file over several disks");
  const uint32_t count = file.number(end + 10, 2);
  uint64_t at = file.number(end + 16, 4);
  uint64_t total = 0;
  std::vector<ZipEntry> entries;
  for (uint32_t i = 0; i < count; ++i) {
    const Central central = read_central(file, at);
    const std::string name(file.at(at + kCentralBytes, central.name_bytes));
    total += central.unpacked;
    // Entries may overlap in the file: their sum is bounded, not only each of them.
    if (total > kMostUnpacked || total / 1032 > file.size())
      file.refuse(fmt::format("a zip file that claims to unpack to {} bytes", total));
    entries.push_back({name, unpack_entry(file, central, excerpt(name))});
    at += kCentralBytes + central.name_bytes + central.extra_bytes + central.comment_bytes;
  }
  return entries;
}

std::string pack_zip(const std::vector<ZipEntry>& entries) {
  std::string file;
  std::string directory;
  for (const ZipEntry& entry : entries) {
    const uint64_t local = file.size();
    if (local + entry.bytes.size() >= kInZip64)
      throw InputError("a .npz file of more than 4 GiB", "allowed: smaller matrices, or .mtx");
    const std::string fields = common_fields(entry);
    append(file, kLocal, 4);
    file += fields + entry.name + entry.bytes;
    append(directory, kCentral, 4);
    append(directory, 20, 2);
    directory += fields;
    append(directory, 0, 10);  // comment, disk, attributes
    append(directory, local, 4);
    directory += entry.name;
  }
  const uint64_t begin = file.size();
  file += directory;
  append(file, kEnd, 4);
  append(file, 0, 4);
  append(file, entries.size(), 2);
  append(file, entries.size(), 2);
  append(file, directory.size(), 4);
  append(file, begin, 4);
  append(file, 0, 2);
  return file;
}

}  // namespace nonzero::io
