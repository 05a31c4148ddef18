#include "registry/authenticated_client.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "http/retry_policy.hpp"
#include "registry/api_error.hpp"
#include "registry/scope_set.hpp"

namespace berth::registry {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxPingResponse = std::size_t{1} << 20U;

// References to Docker Hub use docker.io; its registry has another host name. Source:
// distribution/reference, and the default configuration of docker clients.
std::string api_host(const std::string& host) {
  return host == "docker.io" ? "registry-1.docker.io" : host;
}

bool is_read(http::Method method) {
  return method == http::Method::get || method == http::Method::head;
}

AuthState new_auth_state(http::Method method, Need need) {
  AuthState auth;
  auth.optional = need != Need::required;
  auth.reads = is_read(method);
  auth.writes = !auth.reads && method != http::Method::del;
  return auth;
}

// Returns whether the response is a registry's and grants access.
bool grants_access(const http::Response& response) {
  const bool granted = response.ok() || response.status == 404;
  return granted && (response.header("docker-distribution-api-version") != nullptr ||
                     (response.ok() && response.header("docker-content-digest") != nullptr));
}

}  // namespace

AuthenticatedClient::AuthenticatedClient(const RegistryOptions& options,
                                         CredentialChain& credentials,
                                         const base::Cancellation& cancellation, base::Log& log)
    : host_(options.host),
      origin_(http::Origin::make(options.tls, api_host(options.host))),
      api_url_(origin_.str() + "/v2/"),
      actions_(options.actions),
      limits_(options.http.limits),
      pool_(options.http, cancellation, log),
      authorizer_({options.host, origin_, options.login_help}, credentials, pool_, log),
      address_(http::classify_literal(origin_.host()).value_or(http::AddressKind::global)) {}

std::string AuthenticatedClient::scope_of(std::string_view repository) const {
  return repository.empty() ? std::string() : fmt::format("repository:{}:{}", repository, actions_);
}

base::Result<const http::Response*> AuthenticatedClient::ping_response() {
  const std::lock_guard lock(ping_mutex_);
  if (!ping_) {
    http::Request request;
    request.url = api_url_;
    request.body_limit = kMaxPingResponse;
    ping_ = pool_.send(request);
    if (*ping_) record_access(**ping_);
    if (*ping_) authorizer_.observe_challenge(**ping_);
    if (*ping_) observe_ping(**ping_);
  }
  if (!*ping_) return ping_->error().clone();
  return &**ping_;
}

void AuthenticatedClient::observe_ping(const http::Response& response) {
  ping_rejected_ = response.status == 401 || response.status == 403;
  ping_accepted_ = response.ok();
}

void AuthenticatedClient::observe_rejected_ping(const http::Response& response) {
  authorizer_.observe_challenge(response);
  ping_rejected_ = true;
}

// Call it for GET /v2/ without credentials; for other requests only if there are no credentials, or
// verified ones: a response that every client gets does not show that the credentials are accepted.
void AuthenticatedClient::record_access(const http::Response& response) {
  if (grants_access(response)) access_confirmed_ = true;
}

bool AuthenticatedClient::is_own(const http::Response& response) const {
  const auto source = http::Origin::of(response.url);
  return source && *source == origin_;
}

std::chrono::milliseconds AuthenticatedClient::retry_after() const {
  const auto left = retry_not_before_.load() - Clock::now().time_since_epoch();
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::duration_cast<std::chrono::milliseconds>(left));
}

void AuthenticatedClient::observe_retry_after(const http::Response& response) {
  if (const auto delay = http::retry_after(response))
    retry_not_before_ = Clock::now().time_since_epoch() + *delay;
}

base::Result<http::Response> AuthenticatedClient::send(http::Request& request,
                                                       std::string_view repository, Need need) {
  TokenScope scope{scope_of(repository)};
  if (need == Need::restricted) scope.within = std::string(repository);
  return send(request, scope, need);
}

base::Result<http::Response> AuthenticatedClient::send(http::Request& request,
                                                       const TokenScope& scope, Need need) {
  BERTH_TRY(const auto target, http::Origin::of(request.url));
  if (target != origin_) {
    request.addresses = http::AddressPolicy::allowed_from(address_);
    return pool_.send(request);
  }
  AuthState auth = new_auth_state(request.method, need);
  bool rejected = false;  // without credentials
  // Terminates: every round uses up a token, a credential, or one of a limited number of reuses of
  // another thread's.
  while (true) {
    BERTH_TRY(request.authorization, authorizer_.header(scope, auth));
    BERTH_TRY(auto response, pool_.send(request));
    if (response.url == request.url) address_ = response.address;
    if (request.url == api_url_ && !request.authorization) observe_ping(response);
    if (response.url != request.url && !is_own(response)) {
      if (request.authorization)
        authorizer_.observe_accepted(*request.authorization, is_read(request.method));
      return response;
    }
    BERTH_TRY(const bool again, handle_rejection(request, response, scope, auth));
    if (!again) {
      if (request.authorization) observe_authorized(request, response, rejected);
      return response;
    }
    rejected = rejected || (!request.authorization && response.status != 404);
    if (request.source != nullptr && !request.source->rewind()) return response;
    if (request.sink != nullptr) request.sink->restart();
  }
}

