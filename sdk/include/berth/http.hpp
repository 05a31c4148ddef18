// HTTP requests, TLS verified, redirects not followed. Permission "http:api.acme.example",
// "http:*.acme.example", "http:http://169.254.169.254" or "http:$ACME_URL". ABI: abi.h, "http/1".
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <berth/container_registry.hpp>
#include <berth/detail/sdk_version.hpp>
#include <berth/detail/service.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

// Placeholders in the body of a request to the host of a permission "credentials:HOST". The host
// replaces them by the user's credentials for the container registry, escaped for the Content-Type:
// JSON or a form. Only in prepare_image_push() and push_image(). Registry::account() returns
// whether there are credentials.
inline constexpr const char* USERNAME_PLACEHOLDER = BERTH_USERNAME_PLACEHOLDER;
inline constexpr const char* PASSWORD_PLACEHOLDER = BERTH_PASSWORD_PLACEHOLDER;

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  // GET, HEAD, POST, PUT, PATCH, DELETE
  std::string url;
  HttpHeaders headers = {};
  std::string body = {};
  std::int64_t timeout_ms = 0;  // for connecting, for the first byte, and for the rest; 0: 30 s
  bool repeatable =
      false;  // executing it twice is harmless, like a POST that only reads: see abi.h
};

struct HttpResponse {
  std::int32_t status = 0;   // HTTP status; 0: no response, `error` has the reason
  HttpHeaders headers = {};  // names in lower case
  std::string body = {};
  std::string error = {};

  // Returns the value of the first header with this lower-case name; empty if it is missing.
  std::string header(const std::string& name) const {
    for (const auto& header : headers)
      if (header.first == name) return header.second;
    return {};
  }
};

namespace detail {

// Called by the host while send() waits; must not throw.
inline void BERTH_CALL take_response(void* context,
                                     const berth_http_response* host_response) noexcept {
  const berth_http_response response = known_part(*host_response);
  auto& responses = *static_cast<std::vector<HttpResponse>*>(context);
  if (response.index >= responses.size()) return;
  HttpResponse& into = responses[response.index];
  try {
    for (std::size_t i = 0; i < response.header_count; ++i)
      into.headers.emplace_back(copy(response.headers[i].name), copy(response.headers[i].value));
    into.body = copy(response.body);
    into.error = copy(response.error);
    into.status = response.status;
  } catch (...) {  // out of memory: counts as no response
  }
}

}  // namespace detail

// Sends at most 16 requests in parallel and returns one response for each, in their order. Throws
// Failure if one is not permitted: none is sent. Retries: abi.h, "http/1".
inline std::vector<HttpResponse> send(const CallContext& call,
                                      const std::vector<HttpRequest>& requests) {
  const detail::Service<berth_http_1> service(call, BERTH_HTTP_1);
  std::vector<std::vector<berth_http_header>> headers(requests.size());
  std::vector<berth_http_request> batch;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const HttpRequest& request = requests[i];
    for (const auto& header : request.headers)
      headers[i].push_back({detail::view(header.first), detail::view(header.second)});
    batch.push_back({detail::view(request.method), detail::view(request.url), headers[i].data(),
                     headers[i].size(), detail::view(request.body), request.timeout_ms,
                     request.repeatable ? 1 : 0});
  }
  std::vector<HttpResponse> responses(requests.size());
  const berth_http_sink sink{&responses, &detail::take_response};
  const detail::StringSink error;
  service.expect_ok(service->send(service.context(), batch.data(), batch.size(),
                                  sizeof(berth_http_request), &sink, error.sink()),
                    error);
  return responses;
}

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
