#include "flavor/http_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <thread>

#include "base/escape.hpp"
#include "base/redact.hpp"
#include "oci/grammar.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using std::chrono::milliseconds;

constexpr std::size_t kMaxBody = std::size_t{4} << 20U;
constexpr std::size_t kMaxBatch = std::size_t{8}
                                  << 20U;  // total size of response bodies; fits a frame as base64
constexpr milliseconds kLongest{30'000};
constexpr milliseconds kConnect{10'000};

struct Planned {
  http::Request request;
  milliseconds timeout{kLongest};
  base::Secret secret{};  // the user's secret, if the host filled it into the body
};

Error bad_request(std::string what) {
  return Error(ErrorClass::plugin, "plugin.question", std::move(what));
}

std::optional<http::Method> method_of(std::string_view name) {
  using http::Method;
  for (const auto method :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del})
    if (name == http::method_name(method)) return method;
  return std::nullopt;
}

// Header fields that the host sets itself, or that would make of the request another one than the
// one whose method and destination were checked.
bool is_reserved(const std::string& name) {
  constexpr std::string_view kReserved[] = {
      "host",           "content-length",    "transfer-encoding", "te",
      "trailer",        "connection",        "keep-alive",        "upgrade",
      "expect",         "x-method-override", "x-http-method",     "x-http-method-override",
      "x-original-url", "x-rewrite-url"};
  const auto is = oci::to_lower(name);
  return std::find(std::begin(kReserved), std::end(kReserved), is) != std::end(kReserved) ||
         is.starts_with("proxy-");
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

base::Result<void> check_header(const channel::HttpHeader& header) {
  if (!is_token(header.name))
    return bad_request("invalid name of header " + base::quote(header.name, 80));
  if (header.value.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos)
    return bad_request("invalid value of header " + header.name);
  if (is_reserved(header.name))
    return bad_request("header " + base::quote(header.name, 80) + " is set by the host");
  return {};
}

// Idempotent methods: RFC 9110, section 9.2.2.
bool is_idempotent(http::Method method) {
  return method != http::Method::post && method != http::Method::patch;
}

base::Result<void> add_headers(const std::vector<channel::HttpHeader>& headers,
                               http::Request& request) {
  for (const auto& header : headers) {
    BERTH_CHECK(check_header(header));
    if (oci::to_lower(header.name) == "authorization")
      request.authorization = base::Secret(header.value);
    if (oci::to_lower(header.name) != "authorization")
      request.headers.emplace_back(header.name, header.value);
  }
  return {};
}

base::Result<Planned> plan(const channel::HttpRequest& from, const PermissionPolicy& permits) {
  Planned planned;
  http::Request& request = planned.request;
  const auto method = method_of(from.method);
  if (!method) return bad_request("the method must be GET, HEAD, POST, PUT, PATCH or DELETE");
  request.method = *method;
  request.url = from.url;
  if (const auto origin = http::Origin::of(from.url); !origin)
    return bad_request("invalid URL " + base::quote(from.url, 80));
  if (from.timeout_ms < 0 || from.timeout_ms > kLongest.count())
    return bad_request(fmt::format("timeout_ms must be 0 to {}", kLongest.count()));
  BERTH_TRY(request.addresses, permits.call(request.url));
  BERTH_CHECK(add_headers(from.headers, request));
  request.body = from.body;
  request.body_limit = kMaxBody;
  request.follow_redirects = false;
  request.retry =
      is_idempotent(*method) || from.repeatable ? http::Retry::safe : http::Retry::not_executed;
  if (from.timeout_ms > 0) planned.timeout = milliseconds(from.timeout_ms);
  request.retry_within = planned.timeout;
  return planned;
}

http::ClientOptions limited(http::ClientOptions options, milliseconds timeout) {
  options.limits.connect = std::min(timeout, kConnect);
  options.limits.idle = timeout;
  options.limits.answer = timeout;
  // A flavor with a short timeout only tests whether the host is reachable.
  if (timeout < kConnect) options.limits.connect_attempts = 1;
  options.limits.max_retry_after = timeout;
  return options;
}

channel::HttpResponse no_response(std::string why) {
  return {.status = 0, .error = std::move(why)};
}

// Removes the user's secret from a response, because some servers repeat it.
std::string for_plugin(const std::string& text, const base::Secret& secret) {
  return secret.empty() ? text : base::redact(text, secret);
}

channel::HttpResponse response_for_plugin(const base::Result<http::Response>& response,
                                          const base::Secret& secret, std::size_t& left) {
  if (!response)
    return no_response(response.error().cause().empty()
                           ? response.error().message()
                           : response.error().message() + ": " + response.error().cause());
  if (response->body.size() > left) return no_response("the responses of this batch exceed 8 MiB");
  left -= response->body.size();
  channel::HttpResponse result{.status = response->status,
                               .body = for_plugin(response->body, secret)};
  for (const auto& [name, value] : response->headers)
    result.headers.push_back({name, for_plugin(value, secret)});
  return result;
}

}  // namespace

http::ClientPool& HttpService::pool_for(milliseconds timeout) const {
  const std::lock_guard lock(mutex_);
  auto& pool = pools_[timeout];
  if (pool == nullptr)
    pool = std::make_unique<http::ClientPool>(limited(options_, timeout), cancellation_, log_);
  return *pool;
}

base::Result<base::Secret> HttpService::fill_in(http::Request& request,
                                                const CurrentCredential& current) const {
  if (!has_credential_placeholder(request.body)) return base::Secret();
  BERTH_CHECK(permits_.send_credentials(request.url));
  using Found = base::Result<std::optional<registry::Credential>>;
  BERTH_TRY(const auto credential, current ? current() : Found(std::nullopt));
  if (!credential)
    return Error(ErrorClass::auth, "auth.required", "no credentials for the container registry");
  BERTH_CHECK(fill_in_credential(request, *credential));
  return credential->password.clone();
}

base::Result<channel::SendHttp::Response> HttpService::send(
    const channel::SendHttp::Request& batch, const CurrentCredential& current) const {
  std::vector<Planned> planned;
  for (const auto& request : batch.requests) {
    BERTH_TRY(auto one, plan(request, permits_));
    BERTH_TRY(one.secret, fill_in(one.request, current));
    planned.push_back(std::move(one));
  }
  std::vector<std::optional<base::Result<http::Response>>> received(planned.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < planned.size(); ++i)
      threads.emplace_back(
          [&, i] { received[i].emplace(pool_for(planned[i].timeout).send(planned[i].request)); });
  }
  if (cancellation_.requested()) return cancellation_.error();
  std::size_t left = kMaxBatch;
  channel::SendHttp::Response result;
  for (std::size_t i = 0; i < planned.size(); ++i)
    result.responses.push_back(response_for_plugin(*received[i], planned[i].secret, left));
  return result;
}

}  // namespace berth::flavor
