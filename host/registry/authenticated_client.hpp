// AuthenticatedClient: sends requests to one registry with the credentials that it requires. Knows
// nothing of blobs and manifests: RegistryClient's parts are built on it. A request is sent without
// credentials until the registry challenges. A rejected request (401, 403, or 404 from a registry
// that hides what it denies) is sent again with credentials, or with others, as long as Authorizer
// has any. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "http/client.hpp"
#include "http/origin.hpp"
#include "registry/authorizer.hpp"

namespace berth::registry {

struct RegistryOptions {
  std::string host;  // "localhost:5000"
  bool tls = true;   // false: HTTP without TLS
  http::ClientOptions http = {};
  std::string actions =
      "pull,push";  // for tokens; "pull" if requesting push could create a repository
  std::string login_help =
      {};  // which credentials the registry expects, for the fix of errors; empty: unknown
};

// Whether the caller needs the response. If an optional request is rejected, the credentials stay
// in use. `restricted`: optional, for a plugin; a challenge cannot extend its token to another
// repository, or to writing.
enum class Need { required, optional, restricted };

class AuthenticatedClient {
 public:
  // Opens no connection. References must outlive the client.
  AuthenticatedClient(const RegistryOptions& options, CredentialChain& credentials,
                      const base::Cancellation& cancellation, base::Log& log);

  [[nodiscard]] const std::string& host() const { return host_; }  // for messages
  [[nodiscard]] const http::Origin& origin() const { return origin_; }
  [[nodiscard]] const std::string& api_url() const {
    return api_url_;
  }  // "https://registry.example/v2/"
  [[nodiscard]] const http::Limits& limits() const { return limits_; }
  [[nodiscard]] Authorizer& authorizer() { return authorizer_; }
  // Returns the address kind of the registry's host, as last seen.
  [[nodiscard]] http::AddressKind address() const { return address_; }
  // Returns the URL of `path` below /v2/.
  [[nodiscard]] std::string url(std::string_view path) const {
    return api_url_ + std::string(path);
  }
  // Returns "repository:a/b:pull,push", with the actions of RegistryOptions; empty for an empty
  // repository.
  [[nodiscard]] std::string scope_of(std::string_view repository) const;

  // Sends `request` with a token for `scope`, and again as long as a rejection can be handled.
  // Returns the response whatever its status is; the errors are those of http::Client::send() and
  // Authorizer. A request to another origin (the location of an upload) is sent without
  // credentials, to addresses that AddressPolicy::allowed_from() allows. `request` keeps the
  // headers of the last attempt.
  base::Result<http::Response> send(http::Request& request, const TokenScope& scope,
                                    Need need = Need::required);
  // The same for the actions of RegistryOptions on `repository`; empty: without a repository.
  base::Result<http::Response> send(http::Request& request, std::string_view repository,
                                    Need need = Need::required);
  // Sends `request` once as it is, without adding credentials or handling a rejection.
  base::Result<http::Response> send_unmodified(const http::Request& request) {
    return pool_.send(request);
  }
  // Returns the response to GET /v2/ (end-1) without credentials. Sent once; the result is kept,
  // also an error. Its challenge applies to all later requests.
  base::Result<const http::Response*> ping_response();

  // Returns whether a response has shown that the host is a registry and accepts the credentials,
  // or requires none.
  [[nodiscard]] bool access_confirmed() const { return access_confirmed_; }
  void confirm_access() { access_confirmed_ = true; }
  // Records the 401 to a GET /v2/ that the caller sent with send_unmodified().
  void observe_rejected_ping(const http::Response& response);
  // Returns whether the response is from the registry's own origin, not from one that it redirected
  // to.
  [[nodiscard]] bool is_own(const http::Response& response) const;

  // Returns how much longer the registry asks clients to wait (Retry-After of a rejected request);
  // 0 if it does not ask, or the time has passed.
  [[nodiscard]] std::chrono::milliseconds retry_after() const;
  void observe_retry_after(const http::Response& response);

 private:
  base::Result<bool> handle_rejection(const http::Request& request, const http::Response& response,
                                      const TokenScope& scope, AuthState& auth);
  base::Result<void> handle_unauthorized(const http::Request& request,
                                         const http::Response& response, const TokenScope& scope,
                                         AuthState& auth);
  base::Result<bool> renew_expired(const http::Request& request, const http::Response& response,
                                   const TokenScope& scope, AuthState& auth);
  base::Error with_message(base::Error error, const base::Secret* sent);
  void observe_authorized(const http::Request& request, const http::Response& response,
                          bool rejected);
  void observe_ping(const http::Response& response);
  void record_access(const http::Response& response);

  std::string host_;
  http::Origin origin_;
  std::string api_url_;
  std::string actions_;
  http::Limits limits_;
  http::ClientPool pool_;
  Authorizer authorizer_;
  std::mutex ping_mutex_;
  std::optional<base::Result<http::Response>> ping_;  // guarded by ping_mutex_
  std::atomic<bool> ping_rejected_{false};            // GET /v2/ without credentials: 401 or 403
  std::atomic<bool> ping_accepted_{false};            // GET /v2/ without credentials: 2xx
  std::atomic<bool> access_confirmed_{false};
  std::atomic<http::AddressKind> address_;
  std::atomic<std::chrono::steady_clock::duration> retry_not_before_{};  // since the clock's epoch
};

}  // namespace berth::registry
