// State shared by all steps of the protocol: connections, authentication, and the conversion of unexpected responses
// to errors.
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

// Returns whether the response is a web page for people: then it is not from a registry, whatever its status.
bool is_web_page(const http::Response& response);

// Returns whether the registry rejected `digest` because it does not support the digest's algorithm.
bool is_unknown_algorithm(const http::Response& response, const oci::Digest& digest);

// Returns the value of Accept for manifests.
std::string accepted_manifests();

struct Session::State {
  State(const SessionOptions& options, CredentialChain& credentials, const base::Cancellation& cancellation,
        base::Log& log);

  // Returns a URL below /v2/.
  [[nodiscard]] std::string url(std::string_view path) const;
  // Sends `request`, and again as long as a challenge can be handled. At the session's own origin it is authorized
  // for `repository` (empty: for no repository). Another origin (of an upload's location) is subject to
  // AddressRule::named_from().
  base::Result<http::Response> send(http::Request& request, std::string_view repository, Need need = Need::required) {
    TokenScope scope{scope_of(repository)};
    if (need == Need::restricted) scope.within = std::string(repository);
    return send(request, scope, need);
  }
  base::Result<http::Response> send(http::Request& request, const TokenScope& scope, Need need = Need::required);
  // Returns whether to send the request again: with credentials, or with new ones in place of rejected or expired
  // ones. False if the response is not a refusal, or cannot be handled. An unauthenticated request that was refused
  // without a challenge (401, 403, 404) is sent with credentials if GET /v2/ returns a challenge.
  base::Result<bool> handle_refusal(const http::Request& request, const http::Response& response,
                                    const TokenScope& scope, AuthState& auth);
  base::Result<void> handle_unauthorized(const http::Request& request, const http::Response& response,
                                         const TokenScope& scope, AuthState& auth);
  // Records what the final response to an authorized request shows about its credentials. `refused`: the same request
  // was refused without them.
  void observe_authorized(const http::Request& request, const http::Response& response, bool refused);
  // Returns whether `request` got 403 because its credential had expired, and a new one is in use.
  base::Result<bool> renew_expired(const http::Request& request, const http::Response& response,
                                   const TokenScope& scope, AuthState& auth);
  // Returns "repository:a/b:pull,push".
  [[nodiscard]] std::string scope_of(std::string_view repository) const;
  // Returns the error for a response that the step does not handle: "registry.not-a-registry", or the error of the
  // status.
  base::Error unexpected(const http::Response& response, std::string_view code, std::string_view what,
                         http::Method method, std::string_view repository);
  // Checks by GET /v2/ that this host is a registry. Errors: "registry.not-a-registry", "registry.ping-…".
  base::Result<void> check_speaks_distribution();
  base::Result<void> check_is_registry(const http::Response& response);
  // Adds the registry's error message to the error of a refused HEAD, whose response has no body. It comes from GET
  // /v2/ with the same credentials (nullptr: without).
  base::Error with_message(base::Error error, const base::Secret* sent);
  // Returns the response to GET /v2/ without credentials. The request is sent once; its result is kept, also if it
  // failed.
  base::Result<const http::Response*> first_answer();
  // The cases of Session::check_access(): no credentials; credentials that were required; other credentials.
  base::Result<Access> check_anonymous_access(const TokenScope& push);
  base::Result<bool> check_push_granted(std::string_view repository, const TokenScope& push, bool side_effects);
  base::Result<void> verify_credential(std::string_view repository);
  base::Result<void> verify_unasked();
  // Returns whether the registry lists a tag of `repository`; false if not known. Fails if the credentials are
  // rejected.
  base::Result<bool> has_tags(std::string_view repository);
  // Records the response to GET /v2/ without credentials.
  void observe_ping(const http::Response& response);
  // Records whether a response of the session's own origin confirms access. Call it for GET /v2/ without credentials;
  // for other requests only if there are no credentials, or verified ones: a response that anyone gets does not show
  // that credentials are accepted.
  void note(const http::Response& response);
  // Returns whether the response is from this session's origin. Another origin, to which a request was redirected,
  // does not decide where credentials are sent.
  [[nodiscard]] bool is_own(const http::Response& response) const;
  [[nodiscard]] base::Error rejected_elsewhere(const http::Response& response, std::string_view code) const;
  // Returns the error for a request that the registry rejected, without checking again whether the host is a
  // registry.
  base::Error rejected(const http::Response& response, std::string_view code, std::string_view what,
                       http::Method method, std::string_view repository);

  // end-2 (HEAD), with the retries and timeouts of `request`.
  base::Result<std::optional<std::uint64_t>> head_blob(http::Request request, std::string_view repository,
                                                       const oci::Digest& digest, Need need);
  // Looks for a blob, and opens a session, by a mount from the same repository. std::nullopt if the registry does not
  // support that.
  base::Result<std::optional<UploadStart>> try_mount(std::string_view repository, const oci::Digest& digest);
  // Returns the next location as an absolute URL; see upload_location().
  base::Result<std::string> next_location(const http::Response& response, std::string_view repository) const;
  // Updates `upload` after a PATCH of `sent` bytes succeeded.
  base::Result<void> advance(Upload& upload, const http::Response& response, std::string_view repository,
                             std::uint64_t sent) const;
  // Sends a request of an upload session to its location; `digest` if the request closes the session, else nullptr.
  // Updates Upload::status, and Upload::location if it was repaired.
  base::Result<http::Response> send_to(Upload& upload, http::Request& request, std::string_view repository,
                                       const oci::Digest* digest);
  // Returns the error for a request of an upload session that the registry rejected.
  base::Error upload_rejected(const http::Response& response, http::Method method, std::string_view repository);

  std::string host;
  http::Origin origin;
  std::string base_url;
  std::string actions;
  http::Limits limits;
  http::ClientPool pool;
  Authorizer authorizer;
  base::Cancellation never;  // for clean-up, which continues after cancellation with its own limits
  http::ClientPool cleanup_pool;
  std::atomic<bool> mount_refused{false};
  std::atomic<bool> foreign_locations_fail{false};  // Location names a host that clients cannot use
  std::mutex first_mutex;
  std::optional<base::Result<http::Response>> first;               // guarded by first_mutex
  std::atomic<bool> ping_refused{false};                           // GET /v2/ without credentials: 401 or 403
  std::atomic<bool> requires_nothing{false};                       // GET /v2/ without credentials: 200
  std::atomic<bool> let_in{false};                                 // a registry responded that grants access
  std::atomic<http::AddressKind> address;                          // last seen address of this host
  std::atomic<std::chrono::steady_clock::duration> quiet_until{};  // since the clock's epoch
};

}  // namespace berth::registry
