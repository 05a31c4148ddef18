#include "cli/examine_registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/redact.hpp"
#include "cli/registries.hpp"
#include "http/connection_facts.hpp"
#include "http/origin.hpp"
#include "http/proxy.hpp"
#include "registry/challenge.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

// Everything that the steps share. One thread.
class RegistryExamination {
 public:
  RegistryExamination(Context& context, WatchingLog& log, const Target& target, flavor::Plugin& plugin,
                      const NetworkOptions& options, bool probe, Examination& seen)
      : context_(context), log_(log), target_(target), plugin_(plugin), options_(options), probe_(probe), seen_(seen) {}

  void run() {
    examine_registries_conf();
    if (!seen_.has_failed()) connect_to_registry();
    if (!seen_.has_failed()) examine_proxy();
    if (!seen_.has_failed()) ask_as_nobody();
    if (!seen_.has_failed()) examine_challenge();
    if (!seen_.has_failed()) ask_as_somebody();
    if (!seen_.has_failed()) examine_push();
  }

 private:
  void examine_registries_conf() {
    const Stopwatch watch;
    const auto conf = registries_conf(context_);
    if (!conf) return seen_.failed("registries.conf", conf.error(), watch.elapsed());
    const auto found = registry::find_allowed(*conf, target_.reference());
    if (!found) return seen_.failed("registries.conf", found.error(), watch.elapsed());
    std::string detail = conf->files.empty() ? "there is none" : "says nothing of it";
    if (*found != nullptr)
      detail = fmt::format("{} at {}: {}", (*found)->prefix, (*found)->place,
                           (*found)->endpoint.insecure ? "insecure" : "nothing that holds for a destination");
    seen_.ok("registries.conf", detail, watch.elapsed());
  }

  void connect_to_registry() {
    auto connected = connect(context_, target_, options_, probe_ ? Purpose::push : Purpose::check, plugin_);
    if (!connected) return seen_.failed("connection", connected.error());
    connection_ = std::move(*connected);
  }

  [[nodiscard]] http::Origin origin() const {
    return http::Origin::of(connection_.session->api_url()).value();  // made from an Origin
  }

  void examine_proxy() {
    const Stopwatch watch;
    const auto proxy = http::proxy_for(connection_.options.http.proxies, origin());
    if (!proxy) return seen_.failed("proxy", proxy.error(), watch.elapsed());
    proxied_ = proxy->has_value();
    seen_.ok("proxy", proxied_ ? fmt::format("{}, from {}", (*proxy)->url, (*proxy)->variable) : "none",
             watch.elapsed());
  }

  // The first question, without any credential: it shows name, connection, TLS and challenge.
  void ask_as_nobody() {
    http::ConnectionFacts facts;
    http::Request request;
    request.url = connection_.session->api_url();
    request.facts = &facts;
    const Stopwatch watch;
    auto answer = http::Client(connection_.options.http, context_.cancellation, log_).send(request);
    if (!answer) return place_failure(answer.error(), facts, watch.elapsed());
    report_connection(facts);
    first_ = std::move(*answer);
    first_took_ = watch.elapsed() - facts.name - facts.connection - facts.handshake;
  }

  // What comes before the step that failed, was well.
  void place_failure(const Error& error, const http::ConnectionFacts& facts, Elapsed elapsed) {
    const auto& code = error.code();
    if (code == "http.no-such-host") return seen_.failed("name", error, elapsed);
    if (code.starts_with("http.proxy")) return seen_.failed("proxy", error, elapsed);
    report_name(facts);
    // The certificate decides, not the address: libcurl 8.14 has forgotten it after a failed handshake.
    const bool tls = is_about_tls(code);
    if (!tls && (code == "http.unreachable" || code == "http.connect-timeout" || facts.address.empty()))
      return seen_.failed("connection", error, elapsed);
    report_address(facts);
    const bool no_handshake = connection_.options.tls && facts.handshake.count() == 0;
    seen_.failed(tls || no_handshake ? "tls" : "challenge", error, elapsed);
  }

  // Codes of http/tls_error.cpp and http/trust_store.cpp.
  static bool is_about_tls(std::string_view code) {
    return code.starts_with("http.certificate") || code.starts_with("http.tls") || code == "http.plain" ||
           code == "http.client-certificate" || code == "http.ca-file" || code == "http.certs-d";
  }

  void report_connection(const http::ConnectionFacts& facts) {
    report_name(facts);
    report_address(facts);
    const auto& tls = connection_.options.http.tls;
    if (!connection_.options.tls) return seen_.ok("tls", "none: plain http", Elapsed(0));
    const std::string checked = !tls.verify           ? "not checked"
                                : tls.ca_file.empty() ? "trusted"
                                                      : "trusted, also through " + tls.ca_file;
    seen_.ok("tls",
             fmt::format("{}; certificate of {}, signed by {}, until {}: {}", facts.tls_version, facts.subject,
                         facts.issuer, facts.expires, checked),
             facts.handshake);
  }

  void report_name(const http::ConnectionFacts& facts) {
    if (proxied_) return seen_.ok("name", "the proxy looks it up", facts.name);
    const std::string host = origin().host();
    const auto addresses = addresses_of(host);
    seen_.ok("name", fmt::format("{} is {}", host, addresses.empty() ? facts.address : addresses), facts.name);
  }

