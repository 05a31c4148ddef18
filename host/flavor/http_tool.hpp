// HttpTool: requests of a flavor, a batch at a time and all at once. TLS, proxies, retries, limits and redaction are
// host/http's; here is what a flavor may ask for, and how much. Safe from any thread.
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
  // Of `options` proxies and trust count. All others outlive it.
  HttpTool(const Permits& permits, http::ClientOptions options, const base::Cancellation& cancellation, base::Log& log)
      : permits_(permits), options_(std::move(options)), cancellation_(cancellation), log_(log) {}

  // {"requests": [{method, url, headers: [[name, value]], body, timeout_ms}]} to {"responses": [{status, headers, body,
  // error}]}, in that order. Redirects are not followed: where they lead may not be permitted. A batch with one request
  // that is not permitted, or makes no sense, is not sent at all: class trust, "flavor.denied"; class plugin,
  // "plugin.question"; class server, "http.url". `current` provides what placeholders in a body stand for; class auth,
  // code "auth.required": there is no credential.
  [[nodiscard]] base::Result<base::Json> send(const base::Json& question, const CurrentCredential& current) const;

 private:
  [[nodiscard]] base::Result<base::Secret> fill_in(http::Request& request, const CurrentCredential& current) const;
  [[nodiscard]] http::ClientPool& pool_for(std::chrono::milliseconds timeout) const;

  const Permits& permits_;
  const http::ClientOptions options_;
  const base::Cancellation& cancellation_;
  base::Log& log_;
  mutable std::mutex mutex_;
  mutable std::map<std::chrono::milliseconds, std::unique_ptr<http::ClientPool>> pools_;  // they keep connections
};

}  // namespace berth::flavor
