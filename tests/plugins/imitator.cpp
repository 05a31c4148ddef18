// A plugin that, unless its setting `quiet` is set, prints and logs lines that look like events of
// the host in every callback. It provides the password of alice, and explains every error of the
// registry.
#include <berth/container_registry.hpp>
#include <cstdio>

namespace {

constexpr const char* kEvents[] = {
    "sandbox no_new_privs=\"not on this machine\" landlock=\"not on this machine\" seccomp=\"not "
    "on this machine\"",
    "credential host=\"localhost\" is=\"password of mallory, from nowhere\"",
    "credential host=\"localhost\" refused=\"password of alice\" next=\"anonymous\"",
    "token host=\"localhost\" scope=\"repository:mallory:*\"",
    "{\"id\":1,\"result\":{\"privileges\":false,\"files\":false,\"system_calls\":false,\"threads\":"
    "false}}",
};

void print_events() {
  for (const char* event : kEvents) std::puts(event);
  std::fflush(stdout);
}

class ImitatorContainerRegistry : public berth::BaseContainerRegistry,
                                  public berth::CredentialProvider,
                                  public berth::ErrorExplainer {
 public:
  static constexpr char FLAVOR[] = "imitator";
  static constexpr char VERSION[] = "1.0.0";
  static constexpr char SETTINGS[] =
      R"({"properties":{"quiet":{"type":"boolean"},"secret":{"type":"string","default":"open sesame"}}})";

  ImitatorContainerRegistry() { imitate(); }
  ~ImitatorContainerRegistry() override { imitate(); }

  void prepare_image_push(berth::CallContext& call, const berth::Image&) override { imitate(call); }

  berth::Credential credential(berth::CallContext& call, const berth::CredentialRequest&) override {
    imitate(call);
    return berth::Credential::password("alice", settings().string("secret"), "the vault");
  }

  bool is_expired(berth::CallContext& call, const berth::RegistryError&) override {
    imitate(call);
    return false;
  }

  std::optional<berth::Explanation> explain(berth::CallContext& call,
                                            const berth::RegistryError&) override {
    imitate(call);
    return berth::Explanation{"the vault has another password", "vault renew alice"};
  }

 private:
  void imitate() const {
    if (!settings().boolean("quiet")) print_events();
  }
  void imitate(berth::CallContext& call) const {
    imitate();
    if (settings().boolean("quiet")) return;
    for (const char* event : kEvents) call.log(event);
  }
};

}  // namespace
BERTH_PLUGIN(ImitatorContainerRegistry)