  void report_address(const http::ConnectionFacts& facts) {
    const std::string to = proxied_ ? "to the proxy" : "";
    if (facts.address.empty()) return seen_.ok("connection", to.empty() ? "established" : to, facts.connection);
    seen_.ok("connection", fmt::format("{}{}{} port {}", to, to.empty() ? "" : ": ", facts.address, facts.port),
             facts.connection);
  }

  // libcurl has just looked it up: the resolver answers.
  static std::string addresses_of(const std::string& host) {
    constexpr std::size_t kMostAddresses = 8;
    const std::string name = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) return {};
    std::vector<std::string> addresses;
    for (const auto* one = list; one != nullptr && addresses.size() < kMostAddresses; one = one->ai_next) {
      char text[NI_MAXHOST];
      if (::getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
        addresses.emplace_back(text);
    }
    ::freeaddrinfo(list);
    return fmt::format("{}", fmt::join(addresses, ", "));
  }

  void examine_challenge() {
    std::vector<std::string> ways;
    for (const auto header : first_.header_all("www-authenticate"))
      for (const auto& challenge : registry::parse_challenges(header)) {
        bearer_ = bearer_ || challenge.scheme == "bearer";
        const auto realm = challenge.parameter("realm");
        const auto service = challenge.parameter("service");
        ways.push_back(challenge.scheme == "bearer" ? fmt::format("Bearer, tokens from {}{}", base::redact_url(realm),
                                                                  service.empty() ? "" : " for " + service)
                                                    : challenge.scheme);
      }
    if (first_.status == 401 && !ways.empty())
      return seen_.ok("challenge", fmt::format("{}", fmt::join(ways, "; ")), first_took_);
    const auto spoken = connection_.session->ping();
    if (!spoken) return seen_.failed("challenge", spoken.error(), first_took_);
    seen_.ok("challenge", "none: it asks nobody to log in", first_took_);
  }

  // Whether the tag is there: what reading takes, or, with --probe, pushing.
  void ask_as_somebody() {
    const Stopwatch watch;
    const auto begin = std::chrono::steady_clock::now();
    const std::string name = target_.digest ? target_.digest->str() : target_.tag.value_or("latest");
    const auto answer = connection_.session->head_manifest(target_.full_repository, name);
    const auto credential = log_.last("credential");
    const auto token = log_.last("token");
    const auto found_at = credential ? credential->at : begin;
    const std::string step = answer ? "" : step_of(answer.error(), token.has_value());
    if (step == "credential") return seen_.failed(step, answer.error(), watch.elapsed());
    report_credential(credential, found_at - begin);
    if (step == "token") return seen_.failed(step, answer.error(), watch.elapsed());
    const auto token_at = token ? token->at : found_at;
    if (token) seen_.ok("token", "for " + token->fields.find("scope")->second, token_at - found_at);
    if (!token) seen_.skipped("token", bearer_ ? "none was needed" : "it gives out none");
    if (!answer) return seen_.failed("granted", answer.error(), watch.elapsed());
    const auto granted = connection_.session->granted(target_.full_repository);
    seen_.ok("granted",
             fmt::format("{}; asked for {}; {}", granted ? *granted : "reading", connection_.options.actions,
                         answer->has_value() ? name + " is there" : "there is no " + name + " yet"),
             std::chrono::steady_clock::now() - token_at);
  }

  [[nodiscard]] std::string step_of(const Error& error, bool has_token) const {
    const auto& code = error.code();
    if (error.error_class() == ErrorClass::denied || code == "auth.denied") return "granted";
    if (code.starts_with("auth.realm") || code.starts_with("auth.token")) return "token";
    if (error.error_class() == ErrorClass::auth) return "credential";
    return bearer_ && !has_token ? "token" : "granted";
  }

  void report_credential(const std::optional<WatchingLog::Event>& credential, Elapsed elapsed) {
    if (bearer_ || credential || first_.status == 401) {
      const auto tried = connection_.credentials->describe_attempts();
      const std::string is = credential ? credential->fields.find("is")->second : "none: as nobody";
      return seen_.ok("credential", tried.empty() ? is : is + "; " + tried, elapsed);
    }
    seen_.skipped("credential", "none was asked for");
  }

  void examine_push() {
    if (!probe_)
      return seen_.skipped("push", "not asked: it may create something; --probe opens an upload and deletes it");
    const Stopwatch watch;
    const auto started = connection_.session->start_upload(target_.full_repository, nullptr);
    if (!started) return seen_.failed("push", started.error(), watch.elapsed());
    const bool deleted = connection_.session->abandon_upload(target_.full_repository, started->upload);
    seen_.ok("push",
             deleted ? "an upload was opened, and deleted"
                     : "an upload was opened; the registry did not let it be deleted, and forgets it by itself",
             watch.elapsed());
  }

  Context& context_;
  WatchingLog& log_;
  const Target& target_;
  flavor::Plugin& plugin_;
  const NetworkOptions& options_;
  bool probe_;
  Examination& seen_;
  Connection connection_;
  bool proxied_ = false;
  bool bearer_ = false;
  http::Response first_;
  Elapsed first_took_{0};
};

}  // namespace

std::vector<std::string> registry_steps() {
  return {"registries.conf", "proxy",      "name",  "connection", "tls",
          "challenge",       "credential", "token", "granted",    "push"};
}

void examine_registry(Context& context, WatchingLog& log, const Target& target, flavor::Plugin& plugin,
                      const NetworkOptions& options, bool probe, Examination& seen) {
  RegistryExamination(context, log, target, plugin, options, probe, seen).run();
}

}  // namespace berth::cli
