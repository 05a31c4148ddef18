// HostApi: the host services that flavors use, as an interface. SdkHostApi implements it with the
// SDK; tests implement it with recorded responses.
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
  // Executing it twice is harmless: it is sent again if its response was lost. Else a POST is sent
  // again only after 429 or 503 with Retry-After, so that what creates something must accept that
  // it exists already.
  bool repeatable = false;
};

// Timeout of metadata services, which most machines do not have.
inline constexpr std::int64_t kMetadataTimeout = 1000;

struct Response {
  int status = 0;  // HTTP status; 0: no response, `problem` has the reason
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string problem;

  // Returns the first value of a header, in any case; empty if it is missing.
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

struct File {
  bool found = false;
  std::string text;
  std::string problem;  // it exists, but cannot be read
};

struct Output {
  int status = -1;  // exit status; -1: it did not exit by itself, `problem` has the reason
  std::string out;
  std::string problem;
  std::string err{};       // what it printed on standard error
  bool is_missing{false};  // the program was not found
};

// Returns the reason of a failed response: `problem`, or "status 503".
std::string failure_of(const Response& response);
// Whether the server is busy or fails, which shows nothing about the credentials: 429 or 5xx.
bool is_busy(const Response& response);
// The user's next step then: "try again in 30 s", by the value of Retry-After.
std::string retry_fix(const std::string& seconds);
std::string retry_fix(const Response& response);
// Whether the service does not exist at this address: no response, or one that rejects the request
// permanently.
bool is_missing_service(const Response& response);
// "az ended with status 1: ERROR: …", with the last line of its standard error.
std::string failed_program(const std::string& program, const Output& output);

class HostApi {
 public:
  virtual ~HostApi() = default;

  // Sends the requests in parallel and returns one response for each, in their order. Status 0,
  // with the reason, for a request that is not permitted.
  virtual std::vector<Response> send(const std::vector<Request>& requests) = 0;
  // Returns an environment variable; std::nullopt if it is not set or empty.
  virtual std::optional<std::string> environment_variable(const std::string& name) = 0;
  // Reads a file; "~/" is the user's home directory.
  virtual File file(const std::string& path) = 0;
  // Runs a program with its arguments, without a shell.
  virtual Output run(const std::vector<std::string>& command) = 0;
  virtual std::string sha256(std::string_view bytes) = 0;
  virtual std::string hmac_sha256(std::string_view key, std::string_view bytes) = 0;
  // RSASSA-PKCS1-v1_5 with SHA-256; empty if the key is invalid.
  virtual std::string rs256(const std::string& pem_key, std::string_view bytes) = 0;
  // Sleeps. Counts towards the 5 s that a plugin function may take.
  virtual void pause(std::int64_t milliseconds) = 0;
  // Returns seconds since the Unix epoch.
  virtual std::int64_t now() = 0;

  Response send_one(const Request& request) { return std::move(send({request}).front()); }
};

}  // namespace berth::common
