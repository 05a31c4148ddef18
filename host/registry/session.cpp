#include "registry/session.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "base/redact.hpp"
#include "http/retry_policy.hpp"
#include "oci/grammar.hpp"
#include "registry/session_state.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;
using Clock = std::chrono::steady_clock;

// References to Docker Hub use docker.io; its registry has another host name. Source: distribution/reference, and the
// default configuration of docker clients.
std::string api_host(const std::string& host) { return host == "docker.io" ? "registry-1.docker.io" : host; }

// After an interruption one second is left to delete sessions; this reserves half of it for whatever finishes first.
http::ClientOptions cleanup_options(http::ClientOptions options) {
  using std::chrono::milliseconds;
  options.limits.connect = milliseconds(300);
  options.limits.idle = milliseconds(500);
  options.limits.attempts = 1;
  return options;
}

std::string page_title(const std::string& html) {
  const auto begin = html.find("<title>");
  const auto end = html.find("</title>", begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return ", " + base::quote(html.substr(begin + 7, end - begin - 7), 80);
}

bool is_registry_answer(const http::Response& response) {
  if (response.header("docker-distribution-api-version") != nullptr) return true;
  if (response.status == 401) return response.header("www-authenticate") != nullptr;
  if (!parse_api_errors(response).empty()) return true;
  return response.status == 200 && !is_web_page(response);
}

// Returns whether the response is a registry's and grants access.
bool lets_in(const http::Response& response) {
  const bool let = response.ok() || response.status == 404;
  return let && (response.header("docker-distribution-api-version") != nullptr ||
                 (response.ok() && response.header("docker-content-digest") != nullptr));
}

constexpr std::size_t kLongestFirstAnswer = std::size_t{1} << 20U;

// Such a response does not show whether the host is a registry.
bool is_busy(const http::Response& response) { return http::is_transient_status(response.status); }

bool wants_tls(const http::Response& response) {
  return response.status == 400 && (response.body.find("HTTP request to an HTTPS server") != std::string::npos ||
                                    response.body.find("plain HTTP request was sent to HTTPS") != std::string::npos);
}

}  // namespace

bool is_web_page(const http::Response& response) {
  const auto* type = response.header("content-type");
  if (type != nullptr && oci::to_lower(*type).starts_with("text/html")) return true;
  const auto begin = response.body.find_first_not_of(" \t\r\n");
  return begin != std::string::npos && response.body[begin] == '<';
}

Session::State::State(const SessionOptions& options, CredentialChain& credentials,
                      const base::Cancellation& cancellation, base::Log& log)
    : host(options.host),
      origin(http::Origin::make(options.tls, api_host(options.host))),
      base_url(origin.str() + "/v2/"),
      actions(options.actions),
      limits(options.http.limits),
      pool(options.http, cancellation, log),
      authorizer(options.host, origin, credentials, pool, log, options.login_help),
      cleanup_pool(cleanup_options(options.http), never, log),
      address(http::literal_kind(origin.host()).value_or(http::AddressKind::global)) {}

std::string Session::State::url(std::string_view path) const { return base_url + std::string(path); }

std::string Session::State::scope_of(std::string_view repository) const {
  return repository.empty() ? std::string() : fmt::format("repository:{}:{}", repository, actions);
}

base::Result<const http::Response*> Session::State::first_answer() {
  const std::lock_guard lock(first_mutex);
  if (!first) {
    http::Request request;
    request.url = base_url;
    request.body_limit = kLongestFirstAnswer;
    first = pool.send(request);
    if (*first) note(**first);
    if (*first) authorizer.observe_challenge(**first);
    if (*first) observe_ping(**first);
  }
  if (!*first) return first->error().clone();
  return &**first;
}

void Session::State::observe_ping(const http::Response& response) {
  ping_refused = response.status == 401 || response.status == 403;
  requires_nothing = response.ok();
}

void Session::State::note(const http::Response& response) {
  if (lets_in(response)) let_in = true;
}

base::Error Session::State::unexpected(const http::Response& response, std::string_view code, std::string_view what,
                                       http::Method method, std::string_view repository) {
  if (parse_api_errors(response).empty() && !is_busy(response))
    if (auto spoken = check_speaks_distribution(); !spoken) return std::move(spoken).error();
  return rejected(response, code, what, method, repository);
}

