#include "registry/response_error.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "base/redact.hpp"
#include "http/retry_policy.hpp"
#include "oci/grammar.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

std::string page_title(const std::string& html) {
  const auto begin = html.find("<title>");
  const auto end = html.find("</title>", begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return ", " + base::quote(html.substr(begin + 7, end - begin - 7), 80);
}

bool is_registry_response(const http::Response& response) {
  if (response.header("docker-distribution-api-version") != nullptr) return true;
  if (response.status == 401) return response.header("www-authenticate") != nullptr;
  if (!parse_api_errors(response).empty()) return true;
  return response.status == 200 && !is_web_page(response);
}

// Such a response does not show whether the host is a registry.
bool is_busy(const http::Response& response) { return http::is_transient_status(response.status); }

bool requires_tls(const http::Response& response) {
  return response.status == 400 &&
         (response.body.find("HTTP request to an HTTPS server") != std::string::npos ||
          response.body.find("plain HTTP request was sent to HTTPS") != std::string::npos);
}

// Credentials are not sent to another origin.
Error rejected_elsewhere(const AuthenticatedClient& client, const http::Response& response,
                         std::string_view code) {
  const auto target = http::Origin::of(response.url);
  const std::string where = target ? target->str() : base::redact_url(response.url);
  return Error(ErrorClass::auth, std::string(code) + "-auth",
               fmt::format("{} refers to {}, which requires authentication", client.host(), where))
      .cause(fmt::format("{}; credentials for {} are not sent to another host", response.status,
                         client.host()))
      .registry(error_message(response));
}

// Sent without credentials, and only once: 401 or an API error identifies a registry too.
base::Result<void> check_serves_distribution(AuthenticatedClient& client) {
  BERTH_TRY(const auto* ping, client.ping_response());
  const bool rejected = ping->status == 401 || ping->status == 403;
  auto checked = check_is_registry(client, *ping);
  if (checked || !rejected) return checked;
  http::Request request;
  request.url = client.api_url();
  const auto authenticated = client.send(request, std::string_view{}, Need::optional);
  return authenticated ? check_is_registry(client, *authenticated) : std::move(checked);
}

}  // namespace

bool is_web_page(const http::Response& response) {
  const auto* type = response.header("content-type");
  if (type != nullptr && oci::to_lower(*type).starts_with("text/html")) return true;
  const auto begin = response.body.find_first_not_of(" \t\r\n");
  return begin != std::string::npos && response.body[begin] == '<';
}

base::Result<void> check_is_registry(AuthenticatedClient& client, const http::Response& response) {
  if (requires_tls(response))
    return Error(ErrorClass::network, "http.tls-expected", client.host() + " uses TLS")
        .cause("it responded: " + base::escape(response.body, 120))
        .fix("--set tls=true");
  if (is_registry_response(response)) return {};
  if (is_busy(response))
    return api_error(response,
                     {.code = "registry.ping", .what = "API version check", .repository = ""},
                     client.authorizer().requester());
  const auto* type = response.header("content-type");
  return Error(ErrorClass::server, "registry.not-a-registry",
               client.host() + " is not a container registry")
      .cause(fmt::format("GET /v2/ returned {}, {}{}", response.status,
                         type != nullptr ? base::escape(*type, 80) : "no content type",
                         page_title(response.body)))
      .fix("check host and path");
}

Error unexpected_response(AuthenticatedClient& client, const http::Response& response,
                          const FailedRequest& request) {
  if (parse_api_errors(response).empty() && !is_busy(response))
    if (auto checked = check_serves_distribution(client); !checked)
      return std::move(checked).error();
  return rejected_response(client, response, request);
}

Error rejected_response(AuthenticatedClient& client, const http::Response& response,
                        const FailedRequest& request) {
  if ((response.status == 401 || response.status == 403) && !client.is_own(response))
    return rejected_elsewhere(client, response, request.code);
  client.observe_retry_after(response);
  auto& authorizer = client.authorizer();
  if (response.status == 403) {
    const auto credential = authorizer.current_credential();
    if (!credential) return credential.error().clone();
    if (!*credential) return authorizer.anonymous_denied(error_message(response));
  }
  auto error =
      authorizer.without_secrets(api_error(response, request, client.authorizer().requester()));
  const bool retried = response.attempts > 1;
  return std::move(error).max_attempts(is_busy(response) && !retried ? client.limits().attempts
                                                                     : 1);
}

}  // namespace berth::registry
