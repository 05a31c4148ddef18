#include "registry/token_service.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/json_parser.hpp"
#include "base/redact.hpp"
#include "registry/api_error.hpp"
#include "registry/challenge.hpp"
#include "registry/token_claims.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxTokenResponse = std::size_t{256} << 10U;
constexpr std::size_t kMaxToken = std::size_t{64} << 10U;
constexpr std::string_view kClientId = "berth";

// Encodes as application/x-www-form-urlencoded, which queries may use too.
std::string form_escape(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

void add_field(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty()) form += '&';
  form.append(name).append("=").append(form_escape(value));
}

// One scope parameter per scope.
http::Request get_request(const TokenRequest& token_request, const Credential* credential) {
  std::string query;
  if (!token_request.service.empty()) add_field(query, "service", token_request.service);
  for (const auto& scope : token_request.scopes) add_field(query, "scope", scope);
  add_field(query, "client_id", kClientId);
  http::Request request;
  request.url = token_request.realm +
                (token_request.realm.find('?') == std::string::npos ? "?" : "&") + query;
  if (credential != nullptr) {
    // docker's helpers use this name for an identity token.
    const std::string user = credential->username.empty() ? "<token>" : credential->username;
    const std::string pair = user + ":" + std::string(credential->password.reveal());
    request.authorization = base::Secret("Basic " + base::base64_encode(pair));
  }
  return request;
}

