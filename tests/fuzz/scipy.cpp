#include <array>
#include <vector>

#include "nonzero/io/npz.h"
#include "nonzero/io/zip.h"
#include "target.h"

// The arrays of SciPy's csr layout, apart by "\n--\n": a zip file around them would refuse every change
// by its CRC.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view bytes) {
    constexpr std::string_view kBetween = "\n--\n";
    std::vector<io::ZipEntry> entries;
    for (const char* name : {"format.npy", "shape.npy", "indptr.npy", "indices.npy", "data.npy"}) {
      const size_t end = std::min(bytes.find(kBetween), bytes.size());
      entries.push_back({name, std::string(bytes.substr(0, end))});
      bytes.remove_prefix(std::min(end + kBetween.size(), bytes.size()));
    }
    const LoadedMatrix loaded = matrix_of_npz(parse_npz(io::pack_zip(entries), "fuzz"), "fuzz");
    validate(loaded.matrix, "fuzz");
  });
}
