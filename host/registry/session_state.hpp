// What all steps of the protocol share: connections, authentication, and the way an unexpected answer becomes an Error.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "http/client.hpp"
#include "http/origin.hpp"
#include "registry/api_error.hpp"
#include "registry/authorizer.hpp"
#include "registry/session.hpp"

namespace berth::registry {

// A page for people: no answer of a registry, whatever its status.
bool is_web_page(const http::Response& response);

// Whether the registry refused `digest` as it refuses any of an algorithm that it does not support.
bool is_unknown_algorithm(const http::Response& response, const oci::Digest& digest);

// The value of Accept for manifests.
std::string accepted_manifests();

struct Session::State {
  State(const SessionOptions& options, CredentialChain& credentials, const base::Cancellation& cancellation,
        base::Log& log);

  // A URL below /v2/.
  [[nodiscard]] std::string url(std::string_view path) const;
  // Sends `request`, authorized for `repository` (empty: for none) if it goes to the session's own origin, and again as
  // long as a challenge can be handled. Another origin (of an upload's location) is subject to
  // AddressRule::named_from().
  base::Result<http::Response> send(http::Request& request, std::string_view repository, Need need = Need::required) {
    TokenScope scope{scope_of(repository)};
    if (need == Need::restricted) scope.within = std::string(repository);
    return send(request, scope, need);
  }
  base::Result<http::Response> send(http::Request& request, const TokenScope& scope, Need need = Need::required);
  // Whether the request is to be sent again: with credentials, or with those that replaced rejected or expired ones.
  // False for a response that is not a refusal, or one that nothing can be done about. An unauthenticated request that
  // was refused without a challenge (401, 403, 404) is sent with credentials if GET /v2/ has one.
  base::Result<bool> handle_refusal(const http::Request& request, const http::Response& response,
                                    const TokenScope& scope, Need need, AuthState& auth);
  base::Result<void> handle_unauthorized(const http::Request& request, const http::Response& response,
                                         const TokenScope& scope, Need need, AuthState& auth);
  // Records what the final response to an authorized request shows of its credentials. `refused`: the same request was
  // refused without them.
  void observe_authorized(const http::Request& request, const http::Response& response, bool refused);
  // Whether a 403 to `request` came because its credential had expired, and another is in its place now.
  base::Result<bool> renew_expired(const http::Request& request, const http::Response& response,
                                   const TokenScope& scope, AuthState& auth);
  // "repository:a/b:pull,push"
  [[nodiscard]] std::string scope_of(std::string_view repository) const;
  // The error of an answer that is none of those the step knows: a host that is no registry, else by status.
  base::Error unexpected(const http::Response& response, std::string_view code, std::string_view what,
                         http::Method method, std::string_view repository);
  // Whether this host is a registry, by GET /v2/. Errors: "registry.not-a-registry", "registry.ping-…".
  base::Result<void> check_speaks_distribution();
  base::Result<void> check_is_registry(const http::Response& response);
  // The error of a refused HEAD, whose response has no body, with the registry's message to GET /v2/ with the same
  // credentials (nullptr: without).
  base::Error with_message(base::Error error, const base::Secret* sent);
  // The answer to GET /v2/ as nobody, asked once, whatever came of it.
  base::Result<const http::Response*> first_answer();
  // The parts of Session::check_access(): without credentials, with some that were required, with others.
  base::Result<Access> check_anonymous_access(const TokenScope& push);
  base::Result<bool> check_push_granted(std::string_view repository, const TokenScope& push, bool side_effects);
  base::Result<void> verify_credential(std::string_view repository);
  base::Result<void> verify_unasked();
  // Whether the registry lists a tag of `repository`; false if it is not known. Error: the credentials are rejected.
  base::Result<bool> has_tags(std::string_view repository);
  // Records the response to GET /v2/ without credentials.
  void observe_ping(const http::Response& response);
  // Remembers what an answer of the session's own origin tells, to a login or to nobody at /v2/: what else everybody
  // may read says nothing of who is let in.
  void note(const http::Response& response);
  // Whether the response is of this session's origin: another one, to which a request was redirected, does not decide
  // where its credentials go.
  [[nodiscard]] bool is_own(const http::Response& response) const;
  [[nodiscard]] base::Error rejected_elsewhere(const http::Response& response, std::string_view code) const;
  // The error of a response by which the registry rejected a request, without asking it again whether it is one.
  base::Error rejected(const http::Response& response, std::string_view code, std::string_view what,
                       http::Method method, std::string_view repository);

  // end-2 (HEAD), with the retries and timeouts of `request`.
  base::Result<std::optional<std::uint64_t>> head_blob(http::Request request, std::string_view repository,
                                                       const oci::Digest& digest, Need need);
  // Looks for a blob, and opens a session, by a mount from the same repository. std::nullopt if the registry does not
  // support that.
  base::Result<std::optional<UploadStart>> try_mount(std::string_view repository, const oci::Digest& digest);
  // Returns an absolute URL; see upload_location().
  base::Result<std::string> next_location(const http::Response& response, std::string_view repository) const;
  // Updates `upload` after a PATCH of `sent` bytes succeeded.
  base::Result<void> advance(Upload& upload, const http::Response& response, std::string_view repository,
                             std::uint64_t sent) const;
  // Sends a request of an upload session to its location; with `digest` (else nullptr), to close it. Updates
  // Upload::status, and Upload::location if it was repaired.
  base::Result<http::Response> send_to(Upload& upload, http::Request& request, std::string_view repository,
                                       const oci::Digest* digest);
  // The error of a response by which the registry rejected a request of an upload session.
  base::Error upload_rejected(const http::Response& response, http::Method method, std::string_view repository);

  std::string host;
  http::Origin origin;
  std::string base_url;
  std::string actions;
  http::Limits limits;
  http::ClientPool pool;
  Authorizer authorizer;
  base::Cancellation never;  // clean-up goes on after cancellation, with limits of its own
  http::ClientPool cleanup_pool;
  std::atomic<bool> mount_refused{false};
  std::atomic<bool> foreign_locations_fail{false};  // Location names a host that clients cannot use
  std::mutex first_mutex;
  std::optional<base::Result<http::Response>> first;               // guarded by it
  std::atomic<bool> ping_refused{false};                           // GET /v2/ without credentials: 401 or 403
  std::atomic<bool> requires_nothing{false};                       // GET /v2/ without credentials: 200
  std::atomic<bool> let_in{false};                                 // a registry, and one that lets us in, answered
  std::atomic<http::AddressKind> address;                          // where this host was last seen to be
  std::atomic<std::chrono::steady_clock::duration> quiet_until{};  // since the clock's epoch
};

}  // namespace berth::registry
