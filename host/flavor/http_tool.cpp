#include "flavor/http_tool.hpp"

#include <berth/abi.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/redact.hpp"
#include "oci/grammar.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;
using std::chrono::milliseconds;

constexpr std::size_t kMostRequests = 16;
constexpr std::size_t kMostHeaders = 64;
constexpr std::size_t kLargestBody = std::size_t{4} << 20U;
constexpr std::size_t kLargestBatch = std::size_t{8} << 20U;  // total size of response bodies; fits a frame as base64
constexpr milliseconds kLongest{30'000};
constexpr milliseconds kConnect{10'000};

struct Planned {
  http::Request request;
  milliseconds timeout{kLongest};
  base::Secret secret{};  // the user's secret, if the host filled it into the body
};

Error bad_request(std::string what) { return Error(ErrorClass::plugin, "plugin.question", std::move(what)); }

std::optional<http::Method> method_of(std::string_view name) {
  using http::Method;
  for (const auto method : {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del})
    if (name == http::method_name(method)) return method;
  return std::nullopt;
}

// Header fields that the host sets itself, or that would send the request elsewhere.
bool is_reserved(const std::string& name) {
  const auto is = oci::to_lower(name);
  return is == "host" || is == "content-length" || is == "transfer-encoding" || is == "connection" || is == "expect" ||
         is.starts_with("proxy-");
}

// Idempotent methods: RFC 9110, section 9.2.2.
bool is_idempotent(http::Method method) { return method != http::Method::post && method != http::Method::patch; }

base::Result<void> add_headers(const Json& asked, http::Request& request) {
  const Json* list = asked.find("headers");
  if (list == nullptr || !list->is_array()) return {};
  if (list->as_array()->size() > kMostHeaders) return bad_request("a request has more than 64 headers");
  for (const auto& item : *list->as_array()) {
    const auto* pair = item.as_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string())
      return bad_request("a header is not a name and a value");
    const std::string& name = *(*pair)[0].as_string();
    if (is_reserved(name)) return bad_request("header " + base::quote(name, 80) + " is set by the host");
    if (oci::to_lower(name) == "authorization") request.authorization = base::Secret(*(*pair)[1].as_string());
    if (oci::to_lower(name) != "authorization") request.headers.emplace_back(name, *(*pair)[1].as_string());
  }
  return {};
}

base::Result<Planned> plan(const Json& asked, const Permits& permits) {
  Planned planned;
  http::Request& request = planned.request;
  const auto method = method_of(asked.string_or("method", ""));
  if (!method) return bad_request("the method must be GET, HEAD, POST, PUT, PATCH or DELETE");
  request.method = *method;
  request.url = asked.string_or("url", "");
  BERTH_TRY(request.addresses, permits.call(request.url));
  BERTH_CHECK(add_headers(asked, request));
  request.body = base::base64_decode(asked.string_or("body", "")).value_or("");
  request.body_limit = kLargestBody;
  request.follow_redirects = false;
  request.retry = is_idempotent(*method) || asked.is_true("repeatable") ? http::Retry::safe : http::Retry::not_executed;
  const Json* timeout = asked.find("timeout_ms");
  const auto wanted = timeout != nullptr ? timeout->as_int().value_or(0) : 0;
  if (wanted > 0 && wanted < kLongest.count()) planned.timeout = milliseconds(wanted);
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

Json no_answer(std::string why) { return Json::object({{"status", 0}, {"error", std::move(why)}}); }

// Removes the user's secret from a response, because some servers repeat it.
std::string for_plugin(const std::string& text, const base::Secret& secret) {
  return secret.empty() ? text : base::redact(text, secret);
}

Json response_json(const base::Result<http::Response>& response, const base::Secret& secret, std::size_t& left) {
  if (!response)
    return no_answer(response.error().cause().empty() ? response.error().message()
                                                      : response.error().message() + ": " + response.error().cause());
  if (response->body.size() > left) return no_answer("the responses of this batch exceed 8 MiB");
  left -= response->body.size();
  Json headers = Json::array();
  for (const auto& [name, value] : response->headers) headers.push_back(Json::array({name, for_plugin(value, secret)}));
  return Json::object({{"status", response->status},
                       {"headers", std::move(headers)},
                       {"body", base::base64_encode(for_plugin(response->body, secret))}});
}

}  // namespace

http::ClientPool& HttpTool::pool_for(milliseconds timeout) const {
  const std::lock_guard lock(mutex_);
  auto& pool = pools_[timeout];
  if (pool == nullptr) pool = std::make_unique<http::ClientPool>(limited(options_, timeout), cancellation_, log_);
  return *pool;
}

base::Result<base::Secret> HttpTool::fill_in(http::Request& request, const CurrentCredential& current) const {
  if (!has_credential_placeholder(request.body)) return base::Secret();
  BERTH_CHECK(permits_.send_credentials(request.url));
  using Found = base::Result<std::optional<registry::Credential>>;
  BERTH_TRY(const auto credential, current ? current() : Found(std::nullopt));
  if (!credential) return Error(ErrorClass::auth, "auth.required", "no credentials for the container registry");
  BERTH_CHECK(fill_in_credential(request, *credential));
  return credential->password.clone();
}

base::Result<Json> HttpTool::send(const Json& question, const CurrentCredential& current) const {
  const Json* asked = question.find("requests");
  if (asked == nullptr || !asked->is_array() || asked->as_array()->size() > kMostRequests)
    return bad_request("a batch has at most 16 requests");
  std::vector<Planned> batch;
  for (const auto& one : *asked->as_array()) {
    BERTH_TRY(auto planned, plan(one, permits_));
    BERTH_TRY(planned.secret, fill_in(planned.request, current));
    batch.push_back(std::move(planned));
  }
  std::vector<std::optional<base::Result<http::Response>>> answers(batch.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < batch.size(); ++i)
      threads.emplace_back([&, i] { answers[i].emplace(pool_for(batch[i].timeout).send(batch[i].request)); });
  }
  if (cancellation_.requested()) return cancellation_.error();
  std::size_t left = kLargestBatch;
  Json responses = Json::array();
  for (std::size_t i = 0; i < batch.size(); ++i) responses.push_back(response_json(*answers[i], batch[i].secret, left));
  return Json::object({{"status", std::int64_t{BERTH_STATUS_OK}}, {"responses", std::move(responses)}});
}

}  // namespace berth::flavor
