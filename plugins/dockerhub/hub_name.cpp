#include "dockerhub/hub_name.hpp"

#include <algorithm>

#include "common/text.hpp"

namespace berth::dockerhub {

bool is_hub_host(std::string_view host) {
  constexpr std::string_view hosts[] = {"docker.io", "index.docker.io", "registry-1.docker.io",
                                        "registry.hub.docker.com"};
  return std::find(std::begin(hosts), std::end(hosts), common::lower(host)) != std::end(hosts);
}

HubName parse_hub_name(std::string_view path) {
  const auto parts = common::split(path, '/');
  if (parts.size() == 1)
    return {"library", parts[0],
            "without a namespace it is library/" + parts[0] + ", which is Docker's own"};
  if (parts.size() > 2)
    return {parts[0], parts[1],
            "names are NAMESPACE/NAME, and " + std::string(path) + " has " +
                std::to_string(parts.size()) + " parts"};
  if (parts[0] == "library") return {parts[0], parts[1], "the namespace library is Docker's own"};
  return {parts[0], parts[1], {}};
}

std::string suggest_name(std::string_view path, const std::string& user) {
  auto parts = common::split(path, '/');
  const bool has_namespace = parts.size() > 1 && parts[0] != "library";
  std::string name_space = is_docker_id(user) ? user : "YOUR-NAMESPACE";
  if (has_namespace) name_space = parts[0];
  if (parts.size() > 1) parts.erase(parts.begin());
  return "docker.io/" + name_space + "/" + common::joined(parts, "-");
}

bool is_docker_id(const std::string& user) {
  constexpr std::size_t kMin = 4;
  constexpr std::size_t kMax = 30;
  return user.size() >= kMin && user.size() <= kMax &&
         user.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
}

}  // namespace berth::dockerhub
