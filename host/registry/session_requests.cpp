// Sends the requests of a session: with credentials once a challenge requires them, and again as long as a refusal
// can be handled.
#include "registry/scope_set.hpp"
#include "registry/session_state.hpp"

namespace berth::registry {

using base::Error;
using base::ErrorClass;

namespace {

bool is_read(http::Method method) { return method == http::Method::get || method == http::Method::head; }

AuthState new_auth_state(http::Method method, Need need) {
  AuthState auth;
  auth.optional = need != Need::required;
  auth.reads = is_read(method);
  auth.writes = !auth.reads && method != http::Method::del;
  return auth;
}

}  // namespace

bool Session::State::is_own(const http::Response& response) const {
  const auto source = http::Origin::of(response.url);
  return source && *source == origin;
}

base::Result<http::Response> Session::State::send(http::Request& request, const TokenScope& scope, Need need) {
  BERTH_TRY(const auto target, http::Origin::of(request.url));
  if (target != origin) {
    request.addresses = http::AddressRule::named_from(address);
    return pool.send(request);
  }
  AuthState auth = new_auth_state(request.method, need);
  bool refused = false;  // without credentials
  // Terminates: every round uses up a token, a credential, or one of a limited number of reuses of another thread's.
  while (true) {
    BERTH_TRY(request.authorization, authorizer.header(scope, auth));
    BERTH_TRY(auto response, pool.send(request));
    if (response.url == request.url) address = response.address;
    if (request.url == base_url && !request.authorization) observe_ping(response);
    if (response.url != request.url && !is_own(response)) {
      if (request.authorization) authorizer.observe_accepted(*request.authorization, is_read(request.method));
      return response;
    }
    BERTH_TRY(const bool again, handle_refusal(request, response, scope, auth));
    if (!again) {
      if (request.authorization) observe_authorized(request, response, refused);
      return response;
    }
    refused = refused || (!request.authorization && response.status != 404);
    if (request.source != nullptr && !request.source->rewind()) return response;
    if (request.sink != nullptr) request.sink->restart();
  }
}

void Session::State::observe_authorized(const http::Request& request, const http::Response& response, bool refused) {
  if (response.status == 401 || response.status == 403) return;
  authorizer.observe_accepted(*request.authorization, is_read(request.method));
  if (refused || (request.url == base_url && ping_refused)) authorizer.observe_verified(*request.authorization);
  // A response that anyone gets does not show that the credentials are accepted.
  if (authorizer.is_verified().value_or(true)) note(response);
}

base::Result<bool> Session::State::handle_refusal(const http::Request& request, const http::Response& response,
                                                  const TokenScope& scope, AuthState& auth) {
  if (response.status == 401) {
    BERTH_CHECK(handle_unauthorized(request, response, scope, auth));
    return true;
  }
  if (request.authorization && response.status != 403) return false;
  if (request.authorization) return renew_expired(request, response, scope, auth);
  // 404 usually means only that the tag or blob is missing: GET /v2/ shows whether credentials may be required.
  const bool hidden = response.status == 404 && !(auth.optional && auth.reads) && !requires_nothing;
  if (response.status != 403 && !hidden) return false;
  BERTH_TRY(const auto credential, authorizer.current_credential());
  if (!credential) return false;
  if (request.url != base_url) static_cast<void>(first_answer());
  if (hidden && !authorizer.is_challenged()) return false;
  return authorizer.authenticate_unasked(auth);
}

base::Result<void> Session::State::handle_unauthorized(const http::Request& request, const http::Response& response,
                                                       const TokenScope& scope, AuthState& auth) {
  // Some registries challenge only GET /v2/, which docker and skopeo send first.
  const bool challenged = response.header("www-authenticate") != nullptr;
  if (!challenged && !request.authorization && request.url != base_url) static_cast<void>(first_answer());
  const base::Secret* sent = request.authorization ? &*request.authorization : nullptr;
  auto handled = authorizer.handle_unauthorized(response, sent, scope, auth);
  const bool silent = !handled && handled.error().registry() == std::to_string(response.status);
  if (silent && request.method == http::Method::head && !auth.optional)
    return with_message(std::move(handled).error(), sent);
  return handled;
}

base::Result<bool> Session::State::renew_expired(const http::Request& request, const http::Response& response,
                                                 const TokenScope& scope, AuthState& auth) {
  if (!authorizer.recognises_expiry(auth)) return false;
  Rejection rejection{"auth.denied", registry_words(response), repository_of(scope.scope)};
  // A response to HEAD has no body; that of GET /v2/ with the same credential may have one.
  if (request.method == http::Method::head)
    rejection.message =
        with_message(Error(ErrorClass::denied, rejection.code, "").registry(rejection.message), &*request.authorization)
            .registry();
  return authorizer.renew_expired(rejection, *request.authorization, scope, auth);
}

Error Session::State::with_message(Error error, const base::Secret* sent) {
  http::Request request;
  request.url = base_url;
  if (sent != nullptr) request.authorization = sent->clone();
  const auto response = pool.send(request);
  if (!response || parse_api_errors(*response).empty()) return error;
  return authorizer.without_secrets(std::move(error).registry(registry_words(*response)));
}

}  // namespace berth::registry
