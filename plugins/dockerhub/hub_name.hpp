// Names of Docker Hub: docker.io/NAMESPACE/NAME and nothing deeper. Pure.
#pragma once

#include <string>
#include <string_view>

namespace berth::dockerhub {

// docker.io, index.docker.io, registry-1.docker.io, registry.hub.docker.com: in any case, without
// port.
bool is_hub_host(std::string_view host);

struct HubName {
  std::string name_space;
  std::string name;
  std::string fault;  // what is wrong with it; empty: nothing

  [[nodiscard]] std::string path() const { return name_space + "/" + name; }
};

// The path below the host.
HubName parse_hub_name(std::string_view path);

// A name that could be meant by `path`, which is not valid: "docker.io/alice/app" for "app" and
// "library/app". `user` is the account in use; empty if it is not known.
std::string suggest_name(std::string_view path, const std::string& user);

// Whether an account of that name has a namespace of the same name: an email address does not.
bool is_docker_id(const std::string& user);

}  // namespace berth::dockerhub
