#include "registry/access_client.hpp"

#include <fmt/format.h>

#include "base/json_parser.hpp"
#include "registry/response_error.hpp"

namespace berth::registry {
namespace {

using base::ErrorClass;

// Returns whether a push would fail with this error too. Read access does not imply push access.
bool concerns_push(const base::Error& error) {
  switch (error.error_class()) {
    case ErrorClass::denied:
    case ErrorClass::not_found:
    case ErrorClass::server:
      return false;
    default:
      return true;
  }
}

// Returns whether the response lists a tag. Source: OCI distribution-spec 1.1, "Listing Tags".
bool lists_a_tag(const http::Response& response) {
  if (response.status != 200) return false;
  const auto document = base::parse_json(response.body, "the list of tags");
  const auto* tags = document ? document->find("tags") : nullptr;
  return tags != nullptr && tags->as_array() != nullptr && !tags->as_array()->empty();
}

AuthState writing() {
  AuthState auth;
  auth.writes = true;
  return auth;
}

}  // namespace

base::Result<void> AccessClient::discover_auth() {
  BERTH_TRY([[maybe_unused]] const auto* ping, client_.ping_response());
  return {};
}

base::Result<void> AccessClient::ping(std::optional<std::string> within) {
  if (client_.access_confirmed()) return {};
  http::Request request;
  request.url = client_.api_url();
  BERTH_TRY(const auto response,
            client_.send(request, TokenScope{.scope = {}, .within = std::move(within)}));
  return check_is_registry(client_, response);
}

base::Result<Access> AccessClient::check(std::string_view repository, bool side_effects) {
  BERTH_CHECK(discover_auth());
  BERTH_TRY(const auto credential, current_credential());
  const TokenScope push{fmt::format("repository:{}:pull,push", repository)};
  if (!credential) return check_anonymous(push);
  BERTH_CHECK(verify_credential(repository));
  Access access;
  const bool verified = client_.authorizer().is_verified().value_or(false);
  access.login = verified ? Access::Login::verified : Access::Login::unverified;
  BERTH_TRY(access.push, check_push_granted(repository, push, side_effects));
  return access;
}

base::Result<Access> AccessClient::check_anonymous(const TokenScope& push) {
  auto& authorizer = client_.authorizer();
  auto auth = writing();
  BERTH_TRY(const auto header, authorizer.header(push, auth));
  if (!header) {
    BERTH_TRY(const auto* unauthenticated, client_.ping_response());
    if (!client_.access_confirmed()) BERTH_CHECK(check_is_registry(client_, *unauthenticated));
    if (unauthenticated->status == 401)
      return authorizer.anonymous_denied(error_message(*unauthenticated));
    return Access();
  }
  if (authorizer.granted_actions(push)) return Access{Access::Login::none, true};
  return authorizer.anonymous_denied("anonymous token does not list what it grants");
}

base::Result<void> AccessClient::verify_credential(std::string_view repository) {
  auto& authorizer = client_.authorizer();
  if (client_.access_confirmed() && authorizer.is_verified().value_or(false)) return {};
  http::Request request;
  request.url = client_.api_url();
  auto response = client_.send(request, repository);
  // Some token services grant nothing for a repository that does not exist.
  if (!response && response.error().error_class() == ErrorClass::denied)
    response = client_.send(request, std::string_view{});
  if (!response) return response.error().clone();
  if (!client_.access_confirmed()) BERTH_CHECK(check_is_registry(client_, *response));
  if (!authorizer.is_challenged()) BERTH_CHECK(has_tags(repository));
  if (!authorizer.is_challenged()) return verify_unchallenged();
  return {};
}

// A registry that permits anonymous reads, and has not required the credentials so far, may still
// reject them. With HTTP over a network they are not sent: others could read them.
base::Result<void> AccessClient::verify_unchallenged() {
  http::Request request;
  request.url = client_.api_url();
  request.authorization = client_.authorizer().basic_header();
  const bool exposed = !client_.origin().tls() && client_.address() != http::AddressKind::loopback;
  if (!request.authorization || exposed) return {};
  BERTH_TRY(const auto response, client_.send_unmodified(request));
  if (response.status != 401 || response.url != request.url) return {};
  client_.observe_rejected_ping(response);
  if (!client_.authorizer().is_challenged()) return {};
  BERTH_TRY([[maybe_unused]] const auto again, client_.send(request, std::string_view{}));
  return {};
}

base::Result<bool> AccessClient::check_push_granted(std::string_view repository,
                                                    const TokenScope& push, bool side_effects) {
  // If tokens do not list what they grant, there is nothing to check.
  auto& authorizer = client_.authorizer();
  if (!granted_actions(repository)) return false;
  bool requested = side_effects || authorizer.has_token(push);
  if (!requested) {
    BERTH_TRY(requested, has_tags(repository));
  }
  if (!requested) return false;
  auto auth = writing();
  BERTH_TRY([[maybe_unused]] const auto header, authorizer.header(push, auth));
  return authorizer.granted_actions(push).has_value();
}

// Returns whether the registry lists a tag of `repository` (end-8a); false if not known. Fails if
// the credentials are rejected.
base::Result<bool> AccessClient::has_tags(std::string_view repository) {
  http::Request request;
  request.url = client_.url(fmt::format("{}/tags/list?n=1", repository));
  const auto response = client_.send(request, repository);
  if (!response && concerns_push(response.error())) return response.error().clone();
  return response && lists_a_tag(*response);
}

bool AccessClient::uses_credential() const { return client_.authorizer().uses_credential(); }

base::Result<std::optional<Credential>> AccessClient::current_credential() {
  return client_.authorizer().current_credential();
}

base::Result<std::optional<std::string>> AccessClient::obtain_token(std::string_view repository) {
  BERTH_CHECK(discover_auth());
  const auto scope = client_.scope_of(repository);
  AuthState auth;
  BERTH_TRY([[maybe_unused]] const auto header, client_.authorizer().header({scope}, auth));
  return client_.authorizer().has_token({scope}) ? std::optional(scope) : std::nullopt;
}

std::optional<std::string> AccessClient::granted_actions(std::string_view repository) const {
  return client_.authorizer().granted_actions({client_.scope_of(repository)});
}

base::Result<std::optional<std::string>> AccessClient::request_actions(std::string_view repository,
                                                                       std::string_view actions) {
  auto& authorizer = client_.authorizer();
  const TokenScope scope{.scope = fmt::format("repository:{}:{}", repository, actions),
                         .within = std::string(repository)};
  BERTH_TRY(const auto* ping, client_.ping_response());
  if (ping->ok())
    return std::optional<std::string>();  // the registry does not require authentication
  AuthState auth;
  auth.optional = true;  // a flavor does not need the response
  BERTH_TRY([[maybe_unused]] const auto header, authorizer.header(scope, auth));
  // The token service has accepted the credentials; the registry itself may not have seen them yet.
  if (authorizer.has_token(scope)) {
    if (uses_credential()) client_.confirm_access();
    return authorizer.granted_actions(scope);
  }
  http::Request request;
  request.url = client_.api_url();
  BERTH_TRY(const auto response, client_.send(request, scope));
  if (!response.ok())
    return unexpected_response(client_, response,
                               {.code = "registry.ping",
                                .what = "API version check",
                                .method = request.method,
                                .repository = repository});
  return authorizer.granted_actions(scope);
}

}  // namespace berth::registry
