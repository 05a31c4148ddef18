// A plugin that explains the errors of its registry as its setting `what` selects.
#include <berth/container_registry.hpp>

#include <cstdlib>

namespace {

class ExplainerContainerRegistry : public berth::BaseContainerRegistry,
                                   public berth::ErrorExplainer {
 public:
  static constexpr char FLAVOR[] = "explainer";
  static constexpr char VERSION[] = "1";
  static constexpr char SETTINGS[] = R"({"properties":{"what":{"type":"string"}}})";

  std::optional<berth::Explanation> explain(berth::CallContext& call,
                                            const berth::RegistryError& error) override {
    const std::string what = settings().string("what");
    if (what == "nothing") return std::nullopt;
    if (what == "throw") throw berth::Failure("explanation failed");
    if (what == "crash") std::abort();
    if (what == "report") call.report(berth::info, "explainer.late", "too late");
    if (what == "cause") return berth::Explanation{"only \x1b[31mthis"};
    return berth::Explanation{error.code + " in " + error.repository + ": " + error.message,
                              "do \x1b[31mthis"};
  }
};

}  // namespace
BERTH_PLUGIN(ExplainerContainerRegistry)
