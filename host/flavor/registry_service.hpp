// RegistryService: handles the requests of a plugin to its own container registry (service
// registry/1 of abi.h). Requests for other repositories of the host are rejected.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json_value.hpp"
#include "base/result.hpp"
#include "channel/registry_calls.hpp"
#include "registry/registry_client.hpp"

namespace berth::flavor {

class RegistryService {
 public:
  struct Permissions {
    bool side_effects =
        false;             // requests with side effects are allowed: a push, or `check --probe`
    bool trusted = false;  // the plugin is registered or installed
  };

  // `uri_path` is the path of the container registry's URI. References must outlive this object.
  RegistryService(registry::RegistryClient& session, const std::string& uri_path,
                  Permissions permissions)
      : session_(session), uri_path_(uri_path), permissions_(permissions) {}

  // Handles a request for one of channel::RegistryCalls and returns its response; std::nullopt if
  // what was requested does not exist. Errors: those of the registry; class plugin, code
  // "plugin.question": the request is not allowed or malformed; class validation, code
  // "check.may-create": it may create a repository, which is not allowed in this call.
  [[nodiscard]] base::Result<std::optional<base::Json>> handle(std::string_view method,
                                                               const base::Json& params) const;

 private:
  template <class Call>
  using Response = base::Result<std::optional<typename Call::Response>>;
  [[nodiscard]] Response<channel::ProbeRegistry> serve(
      const channel::ProbeRegistry::Request& request) const;
  [[nodiscard]] Response<channel::ManifestDigest> serve(
      const channel::ManifestDigest::Request& request) const;
  [[nodiscard]] Response<channel::BlobSize> serve(const channel::BlobSize::Request& request) const;
  [[nodiscard]] Response<channel::GrantedActions> serve(
      const channel::GrantedActions::Request& request) const;
  [[nodiscard]] Response<channel::CheckPushPermission> serve(
      const channel::CheckPushPermission::Request& request) const;
  [[nodiscard]] Response<channel::SendToRegistry> serve(
      const channel::SendToRegistry::Request& request) const;
  [[nodiscard]] Response<channel::SideEffectsAllowed> serve(
      const channel::SideEffectsAllowed::Request& request) const;
  [[nodiscard]] Response<channel::GetAccount> serve(
      const channel::GetAccount::Request& request) const;
  [[nodiscard]] base::Result<std::string> repository_path(const std::string& below) const;
  [[nodiscard]] base::Result<void> check_below(const std::string& path,
                                               const std::string& scope) const;
  [[nodiscard]] base::Result<void> check_side_effects(bool expected) const;

  registry::RegistryClient& session_;
  const std::string& uri_path_;
  const Permissions permissions_;
};

}  // namespace berth::flavor
