#include "nonzero/arch/accelerator.h"

namespace nonzero {

std::vector<std::pair<std::string, ConfigValue>> config_values(std::span<const ConfigField> fields,
                                                               const void* owner) {
  std::vector<std::pair<std::string, ConfigValue>> values;
  values.reserve(fields.size());
  for (const ConfigField& field : fields) values.emplace_back(field.name, field.get(owner));
  return values;
}

}  // namespace nonzero
