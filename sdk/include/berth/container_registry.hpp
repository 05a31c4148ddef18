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
//
// Everything runs on one thread. References and pointers that a function is given end with the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <berth/abi.h>

namespace berth {

enum Severity : std::int32_t { info = BERTH_INFO, warning = BERTH_WARNING, error = BERTH_ERROR };

// What a flavor throws to say that it cannot go on; any other std::exception does as well.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The settings of the container registry: typed by the schema, defaults filled in. A getter with the wrong type, or of
// a key that is neither set nor has a default, gives the fallback.
class Settings {
 public:
  bool has(const std::string& key) const { return find(key, -1) != nullptr; }
  std::string string(const std::string& key, const std::string& fallback = {}) const {
    const Value* value = find(key, BERTH_STRING);
    return value != nullptr ? value->string : fallback;
  }
  std::int64_t integer(const std::string& key, std::int64_t fallback = 0) const {
    const Value* value = find(key, BERTH_INTEGER);
    return value != nullptr ? value->integer : fallback;
  }
  double number(const std::string& key, double fallback = 0) const {
    const Value* value = find(key, BERTH_NUMBER);
    return value != nullptr ? value->number : fallback;
  }
  bool boolean(const std::string& key, bool fallback = false) const {
    const Value* value = find(key, BERTH_BOOLEAN);
    return value != nullptr ? value->integer != 0 : fallback;
  }

 private:
  struct Value {
    std::int32_t type;
    std::string string;
    std::int64_t integer;
    double number;
  };
  const Value* find(const std::string& key, std::int32_t type) const {
    const auto found = values_.find(key);
    return found != values_.end() && (type < 0 || found->second.type == type) ? &found->second : nullptr;
  }
  friend struct PluginAccess;
  std::map<std::string, Value> values_;
};

struct Blob {
  std::string media_type;
  std::string digest;       // empty while it is not compressed yet
  std::uint64_t bytes = 0;  // exact with a digest, else an upper bound
};

// The image that is to be pushed, and where to.
class Image {
 public:
  // The full destination: "ghcr.io/acme/app:1.2".
  const std::string& reference() const { return reference_; }
  // Below the container registry's uri: "app".
  const std::string& repository() const { return repository_; }
  // Below the host: "acme/app".
  const std::string& full_repository() const { return full_repository_; }
  // Empty with a digest reference.
  const std::string& tag() const { return tag_; }
  // False in `check` without a source: nothing below is known then.
  bool has_content() const { return has_content_; }
  // Of the manifest; empty while layers are not compressed yet.
  const std::string& digest() const { return digest_; }
  const std::string& media_type() const { return media_type_; }
  // Config and layers.
  const std::vector<Blob>& blobs() const { return blobs_; }
  // "linux/amd64"
  const std::vector<std::string>& platforms() const { return platforms_; }

 private:
  friend struct PluginAccess;
  friend class Call;
  std::string reference_, repository_, full_repository_, tag_, digest_, media_type_;
  bool belongs_ = false;
  bool has_content_ = false;
  std::vector<Blob> blobs_;
  std::vector<std::string> platforms_;
};

// The questions that a flavor may ask this container registry, with the user's credential. They throw Failure.
class Registry {
 public:
  // Whether the host is a container registry that lets the user in: throws where it is not.
  void probe() const;
  // The digest that a tag stands for; nothing: there is no such tag. `full_repository` is below the host.
  std::optional<std::string> manifest_digest(const std::string& full_repository, const std::string& reference) const;
  // The size of a blob; nothing: it is not there.
  std::optional<std::uint64_t> blob_size(const std::string& full_repository, const std::string& digest) const;

 private:
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
  // Milliseconds since 1970.
  std::int64_t now() const { return call_.now(call_.context); }
  bool cancelled() const { return call_.cancelled(call_.context) != 0; }
  // Nothing: offline, or no registry with the distribution API.
  std::optional<Registry> registry() const;
  // Carries out the plan, once per call; returns the digest that was proven. Throws Failure.
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

// A container registry as one flavor understands it. Made once per run of berth, after its settings were validated.
class BaseContainerRegistry {
 public:
  BaseContainerRegistry() = default;
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
