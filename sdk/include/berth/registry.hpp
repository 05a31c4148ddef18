// Registry: requests to the container registry from a flavor. Included by container_registry.hpp.
// ABI: abi.h, "registry/1".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <berth/abi.h>
#include <berth/detail/sdk_version.hpp>
#include <berth/failure.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

// RegistryResponse: the response to Registry::get(), head() or get_unauthenticated().
struct RegistryResponse {
  std::int32_t status = 0;
  std::string
      headers;       // one line per header, names in lower case: "content-type: application/json"
  std::string body;  // at most 1 MiB

  // Returns the value of the first header with this lower-case name; empty if it is missing.
  std::string header(const std::string& name) const;
};

// Account: the credentials in use, without the secret.
struct Account {
  std::string username;  // empty for a token
  std::string source;    // shown to the user: "password of alice, from ~/.docker/config.json"
};

// Registry: sends requests with the user's credentials. Valid as long as its CallContext.
// `repository` is below the container registry's URI, as Image::repository(). All functions throw
// Failure, or AccessDenied if the credentials are not authorized. If the flavor does not catch it,
// the user sees the registry's own error.
class Registry {
 public:
  // Checks that the host is a container registry and accepts the user's credentials; throws if not.
  void probe() const;
  // Returns the digest that a tag points to; std::nullopt if it does not exist.
  std::optional<std::string> manifest_digest(const std::string& repository,
                                             const std::string& reference) const;
  // Returns the size of a blob; std::nullopt if the repository does not have it.
  std::optional<std::uint64_t> blob_size(const std::string& repository,
                                         const std::string& digest) const;
  // Requests a token for `actions` ("pull,push") and returns those that it grants; std::nullopt if
  // the registry has no tokens, or their grants are not readable. `has_side_effects`: on this
  // registry a request for push creates the repository; throws unless side_effects_allowed().
  std::optional<std::string> granted_actions(const std::string& repository,
                                             const std::string& actions,
                                             bool has_side_effects = false) const;
  // Returns whether requests may create something: in a push, and with `berth check --probe`.
  bool side_effects_allowed() const;
  // Returns the credentials that requests use; std::nullopt if there are no credentials. Reads
  // credential files and runs credential helpers; sends nothing to the registry.
  std::optional<Account> account() const;
  // Opens an upload session and cancels it; throws if the credentials cannot push.
  // `has_side_effects` as in granted_actions().
  void check_push_permission(const std::string& repository, bool has_side_effects = false) const;
  // Sends GET or HEAD for a path of the registry's host, with its query ("/acr/v1/team/app?n=9").
  // Below "/v2/", only paths below the URI are permitted. `scope`: the token scope that it
  // requires, or empty. Returns for every HTTP status. Credentials are sent once the registry has
  // sent a challenge: a page that permits anonymous access shows its public content, until probe()
  // was called.
  RegistryResponse get(const std::string& path, const std::string& scope = {}) const {
    return request("GET", path, scope, 0);
  }
  RegistryResponse head(const std::string& path, const std::string& scope = {}) const {
    return request("HEAD", path, scope, 0);
  }
  // Sends GET without credentials, for example to read the registry's challenge.
  RegistryResponse get_unauthenticated(const std::string& path) const {
    return request("GET", path, {}, 1);
  }

 private:
  RegistryResponse request(const char* method, const std::string& path, const std::string& scope,
                           std::int32_t unauthenticated) const;
  friend class CallContext;
  Registry(const berth_registry_1* service, const berth_call& call)
      : service_(service), call_(&call), context_(call.context) {}
  const berth_registry_1* service_;
  const berth_call* call_;
  void* context_;
};

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
