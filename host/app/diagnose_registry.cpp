#include "app/diagnose_registry.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>

#include "app/network_options.hpp"
#include "app/registries_conf_policy.hpp"
#include "http/connection_info.hpp"
#include "http/origin.hpp"
#include "http/proxy.hpp"
#include "registry/challenge.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;

// Of http/tls_error.cpp and http/trust_store.cpp.
bool is_tls_code(std::string_view code) {
  return code.starts_with("http.certificate") || code.starts_with("http.tls") ||
         code == "http.plain" || code == "http.client-certificate" || code == "http.ca-file" ||
         code == "http.certs-d";
}

// libcurl has just resolved it: the resolver's cache has it. Empty if it does not.
std::vector<std::string> resolve(const std::string& host) {
  constexpr std::size_t kMaxAddresses = 8;
  const std::string name = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) return {};
  std::vector<std::string> addresses;
  for (const auto* one = list; one != nullptr && addresses.size() < kMaxAddresses;
       one = one->ai_next) {
    char text[NI_MAXHOST];
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0,
                      NI_NUMERICHOST) == 0)
      addresses.emplace_back(text);
  }
  ::freeaddrinfo(list);
  return addresses;
}

std::vector<AuthMethod> auth_methods(const http::Response& response) {
  std::vector<AuthMethod> methods;
  for (const auto header : response.header_all("www-authenticate"))
    for (const auto& challenge : registry::parse_challenges(header))
      methods.push_back(
          {challenge.scheme, challenge.parameter("realm"), challenge.parameter("service")});
  return methods;
}

// What all steps share. One thread. A step returns false if it failed.
class RegistryDiagnosis {
 public:
  RegistryDiagnosis(const App& app, const RegistryToDiagnose& registry, Diagnosis& diagnosis,
                    Events& events)
      : app_(app),
        events_(events),
        target_(registry.target),
        network_(registry.network),
        probe_(registry.probe),
        plugin_(registry.plugin),
        diagnosis_(diagnosis) {}

  void run() {
    static_cast<void>(read_registries_conf() && connect_client() && find_proxy() &&
                      send_first_request() && find_challenge() && authenticate() && read_tag() &&
                      open_upload());
  }

 private:
  // Registry errors carry what the flavor knows about them.
  template <typename Facts>
  bool fail(Step<Facts>& step, const Error& error, Elapsed elapsed) {
    step.failed(plugin_.explained(error.clone(), target_.image.full_repository), elapsed);
    return false;
  }

  bool read_registries_conf() {
    const Stopwatch watch;
    auto conf = registries_conf(app_);
    if (!conf) return fail(diagnosis_.registries_conf, conf.error(), watch.elapsed());
    const auto entry = registry::find_allowed(*conf, target_.reference());
    if (!entry) return fail(diagnosis_.registries_conf, entry.error(), watch.elapsed());
    RegistriesConfFacts facts{conf->files, {}, {}, false};
    if (*entry != nullptr)
      facts = {conf->files, (*entry)->prefix, (*entry)->defined_at, (*entry)->endpoint.insecure};
    diagnosis_.registries_conf.succeeded(std::move(facts), watch.elapsed());
    return true;
  }

  bool connect_client() {
    auto connected = connect(
        app_, {target_, network_, probe_ ? Purpose::push : Purpose::check, plugin_}, events_);
    if (!connected) return fail(diagnosis_.connection, connected.error(), Elapsed(0));
    connection_ = std::move(*connected);
    return true;
  }

  [[nodiscard]] http::Origin origin() const {
    return http::Origin::of(connection_.client->api_url()).value();  // it was built from an Origin
  }

  bool find_proxy() {
    const Stopwatch watch;
    const auto proxy = http::proxy_for(connection_.options.http.proxies, origin());
    if (!proxy) return fail(diagnosis_.proxy, proxy.error(), watch.elapsed());
    proxied_ = proxy->has_value();
    diagnosis_.proxy.succeeded(
        proxied_ ? ProxyFacts{(*proxy)->url, (*proxy)->variable} : ProxyFacts(), watch.elapsed());
    return true;
  }

