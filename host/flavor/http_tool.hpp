// HttpTool: sends the HTTP requests of a flavor (service http/1). The requests of a batch are sent
// in parallel. This class checks permissions and limits; host/http handles TLS, proxies, retries
// and redaction. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>

#include "base/cancellation.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "flavor/credential_placeholders.hpp"
#include "flavor/permits.hpp"
#include "http/client.hpp"

namespace berth::flavor {

class HttpTool {
 public:
  // From `options`, proxies and trusted certificates are used; the limits are replaced. References
  // must outlive this object.
  HttpTool(const Permits& permits, http::ClientOptions options, const base::Cancellation& cancellation, base::Log& log)
      : permits_(permits), options_(std::move(options)), cancellation_(cancellation), log_(log) {}

  // Sends a batch: {"requests": [{method, url, headers: [[name, value]], body, timeout_ms,
  // repeatable}]}. Returns {"status", "responses": [{status, headers, body} or {status: 0,
  // error}]}, in the order of the requests. Redirects are not followed, because their target may
  // not be permitted.
  // If one request is not permitted or malformed, none is sent. Errors: class trust, code
  // "flavor.denied"; class plugin, code "plugin.question"; class server, code "http.url". `current`
  // returns the credential for placeholders in a body; class auth, code "auth.required": there are
  // no credentials.
  [[nodiscard]] base::Result<base::Json> send(const base::Json& question, const CurrentCredential& current) const;

 private:
  [[nodiscard]] base::Result<base::Secret> fill_in(http::Request& request, const CurrentCredential& current) const;
  [[nodiscard]] http::ClientPool& pool_for(std::chrono::milliseconds timeout) const;

  const Permits& permits_;
  const http::ClientOptions options_;
  const base::Cancellation& cancellation_;
  base::Log& log_;
  mutable std::mutex mutex_;
  mutable std::map<std::chrono::milliseconds, std::unique_ptr<http::ClientPool>> pools_;  // by timeout
};

}  // namespace berth::flavor
