#include <fmt/format.h>

#include "registry/session_state.hpp"

namespace berth::registry {
namespace {

constexpr std::size_t kLongestAnswer = std::size_t{1} << 20U;

}  // namespace

base::Result<void> Session::probe_upload(std::string_view repository) {
  http::Request request;
  request.method = http::Method::post;
  request.url = state_->url(fmt::format("{}/blobs/uploads/", repository));
  request.retry = http::Retry::never;
  BERTH_TRY(const auto response,
            state_->send(request, TokenScope{.scope = fmt::format("repository:{}:pull,push", repository),
                                             .within = std::string(repository)}));
  if (response.status != 202) return state_->unexpected(response, "push.denied", "upload", request.method, repository);
  BERTH_TRY(auto location, state_->next_location(response, repository));
  abandon_upload(repository, {std::move(location)});
  return {};
}

base::Result<std::optional<std::string>> Session::ask_granted(std::string_view repository, std::string_view actions) {
  const TokenScope scope{.scope = fmt::format("repository:{}:{}", repository, actions),
                         .within = std::string(repository)};
  BERTH_TRY(const auto* first, state_->first_answer());
  if (first->ok()) return std::optional<std::string>();  // the registry does not require authentication
  AuthState auth;
  auth.optional = true;  // a flavor does not need the response
  BERTH_TRY([[maybe_unused]] const auto header, state_->authorizer.header(scope, auth));
  // The token service has accepted the credentials; the registry itself may not have seen them yet.
  if (state_->authorizer.has_token(scope)) {
    if (has_logged_in()) state_->let_in = true;
    return state_->authorizer.granted(scope);
  }
  http::Request request;
  request.url = state_->url("");
  BERTH_TRY(const auto response, state_->send(request, scope));
  if (!response.ok())
    return state_->unexpected(response, "registry.ping", "API version check", request.method, repository);
  return state_->authorizer.granted(scope);
}

base::Result<std::optional<Credential>> Session::current_credential() {
  return state_->authorizer.current_credential();
}

base::Result<std::optional<std::string>> Session::obtain_token(std::string_view repository) {
  BERTH_CHECK(begin());
  const auto scope = state_->scope_of(repository);
  AuthState auth;
  BERTH_TRY([[maybe_unused]] const auto header, state_->authorizer.header({scope}, auth));
  return state_->authorizer.has_token({scope}) ? std::optional(scope) : std::nullopt;
}

base::Result<void> Session::begin() {
  BERTH_TRY([[maybe_unused]] const auto* answer, state_->first_answer());
  return {};
}

base::Result<http::Response> Session::ask(const OwnQuestion& question) {
  http::Request request;
  request.method = question.method;
  request.url = state_->origin.str() + question.path;
  request.headers = {{"Accept", accepted_manifests() + ", application/json, */*;q=0.1"}};
  request.body_limit = kLongestAnswer;
  if (question.anonymous && question.path == "/v2/") {
    BERTH_TRY(const auto* first, state_->first_answer());
    return *first;
  }
  return question.anonymous
             ? state_->pool.send(request)
             : state_->send(request, TokenScope{.scope = question.scope, .within = question.within}, Need::restricted);
}

}  // namespace berth::registry
