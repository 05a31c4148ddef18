#include "app/registries_conf_policy.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "base/file_trust.hpp"
#include "http/client.hpp"

namespace berth::app {
namespace {

// containers-registries.conf(5), "Short-Name Aliasing: Modes".
std::string aliases_file(const App& app) {
  const std::string name = "/containers/short-name-aliases.conf";
  if (::geteuid() == 0) return "/var/cache" + name;
  const auto cache = app.variable("XDG_CACHE_HOME");
  if (cache.starts_with('/')) return cache + name;
  const auto home = app.variable("HOME");
  return home.empty() ? "" : home + "/.cache" + name;
}

// Returns the code of the error; empty if the server responds.
std::string probe_scheme(const App& app, const registry::RegistryOptions& registry,
                         const std::string& scheme) {
  auto options = registry.http;
  options.limits.attempts = 1;
  http::Request request;
  request.url = fmt::format("{}://{}/v2/", scheme, registry.host);
  request.follow_redirects = false;
  const auto answer = http::Client(options, app.cancellation, app.log).send(request);
  return answer ? "" : answer.error().code();
}

bool serves_only_plain_http(const App& app, const registry::RegistryOptions& registry) {
  const auto failed = probe_scheme(app, registry, "https");
  if (failed == "http.plain") return true;
  // Without a port, plain http has one of its own.
  const bool own_port = registry.host.find(':') == std::string::npos;
  return failed == "http.unreachable" && own_port && probe_scheme(app, registry, "http").empty();
}

}  // namespace

registry::RegistriesConfPaths registries_conf_paths(const App& app) {
  registry::RegistriesConfPaths paths;
  for (const auto* name : {"BERTH_REGISTRIES_CONF", "CONTAINERS_REGISTRIES_CONF"})
    if (paths.named.empty()) paths.named = app.variable(name);
  if (!app.paths.config_home.empty()) paths.user_directory = app.paths.config_home + "/containers";
  paths.aliases = aliases_file(app);
  return paths;
}

base::Result<registry::RegistriesConf> registries_conf(const App& app) {
  auto conf = registry::read_registries_conf(registries_conf_paths(app));
  if (conf)
    for (const auto& path : conf->files) base::warn_of_untrusted_file(path, app.log);
  return conf;
}

base::Result<void> check_not_blocked(const App& app, const std::string& name) {
  BERTH_TRY(const auto conf, registries_conf(app));
  BERTH_TRY([[maybe_unused]] const auto* allowed, registry::find_allowed(conf, name));
  return {};
}

base::Result<void> apply_registries_conf(const App& app, const std::string& name, bool tls_given,
                                         registry::RegistryOptions& registry, Events& events) {
  BERTH_TRY(const auto conf, registries_conf(app));
  BERTH_TRY(const auto* found, registry::find_allowed(conf, name));
  if (found != nullptr && found->endpoint.insecure)
    allow_insecure(app, found->defined_at, tls_given, registry, events);
  return {};
}

void allow_insecure(const App& app, const std::string& place, bool tls_given,
                    registry::RegistryOptions& registry, Events& events) {
  auto& tls = registry.http.tls;
  if (!registry.tls || !tls.verify || !tls.ca_file.empty()) return;
  tls.verify = false;
  registry.tls = tls_given || !serves_only_plain_http(app, registry);
  events.warning(
      fmt::format("{} {}: insecure in {}",
                  registry.tls ? "not verifying the certificate of" : "using HTTP without TLS for",
                  registry.host, place));
}

}  // namespace berth::app
