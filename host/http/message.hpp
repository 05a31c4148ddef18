// Request and Response values, and the interfaces for streaming bodies.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/address.hpp"

namespace berth::http {

struct ConnectionInfo;

enum class Method { get, head, post, put, patch, del };

std::string_view method_name(Method method);

using Header = std::pair<std::string, std::string>;

// The body of an upload. Called from the thread that called Client::send, one call at a time.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  // Returns the exact size, sent as Content-Length; std::nullopt if not known before the first
  // byte: sent chunked.
  [[nodiscard]] virtual std::optional<std::uint64_t> size() const = 0;
  // Fills `buffer` from the front; returns 0 at the end. May block; must return soon once
  // cancelled. An error aborts the request, and send() returns it.
  virtual base::Result<std::size_t> read(std::span<std::byte> buffer) = 0;
  // Returns to the first byte, for a retry. Returns false if that is impossible: the request is not
  // retried.
  virtual bool rewind() = 0;
};

// Receives a response body that is too large for Response::body.
class BodySink {
 public:
  BodySink() = default;
  BodySink(const BodySink&) = delete;
  BodySink& operator=(const BodySink&) = delete;
  virtual ~BodySink() = default;

  // Called only for responses with status 200 to 299. An error aborts the request, and send()
  // returns it.
  virtual base::Result<void> write(std::span<const std::byte> bytes) = 0;
  // A retry begins: discard the bytes received so far.
  virtual void restart() = 0;
};

enum class Retry {
  safe,          // GET, HEAD, PUT of a manifest …: transient failures are retried
  not_executed,  // must be executed only once: retried if not connected, or after 429 or 503 with
                 // Retry-After
  never,         // the caller decides (an upload session's state has to be requested first)
};

struct Request {
  Method method = Method::get;
  std::string url;              // absolute, http: or https:
  std::vector<Header> headers;  // without Authorization, which is `authorization`
  // The value of the Authorization header. Sent only to the origin of `url`, not to another one
  // after a redirect.
  std::optional<base::Secret> authorization;
  std::string body;  // used without a source; an empty body is sent with Content-Length: 0
  BodySource* source = nullptr;  // not owned
  BodySink* sink = nullptr;      // not owned
  std::size_t body_limit =
      std::size_t{4}
      << 20U;  // of Response::body; more is an error of class server, "http.too-large"
  Retry retry = Retry::safe;
  // No retry starts later than this after the first attempt; std::nullopt: no limit.
  std::optional<std::chrono::milliseconds> retry_within;
  // Timeout of the response once the body was sent and acknowledged; std::nullopt: Limits::idle.
  std::optional<std::chrono::milliseconds> response_timeout;
  // How long to wait for the response after cancellation, if its result must be known to clean up.
  std::chrono::milliseconds cancel_grace{0};
  ConnectionInfo* facts =
      nullptr;  // not owned; receives facts about the connection, also if it fails; may be nullptr
  // At most 5, never from https to http. GET and HEAD follow any; other methods follow 307 and 308,
  // and resend the body.
  bool follow_redirects = true;
  // Allowed addresses. If a redirect names another origin, its address must also satisfy
  // AddressPolicy::allowed_from() of the origin that sent the redirect.
  AddressPolicy addresses = AddressPolicy::everything();
};

struct Response {
  int status = 0;
  int attempts = 1;  // number of times the request was sent
  std::string url;   // after redirects
  // Kind of the address connected to for `url`. Through a proxy: kind of an IP literal; a host name
  // counts as global.
  AddressKind address = AddressKind::global;
  std::vector<Header> headers;  // names in lower case, in received order; of the last hop
  std::string body;             // empty if a sink received it

  // Returns the first header with that lower-case name; nullptr if it is missing.
  [[nodiscard]] const std::string* header(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> header_all(std::string_view name) const;
  [[nodiscard]] bool ok() const { return status >= 200 && status <= 299; }
};

}  // namespace berth::http
