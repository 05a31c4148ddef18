// Checks whether the credentials are accepted and permit pushing, as far as possible without writing anything.
#include <fmt/format.h>

#include "base/json.hpp"
#include "registry/session_state.hpp"

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
  const auto document = base::Json::parse(response.body, "the list of tags");
  const auto* tags = document ? document->find("tags") : nullptr;
  return tags != nullptr && tags->as_array() != nullptr && !tags->as_array()->empty();
}

AuthState writing() {
  AuthState auth;
  auth.writes = true;
  return auth;
}

}  // namespace

base::Result<Access> Session::check_access(std::string_view repository, bool side_effects) {
  BERTH_CHECK(begin());
  BERTH_TRY(const auto credential, current_credential());
  const TokenScope push{fmt::format("repository:{}:pull,push", repository)};
  if (!credential) return state_->check_anonymous_access(push);
  BERTH_CHECK(state_->verify_credential(repository));
  Access access;
  access.login = state_->authorizer.is_verified().value_or(false) ? Access::Login::verified : Access::Login::unverified;
  BERTH_TRY(access.push, state_->check_push_granted(repository, push, side_effects));
  return access;
}

base::Result<Access> Session::State::check_anonymous_access(const TokenScope& push) {
  auto auth = writing();
  BERTH_TRY(const auto header, authorizer.header(push, auth));
  if (!header) {
    BERTH_TRY(const auto* unauthenticated, first_answer());
    if (!let_in) BERTH_CHECK(check_is_registry(*unauthenticated));
    if (unauthenticated->status == 401) return authorizer.anonymous_denied(registry_words(*unauthenticated));
    return Access();
  }
  if (authorizer.granted(push)) return Access{Access::Login::none, true};
  return authorizer.anonymous_denied("anonymous token does not list what it grants");
}

base::Result<void> Session::State::verify_credential(std::string_view repository) {
  if (let_in && authorizer.is_verified().value_or(false)) return {};
  http::Request request;
  request.url = base_url;
  auto response = send(request, repository);
  // Some token services grant nothing for a repository that does not exist.
  if (!response && response.error().error_class() == ErrorClass::denied) response = send(request, std::string_view{});
  if (!response) return response.error().clone();
  if (!let_in) BERTH_CHECK(check_is_registry(*response));
  if (!authorizer.is_challenged()) BERTH_CHECK(has_tags(repository));
  if (!authorizer.is_challenged()) return verify_unasked();
  return {};
}

// A registry that permits anonymous reads, and has not required the credentials so far, may still reject them. With
// HTTP over a network they are not sent: others could read them.
base::Result<void> Session::State::verify_unasked() {
  http::Request request;
  request.url = base_url;
  request.authorization = authorizer.basic_header();
  if (!request.authorization || (!origin.tls() && address != http::AddressKind::loopback)) return {};
  BERTH_TRY(const auto response, pool.send(request));
  if (response.status != 401 || response.url != request.url) return {};
  authorizer.observe_challenge(response);
  ping_refused = true;
  if (!authorizer.is_challenged()) return {};
  BERTH_TRY([[maybe_unused]] const auto again, send(request, std::string_view{}));
  return {};
}

base::Result<bool> Session::State::check_push_granted(std::string_view repository, const TokenScope& push,
                                                      bool side_effects) {
  // If tokens do not list what they grant, there is nothing to check.
  if (!authorizer.granted(TokenScope{scope_of(repository)})) return false;
  bool requested = side_effects || authorizer.has_token(push);
  if (!requested) {
    BERTH_TRY(requested, has_tags(repository));
  }
  if (!requested) return false;
  auto auth = writing();
  BERTH_TRY([[maybe_unused]] const auto header, authorizer.header(push, auth));
  return authorizer.granted(push).has_value();
}

base::Result<bool> Session::State::has_tags(std::string_view repository) {
  http::Request request;
  request.url = url(fmt::format("{}/tags/list?n=1", repository));
  const auto response = send(request, repository);
  if (!response && concerns_push(response.error())) return response.error().clone();
  return response && lists_a_tag(*response);
}

}  // namespace berth::registry
