// Hosts of Azure Container Registry, its login servers: which registry, and whose tokens it takes.
// Pure. "contoso.azurecr.io", "contoso-9f8e.azurecr.cn" (with its tenant),
// "contoso.westeurope.geo.azurecr.us" (one region). Sources: Microsoft Learn, "Azure Container
// Registry endpoint reference"; azure-identity's authority hosts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/host_fault.hpp"

namespace berth::azure {

struct AcrHost {
  std::string login_server;  // the host in lower case: in capitals it would be another service to
                             // the registry
  std::string name;          // "contoso", as az knows it
  std::string authority;     // who gives tokens in its cloud: "https://login.microsoftonline.com"
};

// Parses a host without port, in any case. std::nullopt if it is not a login server.
std::optional<AcrHost> parse_acr_host(std::string_view host);
// Why `host`, which looks like one, is not; std::nullopt if it does not look like one: it may be a
// custom domain.
std::optional<common::HostFault> explain_acr_host(std::string_view host);

}  // namespace berth::azure
