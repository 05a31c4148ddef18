#include "registry/token_service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/json.hpp"
#include "base/redact.hpp"
#include "registry/api_error.hpp"
#include "registry/challenge.hpp"
#include "registry/token_claims.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargestAnswer = std::size_t{256} << 10U;
constexpr std::size_t kLongestToken = std::size_t{64} << 10U;
constexpr std::string_view kClientId = "berth";

// application/x-www-form-urlencoded, which a query may be too.
std::string form_escape(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

void add_field(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty()) form += '&';
  form.append(name).append("=").append(form_escape(value));
}

// One scope parameter each: a service may read the first alone.
http::Request get_request(const TokenQuestion& question, const Credential* credential) {
  std::string query;
  if (!question.service.empty()) add_field(query, "service", question.service);
  for (const auto& scope : question.scopes) add_field(query, "scope", scope);
  add_field(query, "client_id", kClientId);
  http::Request request;
  request.url = question.realm + (question.realm.find('?') == std::string::npos ? "?" : "&") + query;
  if (credential != nullptr) {
    // The name that docker's helpers give to who has an identity token.
    const std::string user = credential->username.empty() ? "<token>" : credential->username;
    const std::string pair = user + ":" + std::string(credential->password.reveal());
    request.authorization = base::Secret("Basic " + base::base64_encode(pair));
  }
  return request;
}

http::Request post_request(const TokenQuestion& question, const Credential& credential) {
  std::string scopes;
  for (const auto& scope : question.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  http::Request request;
  request.method = http::Method::post;
  request.url = question.realm;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  const bool identity = credential.kind == Credential::Kind::identity_token;
  add_field(request.body, "grant_type", identity ? "refresh_token" : "password");
  add_field(request.body, "service", question.service);
  add_field(request.body, "client_id", kClientId);
  add_field(request.body, "scope", scopes);
  if (!identity) add_field(request.body, "username", credential.username);
  add_field(request.body, identity ? "refresh_token" : "password", credential.password.reveal());
  return request;
}

std::string account(const Credential* credential) { return credential != nullptr ? credential->origin : "anonymous"; }

Error refused(const http::Response& response, std::string_view host, const Credential* credential) {
  const std::string words = registry_words(response);
  if (response.status == 401 && credential == nullptr)
    return Error(ErrorClass::auth, "auth.required", fmt::format("{} wants a login", host)).registry(words);
  if (response.status == 401 || response.status == 400)
    return Error(ErrorClass::auth, "auth.refused", fmt::format("{} refused {}", host, login_name(credential)))
        .cause(account(credential))
        .registry(words);
  if (response.status == 403)
    return Error(ErrorClass::denied, "auth.denied", fmt::format("{} gives {} no token", host, login_name(credential)))
        .cause(account(credential))
        .registry(words);
  return Error(ErrorClass::server, "auth.token-service", fmt::format("the token service of {} failed", host))
      .cause(fmt::format("it answered {}", response.status))
      .registry(words);
}

Error bad_answer(std::string_view host, std::string cause) {
  return Error(ErrorClass::server, "auth.token-answer", fmt::format("the token service of {} makes no sense", host))
      .cause(std::move(cause));
}

Error wrong_realm(std::string_view host, std::string cause) {
  return Error(ErrorClass::auth, "auth.realm", fmt::format("{} wants the login to be sent where it may not go", host))
      .cause(std::move(cause));
}

bool is_header_safe(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

base::Result<void> check_realm(const std::string& realm, const http::Origin& registry) {
  auto wrong = [&](std::string cause) { return wrong_realm(registry.host(), std::move(cause)); };
  const auto origin = http::Origin::of(realm);
  if (!origin) return wrong(origin.error().cause());
  if (origin->tls()) return {};
  if (registry.tls()) return wrong("from https to " + base::redact_url(realm));
  if (origin->host() != registry.host()) return wrong("over http to another host: " + base::redact_url(realm));
  return {};
}

http::AddressRule realm_addresses(const std::string& realm, const http::Origin& registry, http::AddressKind from) {
  const auto origin = http::Origin::of(realm);
  if (origin && *origin == registry) return http::AddressRule::everything();
  return http::AddressRule::named_from(from);
}

base::Result<Token> parse_token(std::string_view body, Clock::time_point asked, std::string_view host) {
  const auto document = base::Json::parse(body, "the token");
  if (!document) return bad_answer(host, document.error().cause());
  std::string text = document->string_or("token", "");
  if (text.empty()) text = document->string_or("access_token", "");
  if (text.empty()) return bad_answer(host, "its answer holds no token");
  if (text.size() > kLongestToken || !is_header_safe(text)) return bad_answer(host, "its token cannot be sent");
  const base::Json* lifetime = document->find("expires_in");
  base::Secret secret(std::move(text));
  const auto seconds = lifetime != nullptr ? lifetime->as_double() : token_lifetime(secret);
  const auto kept = std::chrono::seconds(static_cast<long>(std::clamp(seconds.value_or(0), 60.0, 86'400.0)));
  Token token{std::move(secret), asked + kept};
  std::string identity = document->string_or("refresh_token", "");
  if (!identity.empty() && identity.size() <= kLongestToken) token.identity = base::Secret(std::move(identity));
  return token;
}

base::Result<Token> fetch_token(http::ClientPool& pool, std::string_view host, const TokenQuestion& question,
                                const Credential* credential) {
  const auto asked = Clock::now();
  const bool identity = credential != nullptr && credential->kind == Credential::Kind::identity_token;
  auto send = [&](bool post) {
    auto request = post ? post_request(question, *credential) : get_request(question, credential);
    request.body_limit = kLargestAnswer;
    request.addresses = question.addresses;
    auto response = pool.send(request);
    if (response || response.error().code() != "http.address") return response;
    const auto& error = response.error();
    return base::Result<http::Response>(wrong_realm(host, error.message() + ": " + error.cause()));
  };
  BERTH_TRY(auto response, send(identity));
  const bool other_way = credential != nullptr && (response.status == 404 || response.status == 405);
  if (other_way) {
    BERTH_TRY(response, send(!identity));
  }
  if (response.status != 200) return refused(response, host, credential);
  return parse_token(response.body, asked, host);
}

}  // namespace berth::registry
