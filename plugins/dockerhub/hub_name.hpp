// Names of Docker Hub: docker.io/NAMESPACE/NAME and nothing deeper. Pure.
#pragma once

#include <string>
#include <string_view>

namespace berth::dockerhub {

// docker.io, index.docker.io, registry-1.docker.io, registry.hub.docker.com: in any case, without port.
bool is_hub_host(std::string_view host);

struct HubName {
  std::string name_space;
  std::string name;
  std::string fault;  // what is wrong with it; empty: nothing
};

// The path below the host.
HubName parse_hub_name(std::string_view path);

}  // namespace berth::dockerhub
