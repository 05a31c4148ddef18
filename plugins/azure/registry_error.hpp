// The error message in a response body {"errors": [{"code": …, "message": …}]}. Pure.
#pragma once

#include <string>

#include <berth/json.hpp>

namespace berth::azure {

// Returns the message of the first error, or its code; empty if the body is not of that form.
inline std::string registry_error(const std::string& body) {
  const auto json = Json::parse(body);
  const Json* errors = json ? json->find("errors") : nullptr;
  if (errors == nullptr || errors->items().empty()) return {};
  const Json& first = errors->items().front();
  return first.string("message").value_or(first.string("code").value_or(""));
}

}  // namespace berth::azure
