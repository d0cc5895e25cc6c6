#pragma once

#include <flatbuffers/flatbuffers.h>
#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nonzero/base/error.h"

namespace nonzero::io {

// A FlatBuffer file: where its tables read from, and who refuses what does not lie inside it.
class FlatFile {
 public:
  // Throws InputError where the file is shorter than its header, or its identifier is another one.
  FlatFile(std::string_view bytes, std::string source, const std::string& identifier);
  FlatFile(const FlatFile&) = delete;
  FlatFile& operator=(const FlatFile&) = delete;

  [[nodiscard]] flatbuffers::Verifier& verifier() { return verifier_; }
  [[nodiscard]] uint64_t byte_of(const void* address) const {
    return static_cast<uint64_t>(static_cast<const char*>(address) - bytes_.data());
  }
  [[nodiscard]] uint64_t size() const { return bytes_.size(); }
  [[nodiscard]] const uint8_t* begin() const { return reinterpret_cast<const uint8_t*>(bytes_.data()); }
  // Many tables may point to one vector: a small file must not unfold into a large model.
  void count_copied(uint64_t bytes);
  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed = "") const {
    throw InputError(problem, allowed.empty() ? "" : "allowed: " + allowed, {source_, 0});
  }

 private:
  std::string_view bytes_;
  std::string source_;
  flatbuffers::Verifier verifier_;
  uint64_t copied_ = 0;
};

// Bytes of the file.
struct FlatRange {
  uint64_t offset = 0, size = 0;
};

// One table, verified; its fields are verified when they are read. `what` names it in messages.
class FlatTable {
 public:
  // The root table.
  FlatTable(FlatFile& file, std::string what);
  FlatTable(FlatFile& file, const flatbuffers::Table* table, std::string what);

  void name(std::string what) { what_ = std::move(what); }
  [[nodiscard]] bool has(int slot) const { return table_->CheckField(field(slot)); }

  // The number in a slot; `absent` where the file leaves it out.
  template <class Number>
  [[nodiscard]] Number number(int slot, Number absent, const char* name) const {
    if (!table_->VerifyField<Number>(file_->verifier(), field(slot), sizeof(Number))) outside(name);
    return table_->GetField<Number>(field(slot), absent);
  }
  [[nodiscard]] std::string text(int slot, const char* name) const;
  // Where a vector's elements stand; {0, 0} where the file leaves it out.
  template <class Number>
  [[nodiscard]] FlatRange range(int slot, const char* name) const {
    const auto* vector = pointer<flatbuffers::Vector<Number>>(slot, name);
    if (vector == nullptr) return {};
    if (!file_->verifier().VerifyVector(vector)) outside(name, vector);
    return {file_->byte_of(vector->Data()), uint64_t{vector->size()} * sizeof(Number)};
  }
  // The vector's numbers; copied by bytes, as old writers align only its length.
  template <class Number>
  [[nodiscard]] std::vector<Number> numbers(int slot, const char* name) const {
    const FlatRange where = range<Number>(slot, name);
    file_->count_copied(where.size);
    std::vector<Number> values(where.size / sizeof(Number));
    if (!values.empty()) std::memcpy(values.data(), file_->begin() + where.offset, where.size);
    return values;
  }
  [[nodiscard]] std::optional<FlatTable> table(int slot, const char* name) const;
  // How many tables a vector holds, and one of them.
  [[nodiscard]] uint64_t tables(int slot, const char* name) const;
  [[nodiscard]] FlatTable table_at(int slot, uint64_t index, const char* name) const;

  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed = "") const {
    file_->refuse(fmt::format("{}: {}", what_, problem), allowed);
  }

 private:
  using Offset = flatbuffers::Offset<flatbuffers::Table>;

  static flatbuffers::voffset_t field(int slot) { return static_cast<flatbuffers::voffset_t>(4 + 2 * slot); }

  template <class Target>
  [[nodiscard]] const Target* pointer(int slot, const char* name) const {
    if (!table_->VerifyField<flatbuffers::uoffset_t>(file_->verifier(), field(slot), 4) ||
        !table_->VerifyOffset(file_->verifier(), field(slot)))
      outside(name);
    return table_->GetPointer<const Target*>(field(slot));
  }
  [[noreturn]] void outside(const char* name, const void* at = nullptr) const;

  FlatFile* file_;
  const flatbuffers::Table* table_;
  std::string what_;
};

}  // namespace nonzero::io
