// RegistryQuestions: what a plugin may ask of its container registry, and of no other: service registry/1 of abi.h.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "registry/session.hpp"

namespace berth::flavor {

class RegistryQuestions {
 public:
  struct Permissions {
    bool side_effects = false;  // requests that may create something are allowed: a push, or `check --probe`
    bool trusted = false;       // the plugin is registered or installed
  };

  // `uri_path` is the path of the container registry's uri. The references must outlive the object.
  RegistryQuestions(registry::Session& session, const std::string& uri_path, Permissions permissions)
      : session_(session), uri_path_(uri_path), permissions_(permissions) {}

  // The answer as the channel has it. `what`: "registry.probe". Errors are the registry's, or of class plugin where the
  // question is none that may be asked.
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

  registry::Session& session_;
  const std::string& uri_path_;
  const Permissions permissions_;
};

}  // namespace berth::flavor
