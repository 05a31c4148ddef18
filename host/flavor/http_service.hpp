// HttpService: sends the HTTP requests of a flavor (service http/1). The requests of a batch are
// sent in parallel. This class checks permissions and limits; host/http handles TLS, proxies,
// retries and redaction. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "channel/http_call.hpp"
#include "flavor/credential_placeholders.hpp"
#include "flavor/permission_policy.hpp"
#include "http/client.hpp"

namespace berth::flavor {

class HttpService {
 public:
  // From `options`, proxies and trusted certificates are used; the limits are replaced. References
  // must outlive this object.
  HttpService(const PermissionPolicy& permits, http::ClientOptions options,
              const base::Cancellation& cancellation, base::Log& log)
      : permits_(permits), options_(std::move(options)), cancellation_(cancellation), log_(log) {}

  // Sends a batch and returns a response for each request, in their order. Redirects are not
  // followed, because their target may not be permitted. Without an HTTP response, the status is 0,
  // and `error` has the reason. `current` returns the credential for placeholders in a body. If one
  // request is not permitted or malformed, none is sent. Errors: class trust, code "flavor.denied";
  // class plugin, code "plugin.question"; class server, code "http.url"; class auth, code
  // "auth.required": there are no credentials for a placeholder.
  [[nodiscard]] base::Result<channel::SendHttp::Response> send(
      const channel::SendHttp::Request& batch, const CurrentCredential& current) const;

 private:
  [[nodiscard]] base::Result<base::Secret> fill_in(http::Request& request,
                                                   const CurrentCredential& current) const;
  [[nodiscard]] http::ClientPool& pool_for(std::chrono::milliseconds timeout) const;

  const PermissionPolicy& permits_;
  const http::ClientOptions options_;
  const base::Cancellation& cancellation_;
  base::Log& log_;
  mutable std::mutex mutex_;
  mutable std::map<std::chrono::milliseconds, std::unique_ptr<http::ClientPool>>
      pools_;  // by timeout
};

}  // namespace berth::flavor
