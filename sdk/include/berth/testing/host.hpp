// Host: the fake host of testing.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <berth/container_registry.hpp>
#include <berth/testing/call_functions.hpp>
#include <berth/testing/fake_metadata.hpp>
#include <berth/testing/fake_settings.hpp>
#include <berth/testing/script.hpp>

// The plugin that is linked into the test.
extern "C" const berth_plugin berth_plugin_0;

namespace berth {
namespace testing {

// Host: see testing.hpp. Owns one instance of the flavor, which it creates before the first
// function and again after uri() or setting(). Not copyable; use it on one thread. Throws Wrong if
// the test is at fault: malformed metadata, settings that SETTINGS does not allow, a function that
// the flavor does not implement, or any function of a flavor whose create() failed.
class Host {
 public:
  explicit Host(const berth_plugin& plugin = berth_plugin_0)
      : plugin_(plugin), metadata_(detail::read_metadata(plugin)) {}
  ~Host() { destroy(); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // The URI of the container registry; initially "registry.example.com".
  Host& uri(const std::string& uri);
  // A setting, as in --set KEY=VALUE.
  Host& setting(const std::string& key, const std::string& value);
  Host& environment(const std::string& name, const std::string& value);
  Host& file(const std::string& path, const std::string& content);
  // What a program with exactly these arguments prints. Programs that are not scripted are missing.
  Host& program(const std::vector<std::string>& argv, const ProgramResult& result);
  // The response to an HTTP request. Several for the same request are used in order, then the last.
  Host& http(const std::string& method, const std::string& url, const HttpResponse& response);
  // The response of the registry to registry().get(path), head(path) and get_unauthenticated(path).
  Host& registry(const std::string& method, const std::string& path,
                 const RegistryResponse& response);
  Host& tag(const std::string& repository, const std::string& tag, const std::string& digest);
  Host& blob(const std::string& repository, const std::string& digest, std::uint64_t bytes);
  // The actions that a token grants ("pull"). Without it, the registry has no tokens.
  Host& grants(const std::string& actions);
  Host& account(const std::string& username, const std::string& source);
  // The signature of sign_rs256() for these data.
  Host& signature(const std::string& data, const std::string& signature);
  // Every request to the registry fails; std::nullopt: no longer.
  Host& registry_fails(std::optional<RegistryFault> fault);
  // push() fails; std::nullopt: no longer.
  Host& push_fails(std::optional<RegistryFault> fault);
  Host& offline(bool offline = true);                  // as berth check --offline
  Host& allow_side_effects(bool allowed = true);       // as berth check --probe
  Host& cancel(bool cancelled = true);                 // the user has cancelled
  Host& clock(std::int64_t milliseconds_since_epoch);  // call.now(); initially the real time

  // Creates the flavor. An error is that of its constructor.
  Outcome create();
  // As `berth check`.
  Outcome prepare_image_push(const ImageSpec& image);
  // As `berth push`: validates, prepares, and calls push(), which returns the digest of the image.
  Outcome push_image(const ImageSpec& image);
  CredentialOutcome credential(const std::string& repository = {}, bool previous_rejected = false);
  bool is_expired(const RegistryError& rejection);
  std::optional<Explanation> explain(const RegistryError& error);
  UploadRules upload_rules();

  // What the flavor sent, in order: requests of http/1; "GET /path" of registry(); programs.
  const std::vector<HttpRequest>& sent() const { return script_.sent; }
  const std::vector<std::string>& registry_requests() const { return script_.registry_requests; }
  const std::vector<std::vector<std::string>>& programs_run() const { return script_.ran; }
  // The result of the last function that returns no Outcome.
  const Outcome& last() const { return last_; }

 private:
  using Rights = detail::RunningCall::Rights;

  template <typename Function>
  std::int32_t run(Rights rights, Outcome& outcome, const std::string& digest, Function&& function);
  template <typename Table>
  const Table& extension(const char* id);
  Outcome with_image(const ImageSpec& spec, bool push);
  void check_push(const detail::RunningCall& call, const std::string& digest, Outcome& outcome);
  void must_exist();
  void destroy() {
    if (flavor_ != nullptr) plugin_.destroy(flavor_);
    flavor_ = nullptr;
  }

  const berth_plugin& plugin_;
  detail::Metadata metadata_;
  detail::Script script_;
  void* flavor_ = nullptr;
  Outcome last_;
};

}  // namespace testing
}  // namespace berth
