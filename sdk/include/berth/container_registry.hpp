// The API for flavor authors: a class derived from berth::BaseContainerRegistry, and one line,
// BERTH_PLUGIN(Class). C++17, header-only, no dependencies. abi.h documents the ABI below it.
//
// Metadata are static constexpr members of the class. The first two are required:
//   char FLAVOR[] = "acme";                          name, [a-z0-9][a-z0-9-]*
//   char VERSION[] = "1.2.0";
//   char DESCRIPTION[] = "…";                        one sentence
//   char SETTINGS[] = R"({"properties":{…}})";       schema of the settings (sdk/README.md)
//   const char* CLAIMS[] = {"*.acme.example"};       hosts that use this flavor
//   const char* PERMISSIONS[] = {…};                 required permissions (sdk/README.md)
//   const berth::FindingKind* FINDINGS[] = {…};      findings that it may report
//   char USERNAME_HINT[] = "your Acme id";           the user name that `berth login` expects,
//   char PASSWORD_HINT[] = "a token of acme.example"; and the password
//   int MIN_HOST_MINOR = 0;                          lowest BERTH_ABI_MINOR of a host that the
//   flavor
//                                                    works with; only if it cannot do without
//
// All functions are called on one thread. Reference and pointer arguments are valid until the
// function returns. Functions may throw: Failure is an expected error, any other std::exception is
// reported as an error of the plugin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <berth/abi.h>
#include <berth/credentials.hpp>
#include <berth/detail/sdk_version.hpp>
#include <berth/explanations.hpp>
#include <berth/failure.hpp>
#include <berth/finding.hpp>
#include <berth/image.hpp>
#include <berth/registry.hpp>
#include <berth/settings.hpp>
#include <berth/upload_rules.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

// CallContext: the host, as seen by one plugin function. Valid until that function returns.
// [main thread] except now(). At most 1,000 calls of report(), log(), cancelled() and services per
// function; one more terminates the plugin. Strings over 4,096 bytes are truncated.
class CallContext {
 public:
  // Reports a finding; severity `error` blocks the push. `code` is stable and starts with the
  // flavor's name ("acme.repository"). `message`: one sentence, lower case, no full stop. `fix`:
  // the user's next step; empty if unknown. Contract violation in credential() and explain().
  void report(Severity severity, const std::string& code, const std::string& message,
              const std::string& fix = {});
  void report(const FindingKind& kind, const std::string& message, const std::string& fix = {}) {
    report(kind.severity, kind.code, message, fix);
  }
  // Returns whether a finding of severity `error` was reported.
  bool has_errors() const { return has_errors_; }
  // Writes a log line, shown with -v. The host escapes it.
  void log(const std::string& text) const;
  // Returns milliseconds since the Unix epoch.
  std::int64_t now() const { return call_.now(call_.context); }
  // Returns true once the user has cancelled. Return at once: the process is killed after 250 ms.
  bool cancelled() const { return call_.cancelled(call_.context) != 0; }
  // Returns access to the registry with the user's credentials. std::nullopt with
  // `check --offline`, for layouts, and in credential() and explain().
  std::optional<Registry> registry() const;
  // Returns whether this function is part of a push: true only in push_image() and what it calls,
  // false in `berth check`.
  bool is_push() const;
  // Executes the push plan and returns the verified digest. Only in push_image(), only once.
  // Throws Failure if the push failed or a finding of severity `error` was reported.
  std::string push();
  // Returns the digest from push(); std::nullopt if push() was not called or failed.
  const std::optional<std::string>& pushed() const { return pushed_; }

 private:
  friend struct PluginAccess;
  explicit CallContext(const berth_call& call) : call_(call) {}
  const berth_call& call_;
  bool has_errors_ = false;
  std::optional<std::string> pushed_;
};

// BaseContainerRegistry: the rules of one container registry. Created when the container registry
// is registered and whenever it is used. The settings are validated against the schema before.
class BaseContainerRegistry {
 public:
  // uri() and settings() are available in constructors, which may throw Failure to reject them.
  BaseContainerRegistry();
  BaseContainerRegistry(const BaseContainerRegistry&) = delete;
  BaseContainerRegistry& operator=(const BaseContainerRegistry&) = delete;
  virtual ~BaseContainerRegistry() = default;

  const std::string& uri() const { return uri_; }
  // Returns the host of uri(), with its port: "registry.example.com:5000".
  std::string host() const { return uri_.substr(0, uri_.find('/')); }
  const Settings& settings() const { return settings_; }
  // Returns the program that uses the flavor, "berth 1.4.0"; empty if it does not report that. For
  // messages: a function that it does not have throws Failure.
  const std::string& host_version() const { return host_version_; }

  // Validates the image before a push: reports a finding for everything that would make it fail.
  // Must not upload or create anything. `berth check` calls only this function.
  virtual void prepare_image_push(CallContext& call, const Image& image) {
    static_cast<void>(call);
    static_cast<void>(image);
  }

  // Called by push_image() between validation and upload, if no finding blocks the push. Creates
  // what the upload requires, such as the repository. To stop the push, report an error or throw.
  virtual void before_push(CallContext& call, const Image& image) {
    static_cast<void>(call);
    static_cast<void>(image);
  }

  // Pushes the image: prepare_image_push(), before_push(), call.push(). Stops after the first
  // function that reports an error. Rarely overridden. An override must call push() once, report an
  // error, or throw; the host runs its own checks inside push().
  virtual void push_image(CallContext& call, const Image& image) {
    prepare_image_push(call, image);
    if (!call.has_errors()) before_push(call, image);
    if (!call.has_errors()) call.push();
  }

 private:
  friend struct PluginAccess;
  std::string uri_;
  std::string host_version_;
  Settings settings_;
};

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth

#include <berth/detail/plugin_entry.hpp>

// Exports CLASS as the plugin of this shared object. Once per plugin, outside of namespaces.
#define BERTH_PLUGIN(CLASS) BERTH_DETAIL_PLUGIN(CLASS)