  // GET /v2/ without credentials: it shows name, connection, TLS and challenge.
  bool send_first_request() {
    http::ConnectionInfo seen;
    http::Request request;
    request.url = connection_.client->api_url();
    request.facts = &seen;
    const Stopwatch watch;
    auto response =
        http::Client(connection_.options.http, app_.cancellation, app_.log).send(request);
    if (!response) return fail_first_request(response.error(), seen, watch.elapsed());
    store_name(seen);
    store_connection(seen);
    store_tls(seen);
    first_ = std::move(*response);
    first_elapsed_ = watch.elapsed() - seen.name - seen.connection - seen.handshake;
    return true;
  }

  // The steps before the one that failed succeeded.
  bool fail_first_request(const Error& error, const http::ConnectionInfo& seen, Elapsed elapsed) {
    const auto& code = error.code();
    if (code == "http.no-such-host") return fail(diagnosis_.name, error, elapsed);
    if (code.starts_with("http.proxy")) return fail(diagnosis_.proxy, error, elapsed);
    store_name(seen);
    // The code decides, not the address: libcurl 8.14 does not report it after a failed handshake.
    const bool tls = is_tls_code(code);
    if (!tls &&
        (code == "http.unreachable" || code == "http.connect-timeout" || seen.address.empty()))
      return fail(diagnosis_.connection, error, elapsed);
    store_connection(seen);
    const bool no_handshake = connection_.options.tls && seen.handshake.count() == 0;
    return tls || no_handshake ? fail(diagnosis_.tls, error, elapsed)
                               : fail(diagnosis_.challenge, error, elapsed);
  }

  void store_name(const http::ConnectionInfo& seen) {
    NameFacts facts{origin().host(), {}, proxied_};
    if (!proxied_) facts.addresses = resolve(facts.host);
    if (!proxied_ && facts.addresses.empty() && !seen.address.empty())
      facts.addresses.push_back(seen.address);
    diagnosis_.name.succeeded(std::move(facts), seen.name);
  }

  void store_connection(const http::ConnectionInfo& seen) {
    diagnosis_.connection.succeeded({seen.address, seen.port, proxied_}, seen.connection);
  }

  void store_tls(const http::ConnectionInfo& seen) {
    if (!connection_.options.tls) return diagnosis_.tls.succeeded(TlsFacts(), Elapsed(0));
    const auto& tls = connection_.options.http.tls;
    diagnosis_.tls.succeeded({true, seen.tls_version, seen.subject, seen.issuer, seen.expires,
                              tls.verify, tls.verify ? tls.ca_file : ""},
                             seen.handshake);
  }

  bool find_challenge() {
    const Stopwatch watch;
    auto methods = auth_methods(first_);
    if (first_.status != 401 || methods.empty()) {
      methods.clear();
      const auto registry = connection_.client->access().ping();
      if (!registry)
        return fail(diagnosis_.challenge, registry.error(), first_elapsed_ + watch.elapsed());
    }
    bearer_ =
        std::ranges::any_of(methods, [](const auto& method) { return method.scheme == "bearer"; });
    challenged_ = !methods.empty();
    diagnosis_.challenge.succeeded({std::move(methods)}, first_elapsed_ + watch.elapsed());
    return true;
  }

  // Credentials and token, as far as the registry requires them before any other request.
  bool authenticate() {
    if (!challenged_) return true;
    const Stopwatch credential_watch;
    const auto begun = connection_.client->access().discover_auth();
    if (!begun) return fail(diagnosis_.challenge, begun.error(), credential_watch.elapsed());
    const auto credential = connection_.client->access().current_credential();
    credential_elapsed_ = credential_watch.elapsed();
    if (!credential) return fail_authentication(credential.error(), credential_elapsed_);
    const Stopwatch token_watch;
    const auto token = connection_.client->access().obtain_token(target_.image.full_repository);
    token_elapsed_ = token_watch.elapsed();
    if (!token) return fail_authentication(token.error(), token_elapsed_);
    return store_authentication();
  }