// Credentials are not sent to another origin.
base::Error Session::State::rejected_elsewhere(const http::Response& response, std::string_view code) const {
  const auto target = http::Origin::of(response.url);
  const std::string where = target ? target->str() : base::redact_url(response.url);
  return Error(ErrorClass::auth, std::string(code) + "-auth",
               fmt::format("{} refers to {}, which requires authentication", host, where))
      .cause(fmt::format("{}; credentials for {} are not sent to another host", response.status, host))
      .registry(registry_words(response));
}

base::Error Session::State::rejected(const http::Response& response, std::string_view code, std::string_view what,
                                     http::Method method, std::string_view repository) {
  if ((response.status == 401 || response.status == 403) && !is_own(response))
    return rejected_elsewhere(response, code);
  if (const auto delay = http::asked_delay(response)) quiet_until = Clock::now().time_since_epoch() + *delay;
  if (response.status == 403) {
    const auto credential = authorizer.current_credential();
    if (!credential) return credential.error().clone();
    if (!*credential) return authorizer.anonymous_denied(registry_words(response));
  }
  auto error = authorizer.without_secrets(
      api_error(response, {host, code, what, http::method_name(method), std::string(repository), authorizer.account(),
                           authorizer.username()}));
  const bool retried = response.attempts > 1;
  return std::move(error).max_attempts(is_busy(response) && !retried ? limits.attempts : 1);
}

// Sent without credentials, and only once: 401 or an API error identifies a registry too.
base::Result<void> Session::State::check_speaks_distribution() {
  BERTH_TRY(const auto* first, first_answer());
  const bool hidden = first->status == 401 || first->status == 403;
  auto spoken = check_is_registry(*first);
  if (spoken || !hidden) return spoken;
  http::Request request;
  request.url = base_url;
  const auto authenticated = send(request, std::string_view{}, Need::optional);
  return authenticated ? check_is_registry(*authenticated) : std::move(spoken);
}

base::Result<void> Session::State::check_is_registry(const http::Response& response) {
  if (wants_tls(response))
    return Error(ErrorClass::network, "http.tls-expected", host + " uses TLS")
        .cause("it responded: " + base::escape(response.body, 120))
        .fix("--set tls=true");
  if (is_registry_answer(response)) return {};
  if (is_busy(response))
    return api_error(
        response, {host, "registry.ping", "API version check", "GET", "", authorizer.account(), authorizer.username()});
  const auto* type = response.header("content-type");
  return Error(ErrorClass::server, "registry.not-a-registry", host + " is not a container registry")
      .cause(fmt::format("GET /v2/ returned {}, {}{}", response.status,
                         type != nullptr ? base::escape(*type, 80) : "no content type", page_title(response.body)))
      .fix("check host and path");
}

Session::Session(const SessionOptions& options, CredentialChain& credentials, const base::Cancellation& cancellation,
                 base::Log& log)
    : state_(new State(options, credentials, cancellation, log)) {}

Session::~Session() = default;

std::chrono::milliseconds Session::quiet_for() const {
  const auto left = state_->quiet_until.load() - Clock::now().time_since_epoch();
  return std::max(std::chrono::milliseconds(0), std::chrono::duration_cast<std::chrono::milliseconds>(left));
}

const http::Limits& Session::limits() const { return state_->limits; }
const std::string& Session::host() const { return state_->host; }
const std::string& Session::api_url() const { return state_->base_url; }

bool Session::has_logged_in() const { return state_->authorizer.account() != "anonymous"; }

std::optional<std::string> Session::granted(std::string_view repository) const {
  return state_->authorizer.granted({state_->scope_of(repository)});
}

base::Result<void> Session::ping(std::optional<std::string> within) {
  if (state_->let_in) return {};
  http::Request request;
  request.url = state_->base_url;
  BERTH_TRY(const auto response, state_->send(request, TokenScope{.scope = {}, .within = std::move(within)}));
  return state_->check_is_registry(response);
}

}  // namespace berth::registry