// Records what the final response to an authorized request shows about its credentials. `rejected`:
// the same request was rejected without them.
void AuthenticatedClient::observe_authorized(const http::Request& request,
                                             const http::Response& response, bool rejected) {
  if (response.status == 401 || response.status == 403) return;
  authorizer_.observe_accepted(*request.authorization, is_read(request.method));
  if (rejected || (request.url == api_url_ && ping_rejected_))
    authorizer_.observe_verified(*request.authorization);
  if (authorizer_.is_verified().value_or(true)) record_access(response);
}

// Returns whether to send the request again: with credentials, or with new ones in place of
// rejected or expired ones. False if the response is not a rejection, or cannot be handled. An
// unauthenticated request that was rejected without a challenge (401, 403, 404) is sent with
// credentials if GET /v2/ returns a challenge.
base::Result<bool> AuthenticatedClient::handle_rejection(const http::Request& request,
                                                         const http::Response& response,
                                                         const TokenScope& scope, AuthState& auth) {
  if (response.status == 401) {
    BERTH_CHECK(handle_unauthorized(request, response, scope, auth));
    return true;
  }
  if (request.authorization && response.status != 403) return false;
  if (request.authorization) return renew_expired(request, response, scope, auth);
  // 404 usually means only that the tag or blob is missing: GET /v2/ shows whether credentials may
  // be required.
  const bool hidden = response.status == 404 && !(auth.optional && auth.reads) && !ping_accepted_;
  if (response.status != 403 && !hidden) return false;
  BERTH_TRY(const auto credential, authorizer_.current_credential());
  if (!credential) return false;
  if (request.url != api_url_) static_cast<void>(ping_response());
  if (hidden && !authorizer_.is_challenged()) return false;
  return authorizer_.authenticate_unchallenged(auth);
}

base::Result<void> AuthenticatedClient::handle_unauthorized(const http::Request& request,
                                                            const http::Response& response,
                                                            const TokenScope& scope,
                                                            AuthState& auth) {
  // Some registries challenge only GET /v2/, which docker and skopeo send first.
  const bool challenged = response.header("www-authenticate") != nullptr;
  if (!challenged && !request.authorization && request.url != api_url_)
    static_cast<void>(ping_response());
  const base::Secret* sent = request.authorization ? &*request.authorization : nullptr;
  auto handled = authorizer_.handle_unauthorized(response, sent, scope, auth);
  const bool has_no_message =
      !handled && handled.error().registry() == std::to_string(response.status);
  if (has_no_message && request.method == http::Method::head && !auth.optional)
    return with_message(std::move(handled).error(), sent);
  return handled;
}

// Returns whether `request` got 403 because its credential had expired, and a new one is in use.
base::Result<bool> AuthenticatedClient::renew_expired(const http::Request& request,
                                                      const http::Response& response,
                                                      const TokenScope& scope, AuthState& auth) {
  if (!authorizer_.recognises_expiry(auth)) return false;
  Rejection rejection{"auth.denied", error_message(response), repository_of(scope.scope)};
  // A response to HEAD has no body; that of GET /v2/ with the same credential may have one.
  if (request.method == http::Method::head)
    rejection.message =
        with_message(
            base::Error(base::ErrorClass::denied, rejection.code, "").registry(rejection.message),
            &*request.authorization)
            .registry();
  return authorizer_.renew_expired(rejection, *request.authorization, scope, auth);
}

// Adds the registry's error message to the error of a rejected HEAD, whose response has no body. It
// comes from GET /v2/ with the same credentials (nullptr: without).
base::Error AuthenticatedClient::with_message(base::Error error, const base::Secret* sent) {
  http::Request request;
  request.url = api_url_;
  if (sent != nullptr) request.authorization = sent->clone();
  const auto response = pool_.send(request);
  if (!response || parse_api_errors(*response).empty()) return error;
  return authorizer_.without_secrets(std::move(error).registry(error_message(*response)));
}

}  // namespace berth::registry
