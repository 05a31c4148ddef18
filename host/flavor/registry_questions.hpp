// RegistryQuestions: handles the requests of a plugin to its own container registry (service
// registry/1 of abi.h). Requests for other repositories of the host are rejected.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "registry/registry_client.hpp"

namespace berth::flavor {

class RegistryQuestions {
 public:
  struct Permissions {
    bool side_effects = false;  // requests with side effects are allowed: a push, or `check --probe`
    bool trusted = false;       // the plugin is registered or installed
  };

  // `uri_path` is the path of the container registry's URI. References must outlive this object.
  RegistryQuestions(registry::RegistryClient& session, const std::string& uri_path, Permissions permissions)
      : session_(session), uri_path_(uri_path), permissions_(permissions) {}

  // Handles one request and returns the response for the channel. `what` is the method
  // ("registry.probe"). Errors: those of the registry; class plugin, code "plugin.question": the
  // request is not allowed or malformed; class validation, code "check.may-create": it may create a
  // repository, which is not allowed in this call.
  [[nodiscard]] base::Result<base::Json> answer(const std::string& what, const base::Json& question) const;

 private:
  [[nodiscard]] base::Result<base::Json> answer_one(const std::string& what, const base::Json& question) const;
  [[nodiscard]] base::Result<std::string> full_repository(const base::Json& question) const;
  [[nodiscard]] base::Result<base::Json> manifest(const base::Json& question) const;
  [[nodiscard]] base::Result<base::Json> blob(const base::Json& question) const;
  [[nodiscard]] base::Result<base::Json> granted(const base::Json& question) const;
  [[nodiscard]] base::Result<base::Json> account() const;
  [[nodiscard]] base::Result<base::Json> upload(const base::Json& question) const;
  [[nodiscard]] base::Result<base::Json> ask(const base::Json& question) const;
  [[nodiscard]] base::Result<void> check_below(const std::string& path, const std::string& scope) const;
  [[nodiscard]] base::Result<void> check_side_effects(bool expected) const;

  registry::RegistryClient& session_;
  const std::string& uri_path_;
  const Permissions permissions_;
};

}  // namespace berth::flavor
