// HostApi: what the flavors of clouds ask of the host, as an interface. At work it is the SDK's services
// (sdk_host_api.hpp); in tests it is a script.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::common {

struct Request {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::int64_t timeout_ms = 0;  // 0: the host's own limit
  // Executing it twice is harmless: it is sent again if its response was lost. Else a POST is sent again only after 429
  // or 503 with Retry-After, so that what creates something must accept that it exists already.
  bool repeatable = false;
};

// For what is not there on most machines: nobody waits for it on a laptop.
inline constexpr std::int64_t kMetadataTimeout = 1000;

struct Response {
  int status = 0;  // 0: there was no answer, and `problem` says why
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string problem;

  // The first value of a header, whatever the case of its name; empty: it is not there.
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

struct File {
  bool found = false;
  std::string text;
  std::string problem;  // it is there, but cannot be read
};

struct Output {
  int status = -1;  // exit status; -1: it did not run to its end, and `problem` says why
  std::string out;
  std::string problem;
  std::string err{};       // what it printed on standard error
  bool is_missing{false};  // there is no such program
};

// Why a response that is not ok() is none: `problem`, or "status 503".
std::string failure_of(const Response& response);
// Whether the server is busy or fails, which shows nothing about the credentials: 429 or 5xx.
bool is_busy(const Response& response);
// The user's next step then: "try again in 30 s", by Retry-After.
std::string retry_fix(const Response& response);
// "az ended with status 1: ERROR: …", with the last line of its standard error.
std::string failed_program(const std::string& program, const Output& output);

class HostApi {
 public:
  virtual ~HostApi() = default;

  // All at once; as many responses as requests, in their order. A request that may not be sent has no response, with
  // the reason.
  virtual std::vector<Response> send(const std::vector<Request>& requests) = 0;
  // Nothing: it is not set, or empty.
  virtual std::optional<std::string> environment_variable(const std::string& name) = 0;
  // "~/" begins the user's home.
  virtual File file(const std::string& path) = 0;
  // The program and its arguments, without a shell.
  virtual Output run(const std::vector<std::string>& command) = 0;
  virtual std::string sha256(std::string_view bytes) = 0;
  virtual std::string hmac_sha256(std::string_view key, std::string_view bytes) = 0;
  // RSASSA-PKCS1-v1_5 with SHA-256; empty: the key is none.
  virtual std::string rs256(const std::string& pem_key, std::string_view bytes) = 0;
  // Waits. A flavor has 5 s of its own in one call, and this is of them.
  virtual void pause(std::int64_t milliseconds) = 0;
  // Seconds since 1970-01-01T00:00:00Z.
  virtual std::int64_t now() = 0;

  Response send_one(const Request& request) { return std::move(send({request}).front()); }
};

}  // namespace berth::common
