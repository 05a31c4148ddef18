// A plugin whose setting `what` lists its upload rules: "monolithic", "no-length", "range",
// "largest=N" and "smallest=N"; or a fault.
#include <unistd.h>

#include <berth/container_registry.hpp>

#include <sstream>
#include <stdexcept>
#include <string>

namespace {

class RulerContainerRegistry : public berth::BaseContainerRegistry,
                               public berth::UploadRulesProvider {
 public:
  static constexpr char FLAVOR[] = "ruler";
  static constexpr char VERSION[] = "1.0.0";
  static constexpr char SETTINGS[] = R"({"properties":{"what":{"type":"string"}}})";

  berth::UploadRules upload_rules() override {
    berth::UploadRules rules;
    std::istringstream options(settings().string("what"));
    for (std::string option; options >> option;) {
      if (option == "throw") throw std::runtime_error("out of rules");
      if (option == "hang")
        while (true) ::pause();
      if (option == "monolithic") rules.monolithic = true;
      if (option == "no-length") rules.allow_unknown_length = false;
      if (option == "range") rules.verify_range = true;
      const auto number = option.find('=') + 1;
      if (option.rfind("largest=", 0) == 0)
        rules.max_chunk_size = std::stoull(option.substr(number));
      if (option.rfind("smallest=", 0) == 0)
        rules.min_chunk_size = std::stoull(option.substr(number));
    }
    return rules;
  }
};

}  // namespace
BERTH_PLUGIN(RulerContainerRegistry)
