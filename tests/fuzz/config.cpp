#include "nonzero/base/config.h"

#include <string>

#include "support/machine.h"
#include "target.h"

// A configuration that is read reads back the same once written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view yaml) {
    const auto fields = test::machine_fields().all();
    test::Machine machine;
    read_config(fields, &machine, std::string(yaml), "fuzz", "toy");
    test::Machine again;
    read_config(fields, &again, write_config(fields, &machine, "toy"), "fuzz", "toy");
    fuzz::require(again == machine);
    accelerator_of_config(std::string(yaml), "fuzz");
  });
}
