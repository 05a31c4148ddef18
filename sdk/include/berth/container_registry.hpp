// What a flavor author writes against: one class, derived from berth::BaseContainerRegistry, and one line,
// BERTH_PLUGIN(Class). C++17, header-only, no dependency. abi.h says what holds underneath.
//
// The class says of itself, as static constexpr members, and must say at least the first two:
//   char FLAVOR[] = "acme";                          its name, [a-z0-9][a-z0-9-]*
//   char VERSION[] = "1.2.0";
//   char DESCRIPTION[] = "…";                        one sentence
//   char SETTINGS[] = R"({"properties":{…}})";       the schema of its settings (sdk/README.md)
//   const char* CLAIMS[] = {"*.acme.example"};       hosts that are its own
//   const char* PERMISSIONS[] = {…};                 what it needs of the host
//   const berth::FindingKind* FINDINGS[] = {…};      what it may report
//   char USERNAME_HINT[] = "your Acme id";              what `berth login` takes as a user name,
//   char PASSWORD_HINT[] = "a token of acme.example"; and as a password
//
// Everything is called from one thread. References and pointers that a function is given end with the call. Any
// std::exception may be thrown; it becomes an error that names the plugin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <berth/abi.h>
#include <berth/credentials.hpp>
#include <berth/explanations.hpp>
#include <berth/failure.hpp>
#include <berth/finding.hpp>
#include <berth/image.hpp>
#include <berth/registry.hpp>
#include <berth/settings.hpp>
#include <berth/upload_rules.hpp>

namespace berth {

// What the host offers during one call.
class CallContext {
 public:
  // Adds a finding. `code` is stable ("acme.repository"); `message` a sentence, lower case, no full stop; `fix` what to
  // do, empty where none is known. An error keeps the image from being pushed.
  void report(Severity severity, const std::string& code, const std::string& message, const std::string& fix = {});
  void report(const FindingKind& kind, const std::string& message, const std::string& fix = {}) {
    report(kind.severity, kind.code, message, fix);
  }
  bool has_errors() const { return has_errors_; }
  // A line for whoever asked with -v.
  void log(const std::string& text) const;
  // Milliseconds since 1970-01-01T00:00:00Z.
  std::int64_t now() const { return call_.now(call_.context); }
  // The user has ended berth: return at once.
  bool cancelled() const { return call_.cancelled(call_.context) != 0; }
  // Nothing: offline, or no registry with the distribution API.
  std::optional<Registry> registry() const;
  // Carries out the plan, once per call; returns the digest that was proven. Throws Failure, also after an error was
  // reported. In push_image alone.
  std::string push();
  // The digest that push() proved; nothing: it was not called, or failed.
  const std::optional<std::string>& pushed() const { return pushed_; }

 private:
  friend struct PluginAccess;
  explicit CallContext(const berth_call& call) : call_(call) {}
  const berth_call& call_;
  bool has_errors_ = false;
  std::optional<std::string> pushed_;
};

// A container registry as one flavor understands it. Made when one is registered and whenever it is used, after its
// settings were validated against the schema.
class BaseContainerRegistry {
 public:
  // uri() and settings() are there from here on: a constructor may judge them, and throw Failure to refuse them.
  BaseContainerRegistry();
  BaseContainerRegistry(const BaseContainerRegistry&) = delete;
  BaseContainerRegistry& operator=(const BaseContainerRegistry&) = delete;
  virtual ~BaseContainerRegistry() = default;

  const std::string& uri() const { return uri_; }
  // Of the uri: "registry.example.com:5000".
  std::string host() const { return uri_.substr(0, uri_.find('/')); }
  const Settings& settings() const { return settings_; }

  // Everything that would make this push fail, as findings; moves nothing. `berth check` calls this alone.
  virtual void prepare_image_push(CallContext& call, const Image& image) {
    static_cast<void>(call);
    static_cast<void>(image);
  }

  // prepare_image_push, then push. An override may do more, but cannot skip the host's own checks, which run inside
  // push(). It either pushes once, or reports an error, or throws.
  virtual void push_image(CallContext& call, const Image& image) {
    prepare_image_push(call, image);
    if (!call.has_errors()) call.push();
  }

 private:
  friend struct PluginAccess;
  std::string uri_;
  Settings settings_;
};

}  // namespace berth

#include <berth/detail/plugin.hpp>

// Makes this shared object the plugin of CLASS. Once per plugin, outside any namespace.
#define BERTH_PLUGIN(CLASS) BERTH_DETAIL_PLUGIN(CLASS)