  // Which credentials are used now: rejected credentials may have been replaced in the meantime.
  bool store_authentication() {
    const auto credential = connection_.client->access().current_credential();
    if (!credential) return fail(diagnosis_.credential, credential.error(), credential_elapsed_);
    const auto scope = connection_.client->access().obtain_token(target_.image.full_repository);
    if (!scope) return fail(diagnosis_.token, scope.error(), token_elapsed_);
    const auto& sources = connection_.credentials->tried();
    if (challenged_ || *credential)
      diagnosis_.credential.succeeded({*credential ? (*credential)->source : "anonymous", sources},
                                      credential_elapsed_);
    diagnosis_.credential.skip_reason = "no authentication required";
    diagnosis_.token.skip_reason = bearer_ ? "not required" : "the registry does not use tokens";
    if (*scope) diagnosis_.token.succeeded({**scope}, token_elapsed_);
    return true;
  }

  // Of the steps credential, token and access, the one that `error` belongs to.
  bool fail_authentication(const Error& error, Elapsed elapsed) {
    const auto& code = error.code();
    const bool of_token = code.starts_with("auth.realm") || code.starts_with("auth.token") ||
                          error.error_class() == ErrorClass::denied;
    const bool of_credential =
        error.error_class() == ErrorClass::auth || error.error_class() == ErrorClass::plugin;
    if (!of_token && of_credential) return fail(diagnosis_.credential, error, elapsed);
    const auto credential = connection_.client->access().current_credential();
    diagnosis_.credential.succeeded(
        {credential && *credential ? (*credential)->source : "anonymous",
         connection_.credentials->tried()},
        credential_elapsed_);
    return fail(diagnosis_.token, error, elapsed);
  }

  // HEAD of the tag or digest: requires the permission to pull, or, with --probe, to push.
  bool read_tag() {
    const Stopwatch watch;
    const std::string reference =
        target_.image.digest ? target_.image.digest->str() : target_.image.tag.value_or("latest");
    const auto manifest =
        connection_.client->manifests().head(target_.image.full_repository, reference);
    if (!manifest) return fail_read(manifest.error(), watch.elapsed());
    if (!store_authentication()) return false;
    diagnosis_.access.succeeded(
        {connection_.options.actions,
         connection_.client->access().granted_actions(target_.image.full_repository), reference,
         manifest->has_value()},
        watch.elapsed());
    return true;
  }

  // The request may have been the first that required credentials, or that sent them.
  bool fail_read(const Error& error, Elapsed elapsed) {
    const auto& code = error.code();
    const bool of_credential = error.error_class() == ErrorClass::plugin ||
                               (error.error_class() == ErrorClass::auth && code != "auth.denied");
    if (of_credential || code.starts_with("auth.realm") || code.starts_with("auth.token"))
      return fail_authentication(error, elapsed);
    static_cast<void>(store_authentication());
    return fail(diagnosis_.access, error, elapsed);
  }

  bool open_upload() {
    if (!probe_) {
      diagnosis_.upload.skip_reason =
          "has side effects: --probe opens an upload session and cancels it";
      return true;
    }
    const Stopwatch watch;
    const auto started =
        connection_.client->uploads().start(target_.image.full_repository, nullptr);
    if (!started) return fail(diagnosis_.upload, started.error(), watch.elapsed());
    const bool cancelled =
        connection_.client->uploads().cancel(target_.image.full_repository, started->upload);
    diagnosis_.upload.succeeded({cancelled}, watch.elapsed());
    return true;
  }

  const App& app_;
  Events& events_;
  const Target& target_;
  const NetworkOptions& network_;
  bool probe_;
  flavor::Plugin& plugin_;
  Diagnosis& diagnosis_;
  Connection connection_;
  bool proxied_ = false;
  bool bearer_ = false;
  bool challenged_ = false;
  http::Response first_;
  Elapsed first_elapsed_{0};
  Elapsed credential_elapsed_{0};
  Elapsed token_elapsed_{0};
};

}  // namespace

void diagnose_registry(const App& app, const RegistryToDiagnose& registry, Diagnosis& diagnosis,
                       Events& events) {
  RegistryDiagnosis(app, registry, diagnosis, events).run();
}

}  // namespace berth::app
