#include "cli/registries.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "http/client.hpp"

namespace berth::cli {
namespace {

// containers-registries.conf(5), "Short-Name Aliasing: Modes".
std::string aliases_file(const Context& context) {
  const std::string name = "/containers/short-name-aliases.conf";
  if (::geteuid() == 0) return "/var/cache" + name;
  const auto cache = context.environment("XDG_CACHE_HOME").value_or("");
  if (cache.starts_with('/')) return cache + name;
  const auto home = context.environment("HOME").value_or("");
  return home.empty() ? "" : home + "/.cache" + name;
}

// Nothing: it answers. Else the code of what went wrong.
std::string ask(const Context& context, const registry::SessionOptions& session, const std::string& scheme) {
  auto options = session.http;
  options.limits.attempts = 1;
  http::Request request;
  request.url = fmt::format("{}://{}/v2/", scheme, session.host);
  request.follow_redirects = false;
  const auto answer = http::Client(options, context.cancellation, context.log).send(request);
  return answer ? "" : answer.error().code();
}

bool speaks_plain_http_alone(const Context& context, const registry::SessionOptions& session) {
  const auto failed = ask(context, session, "https");
  if (failed == "http.plain") return true;
  // Without a port, plain http has one of its own.
  const bool own_port = session.host.find(':') == std::string::npos;
  return failed == "http.unreachable" && own_port && ask(context, session, "http").empty();
}

}  // namespace

registry::RegistriesConfPlaces registries_conf_places(const Context& context) {
  registry::RegistriesConfPlaces places;
  for (const auto* name : {"BERTH_REGISTRIES_CONF", "CONTAINERS_REGISTRIES_CONF"})
    if (places.named.empty()) places.named = context.environment(name).value_or("");
  if (!context.paths.config_home.empty()) places.user_folder = context.paths.config_home + "/containers";
  places.aliases = aliases_file(context);
  return places;
}

base::Result<registry::RegistriesConf> registries_conf(const Context& context) {
  return registry::read_registries_conf(registries_conf_places(context));
}

base::Result<void> check_not_blocked(const Context& context, const std::string& name) {
  BERTH_TRY(const auto conf, registries_conf(context));
  BERTH_TRY([[maybe_unused]] const auto* allowed, registry::find_allowed(conf, name));
  return {};
}

base::Result<void> heed_registries_conf(const Context& context, const std::string& name, bool tls_given,
                                        registry::SessionOptions& session) {
  BERTH_TRY(const auto conf, registries_conf(context));
  BERTH_TRY(const auto* found, registry::find_allowed(conf, name));
  if (found != nullptr && found->endpoint.insecure) allow_insecure(context, found->place, tls_given, session);
  return {};
}

void allow_insecure(const Context& context, const std::string& place, bool tls_given,
                    registry::SessionOptions& session) {
  auto& tls = session.http.tls;
  if (!session.tls || !tls.verify || !tls.ca_file.empty()) return;
  tls.verify = false;
  session.tls = tls_given || !speaks_plain_http_alone(context, session);
  context.terminal.warning(fmt::format("{} {}: insecure in {}",
                                       session.tls ? "not checking the certificate of" : "speaking plain http with",
                                       session.host, place));
}

}  // namespace berth::cli
