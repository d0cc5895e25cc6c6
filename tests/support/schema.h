#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace nonzero::test {

// A published JSON schema, as an independent validator reads it.
class PublishedSchema {
 public:
  explicit PublishedSchema(const nlohmann::json& text) {
    const valijson::adapters::NlohmannJsonAdapter adapter(text);
    valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(adapter, schema_);
  }

  // "" where the object keeps the schema, else the complaints.
  [[nodiscard]] std::string complaints(const nlohmann::json& object) const {
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    valijson::ValidationResults results;
    const valijson::adapters::NlohmannJsonAdapter adapter(object);
    if (validator.validate(schema_, adapter, &results)) return "";
    std::string text = "refused:";
    for (const auto& error : results) {
      text += "\n  ";
      for (const std::string& step : error.context) text += step;
      text += " " + error.description;
    }
    return text;
  }

 private:
  valijson::Schema schema_;
};

}  // namespace nonzero::test
