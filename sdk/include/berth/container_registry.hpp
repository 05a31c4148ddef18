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
//   char LOGIN_USER[] = "your Acme id";              what `berth login` takes as a user name,
//   char LOGIN_SECRET[] = "a token of acme.example"; and as a password
//
// Everything is called from one thread. References and pointers that a function is given end with the call. Any
// std::exception may be thrown; it becomes an error that names the plugin.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include <berth/abi.h>
#include <berth/credentials.hpp>
#include <berth/image.hpp>
#include <berth/settings.hpp>

namespace berth {

enum Severity : std::int32_t { info = BERTH_INFO, warning = BERTH_WARNING, error = BERTH_ERROR };

// What a flavor throws to say that it cannot go on. Thrown by the constructor it means: this uri or these settings are
// not for this flavor, which is the user's to mend; everything else that is thrown is a fault of the plugin.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What the registry's host answered.
struct RegistryAnswer {
  std::int32_t status = 0;
  std::string head;  // a line for each field, names in lower case: "content-type: application/json"
  std::string body;  // at most 1 MiB

  // The value of a field's first line, by its lower-case name; empty: it is not there.
  std::string field(const std::string& name) const;
};

// The questions that a flavor may ask this container registry, with the user's credential. Repositories are named as
// image.repository() is: below the uri. They throw Failure; let it pass, and the user sees the registry's own error.
class Registry {
 public:
  // Whether the host is a container registry that lets the user in: throws where it is not.
  void probe() const;
  // The digest that a tag stands for; nothing: there is no such tag.
  std::optional<std::string> manifest_digest(const std::string& repository, const std::string& reference) const;
  // The size of a blob; nothing: it is not there.
  std::optional<std::uint64_t> blob_size(const std::string& repository, const std::string& digest) const;
  // Which of these actions ("pull,push") a token grants on the repository; nothing: there are none, or they do not
  // tell. Some registries make a repository when they are asked for push, or for an upload: `may_create` says that this
  // one does, and then nothing is asked but where the user allowed it (`berth check --probe`, a push); a Failure else.
  std::optional<std::string> granted(const std::string& repository, const std::string& actions,
                                     bool may_create = false) const;
  // Whether one may push, tried: opens an upload session and deletes it.
  void probe_upload(const std::string& repository, bool may_create = false) const;
  // GET of a path on the registry's own host ("/acr/v1/team/app"); below "/v2/" only what is below the uri. `scope` is
  // what it needs of a token, or empty. Any status is an answer.
  RegistryAnswer get(const std::string& path, const std::string& scope = {}) const {
    return ask("GET", path, scope, 0);
  }
  RegistryAnswer head(const std::string& path, const std::string& scope = {}) const {
    return ask("HEAD", path, scope, 0);
  }
  // GET without the user's credential: what the registry's challenge is, for example.
  RegistryAnswer get_anonymously(const std::string& path) const { return ask("GET", path, {}, 1); }

 private:
  RegistryAnswer ask(const char* method, const std::string& path, const std::string& scope,
                     std::int32_t anonymous) const;
  friend class Call;
  Registry(const berth_registry_1* service, void* context) : service_(service), context_(context) {}
  const berth_registry_1* service_;
  void* context_;
};

// What the host offers during one call.
class Call {
 public:
  // Adds a finding. `code` is stable ("acme.repository"); `message` a sentence, lower case, no full stop; `fix` what to
  // do, empty where none is known. An error keeps the image from being pushed.
  void report(Severity severity, const std::string& code, const std::string& message, const std::string& fix = {});
  bool has_errors() const { return has_errors_; }
  // Whether the image's reference is below the container registry's uri.
  bool belongs(const Image& image) const { return image.belongs_; }
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
  explicit Call(const berth_call& call) : call_(call) {}
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
  const Settings& settings() const { return settings_; }

  // Everything that would make this push fail, as findings; moves nothing. `berth check` calls this alone.
  virtual void prepare_image_push(Call& call, const Image& image) {
    static_cast<void>(call);
    static_cast<void>(image);
  }

  // Belongs → prepare → push. An override may do more, but cannot skip the host's own checks, which run inside push().
  // It either pushes once, or reports an error, or throws.
  virtual void push_image(Call& call, const Image& image) {
    if (!call.belongs(image)) throw Failure(image.reference() + " does not belong to " + uri());
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
