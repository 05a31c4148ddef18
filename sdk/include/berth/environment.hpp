// The variables of the environment in which berth runs, as far as PERMISSIONS names them ("env:ACME_TOKEN"). A Failure
// where it does not. Facts of the boundary: abi.h, "env/1".
#pragma once

#include <optional>
#include <string>

#include <berth/container_registry.hpp>
#include <berth/detail/tool.hpp>

namespace berth {

// Nothing: it is not set.
inline std::optional<std::string> variable(const Call& call, const std::string& name) {
  const detail::Tool<berth_env_1> tool(call, BERTH_ENV_1);
  const detail::Text value;
  const detail::Text why;
  const auto status = tool->get(tool.context(), detail::view(name), value.sink(), why.sink());
  return detail::found(status, why) ? std::optional<std::string>(value.str()) : std::nullopt;
}

}  // namespace berth
