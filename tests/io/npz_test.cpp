#include "nonzero/io/npz.h"

#include <zlib.h>

#include "messages.h"
#include "nonzero/io/npy_header.h"
#include "nonzero/io/zip.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::draw;
using test::draw_pattern;
using test::same_matrix;
using ::testing::HasSubstr;

LoadedMatrix load(const std::string& bytes) { return matrix_of_npz(parse_npz(bytes, "a.npz"), "a.npz"); }
std::string refused(const std::string& bytes) {
  return test::refusal([&] { load(bytes); });
}

template <class Number>
std::string array(const char* type, std::vector<Number> numbers) {
  return io::make_npy_header(type, "(" + std::to_string(numbers.size()) + ",)") +
         std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number));
}

// The entries SciPy's save_npz writes for
//   1 . 2
//   . 3 .
std::vector<io::ZipEntry> scipy() {
  return {{"indices.npy", array<int32_t>("<i4", {0, 2, 1})},
          {"indptr.npy", array<int32_t>("<i4", {0, 2, 3})},
          {"format.npy", io::make_npy_header("|S3", "()") + "csr"},
          {"shape.npy", array<int64_t>("<i8", {2, 3})},
          {"data.npy", array<double>("<f8", {1, 2, 3})}};
}

std::string scipy_with(size_t entry, const std::string& bytes) {
  std::vector<io::ZipEntry> entries = scipy();
  entries[entry].bytes = bytes;
  return io::pack_zip(entries);
}

