#include "registry/server_names.hpp"

namespace berth::registry {
namespace {

constexpr std::string_view kHub = "docker.io";

}  // namespace

std::string server_name(std::string_view host) { return std::string(host == kHub ? kHubServer : host); }

std::vector<std::string> helper_names(std::string_view host) {
  if (host == kHub) return {std::string(kHubServer), "docker.io", "index.docker.io"};
  return {std::string(host), "https://" + std::string(host)};
}

std::vector<std::string> auth_keys(std::string_view host) {
  std::vector<std::string> keys;
  std::vector<std::string> hosts{std::string(host)};
  if (host == kHub) {
    keys.emplace_back(kHubServer);
    hosts = {"index.docker.io", "docker.io", "registry-1.docker.io"};
  }
  for (const auto& name : hosts) {
    keys.push_back(name);
    for (const char* scheme : {"https://", "http://"})
      for (const char* tail : {"", "/", "/v1", "/v1/", "/v2", "/v2/"}) keys.push_back(scheme + name + tail);
  }
  return keys;
}

bool is_url_of(std::string_view key, std::string_view host) {
  const auto scheme = key.find("://");
  if (scheme == std::string_view::npos) return false;
  std::string_view name = key.substr(scheme + 3);
  name = name.substr(0, name.find('/'));
  return name == host || (host == kHub && (name == "index.docker.io" || name == "registry-1.docker.io"));
}

}  // namespace berth::registry
