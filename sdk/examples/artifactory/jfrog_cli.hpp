// The login that JFrog's own tools keep: variables, and the servers of `jf config`. Sources:
// README.md.
#pragma once

#include <berth/container_registry.hpp>
#include <berth/encoding.hpp>
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

// Whether that server is this registry's: itself, or the one of which the registry is one
// repository (KEY.SERVER, NAME-KEY.jfrog.io for NAME.jfrog.io, SERVER:PORT). A token goes nowhere
// else.
inline bool is_server_of(const std::string& server, const std::string& registry,
                         const std::string& key) {
  if (server.empty() || server == registry) return !server.empty();
  if (key.empty()) return false;
  const std::size_t dot = server.find('.');
  const std::string cloud = ".jfrog.io";
  return registry == key + "." + server || registry.substr(0, registry.find(':')) == server ||
         (dot != std::string::npos && server.substr(dot) == cloud &&
          registry == server.substr(0, dot) + "-" + key + cloud);
}

// The claims of an access token; empty for a reference token, which has none.
struct Claims {
  std::string user;
  std::int64_t expires = 0;
};

inline Claims claims_of(const std::string& token) {
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == last) return {};
  const auto json = berth::Json::parse(
      berth::base64_decode(token.substr(first + 1, last - first - 1)).value_or(""));
  if (!json) return {};
  const std::string subject = json->string("sub").value_or("");  // "jfac@01h…/users/alice"
  const double expires = json->number("exp").value_or(0);
  return {subject.substr(subject.rfind('/') + 1),
          expires > 0 && expires < 1e11 ? static_cast<std::int64_t>(expires) : 0};
}

inline berth::Credential login(const berth::CallContext& call,
                               const std::optional<std::string>& user, const std::string& token,
                               const std::string& from) {
  const Claims claims = claims_of(token);
  const std::string name = user.value_or(claims.user);
  if (name.empty())
    throw berth::Failure(from + ": the token has no user name, and no user is set",
                         "export JF_USER=NAME");
  if (claims.expires != 0 && claims.expires <= call.now() / 1000)
    throw berth::Failure(from + ": the token has expired", "jf login");
  return berth::Credential::password(name, token, from, claims.expires);
}

inline berth::Credential of_server(const berth::CallContext& call, const berth::Json& server,
                                   bool encrypted, const std::string& from) {
  if (encrypted) return berth::Credential::none(from + ": its token is encrypted");
  if (const auto token = server.string("accessToken"))
    return login(call, server.string("user"), *token, from);
  const auto user = server.string("user");
  const auto password = server.string("password");
  if (!user || !password) return berth::Credential::none(from + ": it has no token");
  return berth::Credential::password(*user, *password, from);
}

inline berth::Credential stored_login(const berth::CallContext& call, const std::string& registry,
                                      const std::string& key) {
  const auto url = berth::environment_variable(call, "JF_URL");
  const auto token = berth::environment_variable(call, "JF_ACCESS_TOKEN");
  if (url && token && is_server_of(host_of(*url), registry, key))
    return login(call, berth::environment_variable(call, "JF_USER"), *token,
                 "environment JF_ACCESS_TOKEN");

  const std::string path =
      berth::environment_variable(call, "JFROG_CLI_HOME_DIR").value_or("~/.jfrog") +
      "/jfrog-cli.conf.v6";
  const auto text = berth::read_file(call, path);
  if (!text)
    return berth::Credential::none(
        "JF_URL and JF_ACCESS_TOKEN are not set for it, and there is no " + path);
  int line = 0;
  const auto config = berth::Json::parse(*text, &line);
  if (!config)
    throw berth::Failure(path + ", line " + std::to_string(line) + ": not valid JSON",
                         "jf config add");
  const berth::Json* servers = config->find("servers");
  for (std::size_t i = 0; servers != nullptr && i < servers->items().size(); ++i) {
    const berth::Json& server = servers->items()[i];
    const std::string address =
        server.string("artifactoryUrl").value_or(server.string("url").value_or(""));
    if (is_server_of(host_of(address), registry, key))
      return of_server(call, server, config->boolean("enc").value_or(false),
                       path + ", server " + server.string("serverId").value_or(address));
  }
  return berth::Credential::none("no server in " + path + " is " + registry);
}

}  // namespace artifactory
