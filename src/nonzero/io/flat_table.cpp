#include "nonzero/io/flat_table.h"

#include <limits>

#include "nonzero/io/text.h"

namespace nonzero::io {
namespace {

constexpr uint64_t kHeader = 8;  // offset of the root table, identifier

flatbuffers::Verifier::Options options() {
  flatbuffers::Verifier::Options options;
  options.max_tables = std::numeric_limits<flatbuffers::uoffset_t>::max();
  return options;
}

// The library's verifier asserts this of its own accord; a user's file must not reach an assertion.
uint64_t within_limit(std::string_view bytes, const std::string& source) {
  if (bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE)
    throw InputError(fmt::format("a FlatBuffer of {} bytes", bytes.size()),
                     fmt::format("allowed: below {}", FLATBUFFERS_MAX_BUFFER_SIZE), {source, 0});
  return bytes.size();
}

}  // namespace

FlatFile::FlatFile(std::string_view bytes, std::string source, const std::string& identifier)
    : bytes_(bytes),
      source_(std::move(source)),
      verifier_(reinterpret_cast<const uint8_t*>(bytes.data()), within_limit(bytes, source_), options()) {
  if (bytes_.size() <= kHeader)
    refuse(fmt::format("a file of {} bytes", bytes_.size()),
           fmt::format("a FlatBuffer with {} at byte 4", identifier));
  const std::string_view found = bytes_.substr(4, 4);
  if (found != identifier) refuse(fmt::format("identifier {} at byte 4", excerpt(found)), identifier);
}

void FlatFile::count_copied(uint64_t bytes) {
  constexpr uint64_t kMostCopies = 16;
  copied_ += bytes;
  if (copied_ > kMostCopies * size())
    refuse(fmt::format("tables share vectors of {} bytes and more in a file of {}", copied_, size()),
           fmt::format("up to {} times the file", kMostCopies));
}

FlatTable::FlatTable(FlatFile& file, std::string what)
    : FlatTable(
          file,
          [&file, &what] {
            const flatbuffers::uoffset_t root = file.verifier().VerifyOffset(size_t{0});
            if (root == 0)
              file.refuse(fmt::format("{}: the offset at byte 0 leads outside the file of {} bytes", what,
                                      file.size()));
            return reinterpret_cast<const flatbuffers::Table*>(file.begin() + root);
          }(),
          what) {}

FlatTable::FlatTable(FlatFile& file, const flatbuffers::Table* table, std::string what)
    : file_(&file), table_(table), what_(std::move(what)) {
  const bool sound = table_->VerifyTableStart(file_->verifier());
  file_->verifier().EndTable();
  if (!sound)
    refuse(fmt::format("the table at byte {} reaches outside the file of {} bytes", file_->byte_of(table_),
                       file_->size()));
}

std::string FlatTable::text(int slot, const char* name) const {
  const auto* string = pointer<flatbuffers::String>(slot, name);
  if (string == nullptr) return "";
  if (!file_->verifier().VerifyString(string)) outside(name, string);
  file_->count_copied(string->size());
  return string->str();
}

std::optional<FlatTable> FlatTable::table(int slot, const char* name) const {
  const auto* found = pointer<flatbuffers::Table>(slot, name);
  if (found == nullptr) return std::nullopt;
  return FlatTable(*file_, found, fmt::format("{}: {}", what_, name));
}

uint64_t FlatTable::tables(int slot, const char* name) const {
  return range<Offset>(slot, name).size / sizeof(flatbuffers::uoffset_t);
}

FlatTable FlatTable::table_at(int slot, uint64_t index, const char* name) const {
  const uint64_t at = range<Offset>(slot, name).offset + index * sizeof(flatbuffers::uoffset_t);
  const flatbuffers::uoffset_t offset = file_->verifier().VerifyOffset(static_cast<size_t>(at));
  if (offset == 0)
    refuse(fmt::format("the offset of {} {} at byte {} leads outside the file of {} bytes", name, index, at,
                       file_->size()));
  return {*file_, reinterpret_cast<const flatbuffers::Table*>(file_->begin() + at + offset),
          fmt::format("{} {}", name, index)};
}

void FlatTable::outside(const char* name, const void* at) const {
  const uint64_t byte = file_->byte_of(at != nullptr ? at : static_cast<const void*>(table_));
  refuse(fmt::format("{} at byte {} reaches outside the file of {} bytes, or is not aligned", name, byte,
                     file_->size()));
}

}  // namespace nonzero::io
