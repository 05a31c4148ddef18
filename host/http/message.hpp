// Request and Response as values, and the two interfaces through which bodies stream.
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

struct ConnectionFacts;

enum class Method { get, head, post, put, patch, del };

std::string_view method_name(Method method);

using Header = std::pair<std::string, std::string>;

// What is uploaded. Called from the thread that called Client::send, one call at a time.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  // The exact length, when it is known before the first byte: sent as Content-Length; else chunked.
  [[nodiscard]] virtual std::optional<std::uint64_t> size() const = 0;
  // Fills from the front; 0 means the end. May block; must return soon once cancelled. An error aborts the request and
  // is what send() returns.
  virtual base::Result<std::size_t> read(std::span<std::byte> buffer) = 0;
  // Back to the first byte, for a retry; false when that is impossible (the request is then not retried).
  virtual bool rewind() = 0;
};

// What is downloaded, when it is too large for Response::body.
class BodySink {
 public:
  BodySink() = default;
  BodySink(const BodySink&) = delete;
  BodySink& operator=(const BodySink&) = delete;
  virtual ~BodySink() = default;

  // An error aborts the request and is what send() returns. Only called for answers of status 200 to 299.
  virtual base::Result<void> write(std::span<const std::byte> bytes) = 0;
  // A retry begins: forget what came so far.
  virtual void restart() = 0;
};

enum class Retry {
  safe,          // GET, HEAD, PUT of a manifest …: transient faults are retried here
  not_executed,  // what may be executed only once: retried if no connection was made, or after 429 or 503 with
                 // Retry-After
  never,         // the caller knows better (an upload session has to be asked where it stands)
};

struct Request {
  Method method = Method::get;
  std::string url;              // absolute, http or https
  std::vector<Header> headers;  // never Authorization: that is `authorization`
  // The value of the Authorization header. Sent to the origin of `url` only, never to where it redirects.
  std::optional<base::Secret> authorization;
  std::string body;              // sent when there is no source; an empty body still has Content-Length: 0
  BodySource* source = nullptr;  // not owned
  BodySink* sink = nullptr;      // not owned
  std::size_t body_limit = std::size_t{4}
                           << 20U;  // of Response::body; more is an error of class server, "http.too-large"
  Retry retry = Retry::safe;
  // No retry begins later than this after the first attempt; std::nullopt: no such limit.
  std::optional<std::chrono::milliseconds> retry_within;
  // How long the response may take once the body has been sent and acknowledged; std::nullopt: Limits::idle.
  std::optional<std::chrono::milliseconds> response_timeout;
  // How long the answer is still awaited after cancellation: for what would otherwise be left behind unknown.
  std::chrono::milliseconds cancel_grace{0};
  ConnectionFacts* facts = nullptr;  // not owned; where what is seen of the connection goes, also when it fails
  // At most 5, never from https to http: any for GET and HEAD, 307 and 308 for others, whose body is then sent again.
  bool follow_redirects = true;
  // Where `url` may lead. Another origin that a redirect names may besides only be where AddressRule::named_from() lets
  // the one lead that named it.
  AddressRule addresses = AddressRule::everything();
};

struct Response {
  int status = 0;
  int attempts = 1;  // how often the request was sent until this answer stood
  std::string url;   // after redirects
  // Of what was dialled for `url`. Through a proxy: of the literal in it; a name is taken for global.
  AddressKind address = AddressKind::global;
  std::vector<Header> headers;  // names in lower case, in the order they came; of the last hop
  std::string body;             // empty when a sink took it

  // The first header of that (lower-case) name, or null.
  [[nodiscard]] const std::string* header(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> header_all(std::string_view name) const;
  [[nodiscard]] bool ok() const { return status >= 200 && status <= 299; }
};

}  // namespace berth::http