http::Request post_request(const TokenRequest& token_request, const Credential& credential) {
  std::string scopes;
  for (const auto& scope : token_request.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  http::Request request;
  request.method = http::Method::post;
  request.url = token_request.realm;
  request.follow_redirects = false;  // the body contains the secret
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  const bool identity = credential.kind == Credential::Kind::identity_token;
  add_field(request.body, "grant_type", identity ? "refresh_token" : "password");
  add_field(request.body, "service", token_request.service);
  add_field(request.body, "client_id", kClientId);
  add_field(request.body, "scope", scopes);
  if (!identity) add_field(request.body, "username", credential.username);
  add_field(request.body, identity ? "refresh_token" : "password", credential.password.reveal());
  return request;
}

std::string account(const Credential* credential) {
  return credential != nullptr ? credential->source : "anonymous";
}

// Returns "r.example names https://auth.example/token as its token service".
std::string named_by(std::string_view host, const std::string& realm) {
  return fmt::format("{} names {} as its token service", host, base::redact_url(realm));
}

Error refused(const http::Response& response, std::string_view host, const Credential* credential,
              const TokenRequest& token_request) {
  const std::string message = error_message(response);
  const bool unauthorized = response.status == 401 || response.status == 403;
  if (unauthorized && credential == nullptr)
    return Error(ErrorClass::auth, "auth.required", fmt::format("{} requires authentication", host))
        .cause(fmt::format("no credentials for {}", host))
        .registry(message);
  if (response.status == 401 || response.status == 400)
    return Error(
               ErrorClass::auth, "auth.refused",
               fmt::format("{} rejected the credentials of {}", host, describe_account(credential)))
        .cause(account(credential))
        .registry(message);
  if (response.status == 403)
    return Error(ErrorClass::denied, "auth.denied",
                 fmt::format("{} is not authorized by the token service of {}",
                             describe_account(credential), host))
        .cause(fmt::format("{}; requested {}", account(credential),
                           fmt::join(token_request.scopes, " ")))
        .registry(message)
        .fix("ask an owner of the repository for access");
  return Error(ErrorClass::server, "auth.token-service",
               fmt::format("the token service of {} failed", host))
      .cause(fmt::format("{}; it responded with {}", named_by(host, token_request.realm),
                         response.status))
      .registry(message);
}

Error bad_answer(std::string_view host, std::string cause) {
  return Error(ErrorClass::server, "auth.token-answer",
               fmt::format("invalid response from the token service of {}", host))
      .cause(std::move(cause));
}

std::string realm_fix(std::string_view host) {
  return fmt::format("correct the address of the token service (realm) in the configuration of {}",
                     host);
}

Error wrong_realm(std::string_view host, std::string cause) {
  return Error(
             ErrorClass::auth, "auth.realm",
             fmt::format("the token service of {} is not allowed to receive the credentials", host))
      .cause(std::move(cause))
      .fix(realm_fix(host));
}

// Returns whether no working token service was found at the address.
bool is_absent(const Error& error) {
  for (const std::string_view code :
       {"http.unreachable", "http.no-such-host", "http.connect-timeout", "http.lost", "http.stall",
        "http.not-http", "http.plain", "http.tls"})
    if (error.code() == code) return true;
  return false;
}

// Attributes the failure to the token service: the user would otherwise look for it at the
// registry.
Error transport_failure(const Error& error, std::string_view host, const std::string& realm) {
  const std::string cause = fmt::format("{}; {}{}", named_by(host, realm), error.message(),
                                        error.cause().empty() ? "" : ": " + error.cause());
  if (error.code() == "http.address") return wrong_realm(host, cause);
  if (error.error_class() != ErrorClass::network && error.error_class() != ErrorClass::stall &&
      error.error_class() != ErrorClass::server)
    return error.clone();
  const bool absent = is_absent(error);
  return Error(error.error_class(), error.code(),
               fmt::format("cannot get a token from the token service of {}", host))
      .cause(cause)
      .fix(absent ? realm_fix(host) : error.fix());
}

bool is_header_safe(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::string resolve_realm(const std::string& realm, const http::Origin& registry) {
  if (realm.starts_with('/')) {
    auto resolved = http::resolve_url(registry.str() + "/", realm);
    if (resolved) return std::move(*resolved);
    return realm;
  }
  const auto origin = http::Origin::of(realm);
  if (!origin || origin->tls() || origin->host() != registry.host()) return realm;
  if (origin->port() != 80 && (!registry.tls() || origin->port() != registry.port())) return realm;
  return http::at_origin(realm, registry);
}

std::string own_realm(const std::string& realm, const http::Origin& registry) {
  const auto origin = http::Origin::of(realm);
  if (!origin || origin->tls() != registry.tls() || origin->host() != registry.host()) return {};
  const bool names_no_port = origin->port() == (origin->tls() ? 443 : 80);
  return names_no_port && origin->port() != registry.port() ? http::at_origin(realm, registry)
                                                            : std::string();
}

base::Result<void> check_realm(const std::string& named, const http::Origin& registry,
                               bool with_credentials) {
  auto wrong = [&](const std::string& cause) {
    return wrong_realm(registry.str(),
                       fmt::format("its challenge names the realm {}: {}",
                                   base::quote(base::redact_url(named), 200), cause));
  };
  if (named.empty()) return wrong("it is empty");
  const std::string realm = resolve_realm(named, registry);
  const auto origin = http::Origin::of(realm);
  if (!origin) return wrong(origin.error().cause());
  if (origin->tls()) return {};
  if (registry.tls()) return wrong("http, although the registry uses https");
  if (origin->host() != registry.host()) return wrong("http to another host");
  if (with_credentials && *origin != registry)
    return wrong("http to another port of the registry's host")
        .fix("serve the token service with HTTPS, or at the registry's own host and port");
  return {};
}

http::AddressPolicy realm_addresses(const std::string& realm, const http::Origin& registry,
                                    http::AddressKind from) {
  const auto origin = http::Origin::of(realm);
  if (origin && *origin == registry) return http::AddressPolicy::everything();
  return http::AddressPolicy::allowed_from(from);
}

base::Result<Token> parse_token(std::string_view body, Clock::time_point requested_at,
                                std::string_view host) {
  const auto document = base::parse_json(body, "the token");
  if (!document) return bad_answer(host, document.error().cause());
  std::string text = document->string_or("token", "");
  if (text.empty()) text = document->string_or("access_token", "");
  if (text.empty()) return bad_answer(host, "its response contains no token");
  if (text.size() > kMaxToken || !is_header_safe(text))
    return bad_answer(host, "its token cannot be sent");
  const base::Json* lifetime = document->find("expires_in");
  base::Secret secret(std::move(text));
  const auto seconds = lifetime != nullptr ? lifetime->as_double() : token_lifetime(secret);
  const auto kept =
      std::chrono::seconds(static_cast<long>(std::clamp(seconds.value_or(0), 60.0, 86'400.0)));
  Token token{std::move(secret), requested_at + kept};
  token.denies_push = denies_push(token.value);
  std::string identity = document->string_or("refresh_token", "");
  if (!identity.empty() && identity.size() <= kMaxToken)
    token.identity = base::Secret(std::move(identity));
  return token;
}

namespace {

bool is_unsupported(const http::Response& response) {
  return response.status == 404 || response.status == 405;
}

// Sends one exchange to `token_request.realm`; if its method is not supported, again with the other
// one.
base::Result<http::Response> send_exchange(http::ClientPool& pool,
                                           const TokenRequest& token_request,
                                           const Credential* credential) {
  auto send = [&](bool post) {
    auto request =
        post ? post_request(token_request, *credential) : get_request(token_request, credential);
    request.url.resize(std::min(request.url.find('#'), request.url.size()));
    request.body_limit = kMaxTokenResponse;
    request.addresses = token_request.addresses;
    return pool.send(request);
  };
  const bool identity =
      credential != nullptr && credential->kind == Credential::Kind::identity_token;
  auto response = send(identity);
  if (!response || credential == nullptr || !is_unsupported(*response)) return response;
  return send(!identity);
}

}  // namespace

base::Result<Token> fetch_token(http::ClientPool& pool, std::string_view host,
                                const TokenRequest& token_request, const Credential* credential) {
  const auto requested_at = Clock::now();
  const TokenRequest* used = &token_request;
  auto response = send_exchange(pool, token_request, credential);
  TokenRequest own = token_request;
  own.realm = token_request.own_realm;
  own.addresses = http::AddressPolicy::everything();
  const bool absent = response ? is_unsupported(*response) : is_absent(response.error());
  if (absent && !own.realm.empty())
    if (auto at_registry = send_exchange(pool, own, credential);
        at_registry && !is_unsupported(*at_registry)) {
      response = std::move(at_registry);
      used = &own;
    }
  if (!response) return transport_failure(response.error(), host, used->realm);
  if (response->status != 200) return refused(*response, host, credential, *used);
  auto token = parse_token(response->body, requested_at, host);
  if (!token) {
    auto cause = fmt::format("{}; {}", named_by(host, used->realm), token.error().cause());
    return std::move(token).error().cause(std::move(cause));
  }
  token->realm = used->realm;
  return token;
}

}  // namespace berth::registry
