// A plugin that provides credentials as its setting `what` selects; `user` and `secret` are those
// it returns at the end.
#include <unistd.h>

#include <berth/container_registry.hpp>

#include <cstdlib>
#include <thread>

namespace {

class ProviderContainerRegistry : public berth::BaseContainerRegistry,
                                  public berth::CredentialProvider {
 public:
  static constexpr char FLAVOR[] = "provider";
  static constexpr char VERSION[] = "1.0.0";
  static constexpr char SETTINGS[] =
      R"({"properties":{"what":{"type":"string"},"where":{"type":"string"},
    "user":{"type":"string","default":"alice"},"secret":{"type":"string","default":"open sesame"}}})";
  static constexpr const char* CLAIMS[] = {"*.provider.example"};
  static constexpr char USERNAME_HINT[] = "your Provider id";
  static constexpr char PASSWORD_HINT[] = "a token of provider.example/tokens";

  void prepare_image_push(berth::CallContext& call, const berth::Image&) override {
    if (const auto registry = call.registry()) registry->probe();
  }

  // The credential expires between the request of the plugin and the push.
  void push_image(berth::CallContext& call, const berth::Image& image) override {
    prepare_image_push(call, image);
    if (what() == "short") ::usleep(1'000'000);
    call.push();
  }

  berth::Credential credential(berth::CallContext& call,
                               const berth::CredentialRequest& request) override {
    ++asked_;
    call.log("asked " + std::to_string(asked_) + " for " + request.host + "/" + request.repository +
             (request.username.empty() ? "" : " of " + request.username) +
             (request.previous_rejected ? ", refused" : ""));
    misbehave(call);
    if (what() == "none") return berth::Credential::none("PROVIDER_TOKEN is \x1b[31mnot set");
    if (what() == "broken")
      throw berth::Failure("line 3 of ~/.provider is not a key", "provider \x1b[31mlogin");
    if (what() == "identity-stale")
      return berth::Credential::identity_token(request.previous_rejected ? secret() : "stale",
                                               "the metadata server");
    if (what() == "registry-token") return berth::Credential::registry_token(secret(), "a file");
    if ((what() == "stale" || what() == "expires") && !request.previous_rejected)
      return given(user(), "stale");
    if (what() == "count") return given(user(), secret() + std::to_string(asked_));
    if (what() == "short") return given(user(), secret(), call.now() / 1000 + 1);
    if (what() == "line-break") return given(user(), "two\nlines");
    if (what() == "colon") return given("a:b", secret());
    if (what() == "no-user") return given("", secret());
    if (what() == "empty") return given(user(), "");
    if (what() == "huge") return given(user(), std::string(10 << 20, 's'));
    if (what() == "huge-user") return given(std::string(100'000, 'u'), secret());
    if (what() == "token-space") return berth::Credential::registry_token("two parts", "");
    return given(user(), secret());
  }

  bool is_expired(berth::CallContext& call, const berth::RegistryError& rejection) override {
    call.log("rejected: " + rejection.message + ", " + rejection.code + ", " +
             rejection.repository);
    return what() == "expires" && rejection.message_contains("has expired");
  }

 private:
  std::string what() const { return settings().string("what"); }
  std::string user() const { return settings().string("user"); }
  std::string secret() const { return settings().string("secret"); }

  static berth::Credential given(const std::string& user, const std::string& secret,
                                 std::int64_t expires = 0) {
    return berth::Credential::password(user, secret, "environment PROVIDER_\x1b[31mTOKEN", expires);
  }

  void misbehave(berth::CallContext& call) const {
    if (what() == "crash") std::abort();
    if (what() == "hang")
      while (true) ::pause();
    if (what() == "throw") throw std::runtime_error("out of luck");
    if (what() == "report") call.report(berth::error, "provider.lost", "lost");
    if (what() == "push") call.push();
    if (what() == "registry" && call.registry()) std::abort();
    if (what() == "thread") std::thread([&call] { call.log("logged on another thread"); }).join();
  }

  int asked_ = 0;
};

}  // namespace
BERTH_PLUGIN(ProviderContainerRegistry)
