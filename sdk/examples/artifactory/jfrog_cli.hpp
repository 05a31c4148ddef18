// The login that JFrog's own tools keep: variables, and the servers of `jf config`. Sources: README.md.
#pragma once

#include <berth/container_registry.hpp>
#include <berth/environment.hpp>
#include <berth/files.hpp>
#include <berth/json.hpp>

namespace artifactory {

// "acme.example:8443" of "https://acme.example:8443/artifactory/".
inline std::string host_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t from = scheme == std::string::npos ? 0 : scheme + 3;
  return url.substr(from, url.find('/', from) - from);
}

// Whether that server is this registry's: itself, or the one of which the registry is one repository (KEY.SERVER,
// NAME-KEY.jfrog.io for NAME.jfrog.io, SERVER:PORT). A token goes nowhere else.
inline bool is_server_of(const std::string& server, const std::string& registry, const std::string& key) {
  if (server.empty() || server == registry) return !server.empty();
  if (key.empty()) return false;
  const std::size_t dot = server.find('.');
  const std::string cloud = ".jfrog.io";
  return registry == key + "." + server || registry.substr(0, registry.find(':')) == server ||
         (dot != std::string::npos && server.substr(dot) == cloud &&
          registry == server.substr(0, dot) + "-" + key + cloud);
}

inline berth::Credential stored_login(const berth::Call& call, const std::string& registry, const std::string& key) {
  const auto url = berth::variable(call, "JF_URL");
  const auto token = berth::variable(call, "JF_ACCESS_TOKEN");
  const auto user = berth::variable(call, "JF_USER");
  if (url && token && user && is_server_of(host_of(*url), registry, key))
    return berth::Credential::password(*user, *token, "environment JF_ACCESS_TOKEN");

  const std::string path = berth::variable(call, "JFROG_CLI_HOME_DIR").value_or("~/.jfrog") + "/jfrog-cli.conf.v6";
  const auto text = berth::read_file(call, path);
  if (!text)
    return berth::Credential::none("JF_URL, JF_USER and JF_ACCESS_TOKEN are not set for it, and there is no " + path);
  int line = 0;
  const auto config = berth::Json::parse(*text, &line);
  if (!config) throw berth::Failure(path + " is no JSON, see line " + std::to_string(line));
  const berth::Json* servers = config->find("servers");
  for (std::size_t i = 0; servers != nullptr && i < servers->items().size(); ++i) {
    const berth::Json& server = servers->items()[i];
    const std::string address = server.string("artifactoryUrl").value_or(server.string("url").value_or(""));
    if (!is_server_of(host_of(address), registry, key)) continue;
    const std::string from = path + ", server " + server.string("serverId").value_or(address);
    if (config->boolean("enc").value_or(false)) return berth::Credential::none(from + ": its token is encrypted");
    const auto name = server.string("user");
    const auto secret = server.string("accessToken") ? server.string("accessToken") : server.string("password");
    if (name && secret) return berth::Credential::password(*name, *secret, from);
    return berth::Credential::none(from + ": it has no " + (name ? "token" : "user"));
  }
  return berth::Credential::none("no server in " + path + " is " + registry);
}

}  // namespace artifactory