// The same file with its one entry deflated, as np.savez_compressed writes it.
std::string deflated(const std::string& name, const std::string& bytes) {
  std::string packed(bytes.size() + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  std::string file = io::pack_zip({{name, packed}});
  const std::string plain = io::pack_zip({{name, bytes}});
  const size_t central = 30 + name.size() + packed.size();
  const size_t central_of_plain = 30 + name.size() + bytes.size();
  file[8] = file[central + 10] = 8;   // method
  file.replace(14, 4, plain, 14, 4);  // CRC and size of what is unpacked
  file.replace(22, 4, plain, 22, 4);
  file.replace(central + 16, 4, plain, central_of_plain + 16, 4);
  file.replace(central + 24, 4, plain, central_of_plain + 24, 4);
  return file;
}

TEST(Npz, scipys_csr_layout_is_read) {
  EXPECT_TRUE(same_matrix(load(io::pack_zip(scipy())).matrix, draw({"1 . 2",  //
                                                                    ". 3 ."})));
}

TEST(Npz, unsorted_columns_are_sorted_and_duplicates_added) {
  const LoadedMatrix loaded = load(scipy_with(0, array<int32_t>("<i4", {2, 2, 1})));
  EXPECT_TRUE(same_matrix(loaded.matrix, draw({". . 3",  //
                                               ". 3 ."})));
  EXPECT_EQ(loaded.duplicates, 1U);
}

TEST(Npz, boolean_data_true_throughout_is_a_pattern) {
  const LoadedMatrix loaded = load(scipy_with(4, array<char>("|b1", {1, 1, 1})));
  EXPECT_TRUE(loaded.pattern);
  EXPECT_TRUE(same_matrix(loaded.matrix, draw_pattern({"x . x",  //
                                                       ". x ."})));
}

TEST(Npz, a_single_array_is_a_dense_matrix_stored_or_deflated) {
  const std::string npy = to_npy(test::draw_dense({{1, 0, 2}, {0, 3, 0}}));
  for (const std::string& file : {io::pack_zip({{"weights.npy", npy}}), deflated("weights.npy", npy)}) {
    const LoadedMatrix loaded = load(file);
    EXPECT_TRUE(same_matrix(loaded.matrix, draw({"1 . 2",  //
                                                 ". 3 ."})));
    EXPECT_TRUE(loaded.dense_array);
  }
}

TEST(Npz, other_scipy_formats_are_refused_by_name) {
  EXPECT_THAT(refused(scipy_with(2, io::make_npy_header("|S3", "()") + "csc")),
              HasSubstr("format 'csc'; allowed: csr"));
}

TEST(Npz, several_arrays_are_no_matrix) {
  const std::string npy = to_npy(test::draw_dense({{1}}));
  EXPECT_THAT(refused(io::pack_zip({{"a.npy", npy}, {"b.npy", npy}})), HasSubstr("the file holds 'a', 'b'"));
}

TEST(Npz, csr_arrays_that_do_not_fit_each_other_are_refused) {
  EXPECT_THAT(refused(scipy_with(0, array<int32_t>("<i4", {0, 3, 1}))), HasSubstr("'indices' holds 3"));
  EXPECT_THAT(refused(scipy_with(0, array<int32_t>("<i4", {0, -1, 1}))), HasSubstr("'indices' holds -1"));
  EXPECT_THAT(refused(scipy_with(0, array<float>("<f4", {0, 1, 1}))), HasSubstr("allowed: whole numbers"));
  EXPECT_THAT(refused(scipy_with(1, array<int32_t>("<i4", {0, 3}))), HasSubstr("'indptr' of 2 offsets"));
  EXPECT_THAT(refused(scipy_with(1, array<int32_t>("<i4", {0, 4, 3}))), HasSubstr("'indptr'"));
  EXPECT_THAT(refused(scipy_with(3, array<int64_t>("<i8", {2}))), HasSubstr("'shape' (2)"));
  EXPECT_THAT(refused(scipy_with(3, array<int64_t>("<i8", {2, -3}))), HasSubstr("'shape' (2, -3)"));
  EXPECT_THAT(refused(scipy_with(3, array<int64_t>("<i8", {2, 4000000000}))),
              HasSubstr("4000000000 columns"));
  EXPECT_THAT(refused(scipy_with(4, array<double>("<f8", {1, 2}))), HasSubstr("'data' holds 2 values for 3"));
}

TEST(Npz, damaged_zip_files_are_refused) {
  const std::string whole = io::pack_zip(scipy());
  EXPECT_THAT(refused(""), HasSubstr("too short for a zip file"));
  EXPECT_THAT(refused(std::string(100, 'x')), HasSubstr("not a zip file"));
  for (size_t length = 0; length < whole.size(); length += 7)
    EXPECT_THROW(load(whole.substr(0, length)), InputError);

  std::string flipped = whole;
  flipped[100] = static_cast<char>(flipped[100] ^ 1);  // within the first entry
  EXPECT_THAT(refused(flipped), HasSubstr("CRC"));
}

TEST(Npz, entries_that_are_encrypted_or_packed_otherwise_are_refused_by_name) {
  const std::string npy = to_npy(test::draw_dense({{1}}));
  const std::string whole = io::pack_zip({{"a.npy", npy}});
  const size_t central = 30 + 5 + npy.size();
  std::string encrypted = whole;
  encrypted[central + 8] = 1;
  EXPECT_THAT(refused(encrypted), HasSubstr("an encrypted entry"));
  std::string lzma = whole;
  lzma[central + 10] = 14;
  EXPECT_THAT(refused(lzma), HasSubstr("packing method 14; allowed: 0 (stored), 8 (deflated)"));
}

TEST(Npz, zip64_is_refused_by_name) {
  const std::string npy = to_npy(test::draw_dense({{1}}));
  std::string file = io::pack_zip({{"a.npy", npy}});
  file.replace(30 + 5 + npy.size() + 24, 4, 4, '\xff');
  EXPECT_THAT(refused(file), HasSubstr("a zip64 file"));
}

TEST(Npz, a_bomb_is_refused_before_memory_is_taken_for_it) {
  std::string file = deflated("a.npy", to_npy(test::draw_dense({{1}})));
  const size_t central = file.find("PK\1\2");
  file.replace(central + 24, 4, std::string("\0\0\0\xf0", 4));
  EXPECT_THAT(refused(file), HasSubstr("claims to unpack to 4026531840 bytes"));
}

TEST(Npz, what_is_written_reads_back_the_same) {
  EXPECT_TRUE(rc::check([] {
    Csr matrix = *test::gen_csr();
    RC_ASSERT(load(to_npz(matrix)).matrix == matrix);
    matrix.values.clear();
    RC_ASSERT(load(to_npz(matrix)).matrix == matrix);
  }));
}

}  // namespace
}  // namespace nonzero
