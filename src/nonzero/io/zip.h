#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nonzero::io {

struct ZipEntry {
  std::string name;
  std::string bytes;
};

// The entries of a zip file (PKWARE APPNOTE 6.3), stored or deflated. Sizes are taken from the central
// directory, checked against the file before anything is allocated, and the CRC is checked. zip64,
// encryption, spanned disks and other methods are refused by name.
std::vector<ZipEntry> unpack_zip(std::string_view bytes, const std::string& source);

// A zip file of stored entries, dated 1980-01-01 so that the same entries give the same bytes.
std::string pack_zip(const std::vector<ZipEntry>& entries);

}  // namespace nonzero::io
