// Registry: what a flavor may ask of its container registry. Included by container_registry.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <berth/abi.h>
#include <berth/failure.hpp>

namespace berth {

// What the registry's host answered.
struct RegistryResponse {
  std::int32_t status = 0;
  std::string headers;  // a line for each field, names in lower case: "content-type: application/json"
  std::string body;     // at most 1 MiB

  // The value of a field's first line, by its lower-case name; empty: it is not there.
  std::string header(const std::string& name) const;
};

// Credentials for a container registry, without the secret.
struct Account {
  std::string username;  // empty: a token, which has none
  std::string source;    // for people: "password of alice, from ~/.docker/config.json"
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
  // tell. Some registries make a repository when they are asked for push, or for an upload: `has_side_effects` says
  // that this one does, and then nothing is asked but where the user allowed it (`berth check --probe`, a push); a
  // Failure else.
  std::optional<std::string> granted_actions(const std::string& repository, const std::string& actions,
                                             bool has_side_effects = false) const;
  // Whether something may be created in this call, so that such questions are answered.
  bool side_effects_allowed() const;
  // The credentials that requests to this registry carry; std::nullopt: none were found. Reads the user's credential
  // files and helpers, sends nothing to the registry.
  std::optional<Account> account() const;
  // Whether one may push, tried: opens an upload session and deletes it.
  void check_push_permission(const std::string& repository, bool has_side_effects = false) const;
  // GET of a path on the registry's own host ("/acr/v1/team/app?n=9"); below "/v2/" only what is below the uri. `scope`
  // is what it needs of a token, or empty. Any status is an answer. The login goes along once the host has asked for
  // it: where anybody may read, a page shows what anybody may see; after probe() it may show more.
  RegistryResponse get(const std::string& path, const std::string& scope = {}) const {
    return request("GET", path, scope, 0);
  }
  RegistryResponse head(const std::string& path, const std::string& scope = {}) const {
    return request("HEAD", path, scope, 0);
  }
  // GET without the user's credential: what the registry's challenge is, for example.
  RegistryResponse get_unauthenticated(const std::string& path) const { return request("GET", path, {}, 1); }

 private:
  RegistryResponse request(const char* method, const std::string& path, const std::string& scope,
                           std::int32_t unauthenticated) const;
  friend class CallContext;
  Registry(const berth_registry_1* service, void* context) : service_(service), context_(context) {}
  const berth_registry_1* service_;
  void* context_;
};

}  // namespace berth
