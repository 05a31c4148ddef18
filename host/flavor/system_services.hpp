// SystemServices: handles the requests of a plugin that do not concern a container registry.
// Environment variables, files, programs and HTTP requests are subject to the flavor's permissions;
// cryptography is not. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/cancellation.hpp"
#include "base/json_value.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "flavor/http_service.hpp"
#include "flavor/metadata.hpp"
#include "flavor/permission_policy.hpp"

namespace berth::flavor {

class SystemServices {
 public:
  // `settings`, `registry_origin`: see permission_policy.hpp. `http`: see PluginOptions::http.
  // `cancellation` and `log` must outlive this object.
  SystemServices(const Metadata& metadata, Variables variables, const http::ClientOptions& http,
                 const base::Cancellation& cancellation, base::Log& log, UserSettings settings = {},
                 std::string registry_origin = {})
      : permits_(metadata.flavor, metadata.permissions, std::move(variables), std::move(settings),
                 std::move(registry_origin)),
        http_(permits_, http, cancellation, log),
        cancellation_(cancellation) {}
  SystemServices(const SystemServices&) = delete;
  SystemServices& operator=(const SystemServices&) = delete;

  // Handles a request for one of channel::SystemCalls and returns its response; std::nullopt if
  // what was requested does not exist. `current`: see HttpService::send. Errors are meant for the
  // plugin: class trust, if a permission is missing; class plugin, code "plugin.question": the
  // request is malformed.
  [[nodiscard]] base::Result<std::optional<base::Json>> handle(
      std::string_view method, const base::Json& params,
      const CurrentCredential& current = {}) const;

 private:
  PermissionPolicy permits_;
  HttpService http_;
  const base::Cancellation& cancellation_;
};

}  // namespace berth::flavor
