// Session: the OCI distribution API of one registry host. One function per request or protocol step; each names its
// endpoint in OCI distribution-spec 1.1. Thread-safe.
// Errors: auth (401), denied (403), not-found (404), network, stall, server; Error::registry() is the registry's
// message. Not a registry: class server, code "registry.not-a-registry".
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "http/client.hpp"
#include "oci/descriptor.hpp"
#include "oci/manifest.hpp"
#include "registry/credentials.hpp"
#include "registry/session_values.hpp"
#include "registry/upload.hpp"

namespace berth::registry {

struct SessionOptions {
  std::string host;  // "localhost:5000"
  bool tls = true;   // false: HTTP without TLS
  http::ClientOptions http;
  std::string actions = "pull,push";  // for tokens; "pull" if requesting push could create a repository
  std::string login_help{};           // which credentials the registry expects, for the fix of errors; empty: unknown
};

class Session {
 public:
  // `cancellation` and `log` must outlive the session. Opens no connection.
  Session(const SessionOptions& options, CredentialChain& credentials, const base::Cancellation& cancellation,
          base::Log& log);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const std::string& host() const;
  // Returns the URL of the API: "https://registry.example/v2/".
  [[nodiscard]] const std::string& api_url() const;
  // Returns whether the registry has accepted a credential so far.
  [[nodiscard]] bool has_logged_in() const;
  // Returns the credential that is sent once the registry challenges; std::nullopt without one. Loads it if no
  // request did so yet. Errors: those of CredentialChain.
  [[nodiscard]] base::Result<std::optional<Credential>> current_credential();
  // Requests a token for `repository`, unless there is one. Returns the token's scope; std::nullopt if the registry
  // has not challenged for a token.
  base::Result<std::optional<std::string>> obtain_token(std::string_view repository);
  // Returns the actions that the session's token grants on a repository ("pull"); std::nullopt without a token, or if
  // it does not list them.
  [[nodiscard]] std::optional<std::string> granted(std::string_view repository) const;
  // Returns how much longer the registry asks clients to wait (Retry-After of a response that became an Error); 0 if
  // it does not ask, or the time has passed.
  [[nodiscard]] std::chrono::milliseconds quiet_for() const;
  [[nodiscard]] const http::Limits& limits() const;

  // end-1: checks that this host implements the distribution API and accepts the credentials. Sends no request if an
  // earlier response has shown both. `within`: for requests of a plugin, see TokenScope::within.
  base::Result<void> ping(std::optional<std::string> within = std::nullopt);

  // Verifies the credentials and checks whether they permit pushing to `repository`, without creating anything: sends
  // end-1, end-8a and token requests. A token for push is requested only without credentials, if the repository
  // exists, or with `side_effects`: some registries create the repository for such a request.
  // Errors: those of ping(); "auth.refused" for rejected credentials; "auth.denied" if a token lacks push;
  // "auth.required" if the registry challenges and there are no credentials, unless an anonymous token lists push.
  base::Result<Access> check_access(std::string_view repository, bool side_effects);

  // Sends end-1 without credentials, once, and stores the challenge: call it in parallel with slow work. Any status is
  // success.
  base::Result<void> begin();

  // end-2 (HEAD). Returns the blob's size, 0 if the registry does not report it; std::nullopt if the blob does not
  // exist.
  base::Result<std::optional<std::uint64_t>> blob_size(std::string_view repository, const oci::Digest& digest,
                                                       Need need = Need::required);
  // The same, sent once and with the timeout of a commit: returns whether the registry reports that it has the blob.
  // A blob of another size counts as missing. An error means that it is not known.
  base::Result<bool> reports_blob(std::string_view repository, const BlobName& blob);
  // Returns whether the registry returns the first byte of a blob that it reports to have (end-2, GET with Range).
  // HEAD and mounts may be served from a cache that outlived the blob (distribution/distribution#4569). False only if
  // the bytes are shown to be missing; true also if it is not known, for example because reading is denied.
  bool has_blob_bytes(std::string_view repository, const BlobName& blob);
  // end-2 (GET). The caller computes the digest. Bytes beyond the descriptor's size are class integrity.
  base::Result<void> fetch_blob(std::string_view repository, const oci::Descriptor& blob, http::BodySink& sink);

  // end-3. `reference` is a tag or a digest. std::nullopt if the manifest does not exist.
  base::Result<std::optional<ManifestAnswer>> head_manifest(std::string_view repository, std::string_view reference,
                                                            Need need = Need::required);
  base::Result<std::optional<FetchedManifest>> fetch_manifest(std::string_view repository, std::string_view reference,
                                                              Need need = Need::required);
  // end-7. If the first response was lost and the registry refuses the repeated request, succeeds if the manifest
  // exists. Error code "push.manifest-refused": the registry may not accept the media type.
  base::Result<ManifestAnswer> put_manifest(std::string_view repository, std::string_view reference,
                                            std::string_view media_type, std::string_view bytes);

  // Opens an upload session, or finds that the registry reports to have the blob. Each request is sent once: the caller
  // retries (Error::max_attempts()).
  // With `blob`: POST with mount=DIGEST, from=`repository` (end-11), which looks for the blob and opens a session in
  // one request. 201: the blob exists. 202: session opened. If the registry does not support that, in whatever way it
  // fails, HEAD (end-2) and POST (end-4a) are used, from then on for every blob. Without `blob` (nullptr): POST
  // (end-4a).
  base::Result<UploadStart> start_upload(std::string_view repository, const BlobName* blob);
  // Each of the next three functions sends one request to the session's location and stores the next location in
  // `upload`; also the response's status if the request failed. If Location names another host that cannot be used,
  // and its path is one of the distribution API, the registry's own origin is used instead, from then on for every
  // blob.
  // end-5: sends `source` as one PATCH without Content-Length. If the source fails, its error is returned, and the
  // session can still be deleted.
  base::Result<void> patch_upload(std::string_view repository, Upload& upload, http::BodySource& source);
  // end-5: sends the next bytes of the blob, with Content-Length and Content-Range.
  base::Result<void> patch_chunk(std::string_view repository, Upload& upload, std::string bytes);
  // end-6: closes the session with the digest. `source` is the whole blob, or nullptr if the blob was sent by PATCH.
  // If a request with more than kSmallBlob bytes is interrupted, some registries cannot delete the session any more.
  base::Result<void> finish_upload(std::string_view repository, Upload& upload, const oci::Digest& digest,
                                   http::BodySource* source);
  // Checks for push access: opens a session (end-4a) and deletes it. Some registries create the repository for it.
  base::Result<void> probe_upload(std::string_view repository);

  // Requests a token for `actions` ("pull,push"). Returns which of them it grants; std::nullopt if the registry does
  // not use tokens, or the token does not list them. Some registries create the repository if push is requested.
  base::Result<std::optional<std::string>> ask_granted(std::string_view repository, std::string_view actions);
  // Sends a plugin's request. Returns the response whatever its status is; its body is limited to 1 MiB.
  base::Result<http::Response> ask(const OwnQuestion& question);

  // Deletes an upload session. Best effort, with short timeouts, also after cancellation. Returns true if the
  // registry confirmed it; some registries require an action that a token for pushing does not include.
  bool abandon_upload(std::string_view repository, const Upload& upload) noexcept;

 private:
  // Returns whether `reference` points to these bytes; false if that is not known.
  bool has_manifest(std::string_view repository, std::string_view reference, std::string_view bytes);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::registry
