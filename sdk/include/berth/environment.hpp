// The variables of the environment in which berth runs, as far as PERMISSIONS names them ("env:ACME_TOKEN"). A Failure
// where it does not. Facts of the boundary: abi.h, "env/1".
#pragma once

#include <optional>
#include <string>

#include <berth/container_registry.hpp>
#include <berth/detail/service.hpp>

namespace berth {

// Nothing: it is not set.
inline std::optional<std::string> environment_variable(const CallContext& call, const std::string& name) {
  const detail::Service<berth_env_1> service(call, BERTH_ENV_1);
  const detail::StringSink value;
  const detail::StringSink error;
  const auto status = service->get(service.context(), detail::view(name), value.sink(), error.sink());
  return detail::found(status, error) ? std::optional<std::string>(value.str()) : std::nullopt;
}

}  // namespace berth
