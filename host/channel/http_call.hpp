// The call of the service http/1, whose requests and responses are those of abi.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "channel/calls.hpp"
#include "channel/field.hpp"

namespace berth::channel {

inline constexpr std::size_t kMaxHttpRequests = 16;
inline constexpr std::size_t kMaxHeaders = 64;  // of a request

struct HttpHeader {
  std::string name{};
  std::string value{};
  static constexpr auto kFields = fields(exact("name", &HttpHeader::name, kMaxBytes),
                                         bytes("value", &HttpHeader::value, kMaxBytes));
};

struct HttpRequest {
  std::string method{};
  std::string url{};
  std::vector<HttpHeader> headers{};
  std::string body{};
  std::int64_t timeout_ms = 0;
  bool repeatable = false;
  static constexpr auto kFields = fields(
      exact("method", &HttpRequest::method, kMaxBytes), exact("url", &HttpRequest::url, kMaxBytes),
      list("headers", &HttpRequest::headers, kMaxHeaders),
      bytes("body", &HttpRequest::body, kMaxBytes), value("timeout_ms", &HttpRequest::timeout_ms),
      value("repeatable", &HttpRequest::repeatable));
};

struct HttpResponse {
  std::int32_t status = 0;
  std::vector<HttpHeader> headers{};
  std::string body{};
  std::string error{};
  static constexpr auto kFields = fields(
      value("status", &HttpResponse::status), list("headers", &HttpResponse::headers, kAnySize),
      bytes("body", &HttpResponse::body, kAnySize), text("error", &HttpResponse::error));
};

struct SendHttp {
  static constexpr CallInfo kInfo{.method = "http.send",
                                  .direction = Direction::to_host,
                                  .interface = "http/1",
                                  .permission = "http:PATTERN"};
  struct Request {
    std::vector<HttpRequest> requests{};
    static constexpr std::size_t kMaxContent = kMaxBytes;
    static constexpr auto kFields = fields(list("requests", &Request::requests, kMaxHttpRequests));
  };
  struct Response {
    std::vector<HttpResponse> responses{};
    static constexpr auto kFields =
        fields(list("responses", &Response::responses, kMaxHttpRequests));
  };
};

}  // namespace berth::channel
