#include "app/login.hpp"

#include <fmt/format.h>

#include "app/network_options.hpp"
#include "app/uri_kind.hpp"
#include "app/workspace.hpp"
#include "base/escape.hpp"
#include "base/file_trust.hpp"
#include "registry/auth_store.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;

// A registered name that is misspelt, as in "Prod" for prod, is not taken for a host: it would
// receive the password.
bool is_misspelt_name(const base::Result<const store::ContainerRegistry*>& registered,
                      const std::string& name) {
  return !registered && name != "localhost" && name.find_first_of(".:/") == std::string::npos &&
         registered.error().fix().starts_with("did you mean");
}

}  // namespace

base::Result<LoginHost> find_login_host(const App& app, const std::string& name, Events& events) {
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  const auto registered = workspace.contents.find(name);
  if (workspace.contents.find_unusable(name) != nullptr) return registered.error().clone();
  if (is_misspelt_name(registered, name))
    return registered.error().clone().fix(
        fmt::format("{} For the host of that name write {}:443", registered.error().fix(), name));
  auto uri = registered ? base::Result<oci::RegistryUri>((*registered)->uri)
                        : oci::RegistryUri::parse(name);
  if (!uri) return std::move(uri).error();
  if (!kind_of(*uri).is_remote())
    return Error(ErrorClass::usage, "login.layout",
                 name + " is a directory, which requires no login");
  LoginHost host{.host = uri->host(),
                 .settings = registered ? (*registered)->settings : base::Json::object()};
  const auto flavor = registered ? workspace.index.find((*registered)->flavor)
                                 : workspace.index.claiming(host.host);
  if (!flavor) return host;  // a login needs none
  host.username_hint = (*flavor)->metadata->login_user;
  host.password_hint = (*flavor)->metadata->login_secret;
  return host;
}

base::Result<std::string> credential_file(const App& app) {
  if (!app.paths.docker_config.empty()) return app.paths.docker_config + "/config.json";
  return Error(ErrorClass::usage, "usage.no-home", "no directory for docker's config.json")
      .cause("HOME is not set")
      .fix("set HOME or DOCKER_CONFIG");
}

base::Result<LoginReport> login(const App& app, const LoginHost& host,
                                const NetworkOptions& network, Events& events) {
  BERTH_TRY(const auto file, credential_file(app));
  BERTH_TRY(const auto connection, connect_to_log_in(app, host, network, events));
  BERTH_CHECK(connection.client->access().ping());
  if (!connection.client->access().uses_credential())
    events.warning(host.host + " does not require authentication; the password was not verified");
  base::warn_of_untrusted_file(file, app.log);
  BERTH_TRY(auto stored, registry::AuthStore(file, app.cancellation)
                             .store(host.host, *network.username, *network.password));
  return LoginReport{.host = host.host, .stored_in = std::move(stored)};
}

base::Result<LogoutReport> logout(const App& app, const std::string& name, Events& events) {
  BERTH_TRY(auto host, find_login_host(app, name, events));
  BERTH_TRY(const auto file, credential_file(app));
  BERTH_TRY(const bool erased, registry::AuthStore(file, app.cancellation).erase(host.host));
  if (!erased)
    return Error(ErrorClass::not_found, "login.none", "not logged in to " + host.host)
        .cause(base::escape(file) + " has no credentials for it");
  return LogoutReport{.host = std::move(host.host)};
}

}  // namespace berth::app
