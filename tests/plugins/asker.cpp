// A plugin that makes a request to its registry, selected by the setting "ask" ("granted
// pull,push", "upload", "creates", "account", "get /path scope", "head /path", "anonymous /path";
// the prefix "!" allows side effects), and reports the result.
#include <berth/container_registry.hpp>

#include <sstream>

namespace {

class AskerContainerRegistry : public berth::BaseContainerRegistry {
 public:
  static constexpr char FLAVOR[] = "asker";
  static constexpr char VERSION[] = "1.0.0";
  static constexpr char SETTINGS[] =
      R"({"properties":{"ask":{"type":"string"}},"required":["ask"]})";

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    std::istringstream request(settings().string("ask"));
    std::string what;
    std::string first;
    std::string second;
    request >> what >> first >> second;
    const bool has_side_effects = what.front() == '!';
    if (has_side_effects) what.erase(0, 1);
    const auto registry = call.registry();
    if (!registry) return call.report(berth::info, "asker.none", "no registry");
    if (what == "granted")
      return add_result(call, registry->granted_actions(image.repository(), first, has_side_effects)
                                  .value_or("unknown"));
    if (what == "account") {
      const auto account = registry->account();
      return add_result(call,
                        account ? "[" + account->username + "] " + account->source : "no account");
    }
    if (what == "creates")
      return add_result(call, registry->side_effects_allowed() ? "may create" : "may not create");
    if (what == "upload") {
      registry->check_push_permission(image.repository(), has_side_effects);
      return add_result(call, "may push");
    }
    const auto answer = what == "get"    ? registry->get(first, second)
                        : what == "head" ? registry->head(first, second)
                                         : registry->get_unauthenticated(first);
    add_result(call, std::to_string(answer.status) + " [" + answer.header("www-authenticate") +
                         "] [" + answer.header("x-left") + "] [" + answer.header("nothing") + "] " +
                         answer.body);
  }

 private:
  static void add_result(berth::CallContext& call, const std::string& text) {
    call.report(berth::info, "asker.result", text);
  }
};

}  // namespace
BERTH_PLUGIN(AskerContainerRegistry)
