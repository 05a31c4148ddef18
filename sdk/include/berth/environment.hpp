// Environment variables of berth. Permission "env:ACME_TOKEN". ABI: abi.h, "env/1".
#pragma once

#include <optional>
#include <string>

#include <berth/container_registry.hpp>
#include <berth/detail/sdk_version.hpp>
#include <berth/detail/service.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

// Returns the value; std::nullopt if the variable is not set or empty, since CI systems set
// variables without a value to the empty string. Throws Failure without the permission.
inline std::optional<std::string> environment_variable(const CallContext& call,
                                                       const std::string& name) {
  const detail::Service<berth_env_1> service(call, BERTH_ENV_1);
  const detail::StringSink value;
  const detail::StringSink error;
  const auto status =
      service->get(service.context(), detail::view(name), value.sink(), error.sink());
  if (!service.found(status, error) || value.str().empty()) return std::nullopt;
  return value.str();
}

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
