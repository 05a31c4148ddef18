// The errors of proxies.
#pragma once

#include <optional>
#include <string>

#include "http/transport_facts.hpp"

namespace berth::http {

// Returns the failure with or at the proxy; std::nullopt if something else failed. Class network
// (stall for a timeout); codes "http.proxy-unreachable", "http.proxy-scheme" (its protocol is not
// the one in the variable), "http.proxy-auth", "http.proxy" (it refused or failed to connect).
std::optional<TransportFailure> describe_proxy_failure(const TransportFacts& facts,
                                                       const std::string& where);

}  // namespace berth::http
