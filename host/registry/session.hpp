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
  bool tls = true;   // false: plain http
  http::ClientOptions http;
  std::string actions = "pull,push";  // what tokens are asked for; "pull" where nothing may be created by asking
  std::string login_help{};           // what a login there takes, for the fix of errors; empty: nothing is known
};

class Session {
 public:
  // `cancellation` and `log` outlive the session. No connection is made yet.
  Session(const SessionOptions& options, CredentialChain& credentials, const base::Cancellation& cancellation,
          base::Log& log);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const std::string& host() const;
  // Where the API begins: "https://ghcr.example/v2/".
  [[nodiscard]] const std::string& api_url() const;
  // Whether the registry has accepted a credential so far.
  [[nodiscard]] bool has_logged_in() const;
  // The credential that requests carry once challenged; std::nullopt: none. Loads it; errors are CredentialChain's.
  [[nodiscard]] base::Result<std::optional<Credential>> current_credential();
  // Requests the token for `repository`, unless there is one. Returns its scope; std::nullopt: not challenged for one.
  base::Result<std::optional<std::string>> obtain_token(std::string_view repository);
  // The actions that the session's token grants on a repository ("pull"); nothing: there is none, or it does not tell.
  [[nodiscard]] std::optional<std::string> granted(std::string_view repository) const;
  // How long the registry still asks to be left alone (Retry-After of an answer that became an Error); 0: not at all.
  [[nodiscard]] std::chrono::milliseconds quiet_for() const;
  [[nodiscard]] const http::Limits& limits() const;

  // end-1. Whether this host speaks the distribution API and lets us in; not asked where another answer told already.
  // `within`: for a plugin, see TokenScope.
  base::Result<void> ping(std::optional<std::string> within = std::nullopt);

  // Verifies the credentials, and finds out whether they permit to push to `repository`, by requests that create
  // nothing: end-1, end-8a, and tokens. A token for pushing is requested without credentials, where the repository
  // exists, or with `side_effects`: some registries create a repository for one.
  // Errors: those of ping(); "auth.refused" for rejected credentials; "auth.denied" if a token lacks push;
  // "auth.required" if the registry challenges and there are no credentials, unless an anonymous token lists push.
  base::Result<Access> check_access(std::string_view repository, bool side_effects);

  // Sends end-1 without credentials, once, and stores the challenge: call it in parallel with slow work. Any status is
  // success.
  base::Result<void> begin();

  // end-2 (HEAD). Returns the blob's size, 0 if the registry does not report it; std::nullopt if there is no such blob.
  base::Result<std::optional<std::uint64_t>> blob_size(std::string_view repository, const oci::Digest& digest,
                                                       Need need = Need::required);
  // The same, sent once and with the timeout of a commit, for a blob whose size is known: whether the registry reports
  // that it has it. Another size counts as absent. An error means that it is not known.
  base::Result<bool> reports_blob(std::string_view repository, const BlobName& blob);
  // Whether the registry returns the first byte of a blob that it reports to have (end-2, GET with Range). HEAD and
  // mounts may be served from a cache that outlived the blob (distribution/distribution#4569). False only if it shows
  // that the bytes are missing; true also if it is not known, for example because reading is denied.
  bool has_blob_bytes(std::string_view repository, const BlobName& blob);
  // end-2 (GET). The caller hashes; at most the descriptor's size is written, more is class integrity.
  base::Result<void> fetch_blob(std::string_view repository, const oci::Descriptor& blob, http::BodySink& sink);

  // end-3. `reference` is a tag or a digest. Nothing: there is no such manifest.
  base::Result<std::optional<ManifestAnswer>> head_manifest(std::string_view repository, std::string_view reference,
                                                            Need need = Need::required);
  base::Result<std::optional<FetchedManifest>> fetch_manifest(std::string_view repository, std::string_view reference,
                                                              Need need = Need::required);
  // end-7. Succeeds also if the registry refuses a repetition of a request whose first response was lost, but the
  // manifest is there. Error code "push.manifest-refused": the registry may not accept the media type.
  base::Result<ManifestAnswer> put_manifest(std::string_view repository, std::string_view reference,
                                            std::string_view media_type, std::string_view bytes);

  // Opens an upload session, or finds that the registry reports to have the blob. Each request is sent once: the caller
  // retries (Error::max_attempts()).
  // With `blob`: POST with mount=DIGEST, from=`repository` (end-11), which looks for the blob and opens a session in
  // one request. 201: the blob exists. 202: session opened. If the registry does not support that, in whatever way it
  // fails, HEAD (end-2) and POST (end-4a) are used, from then on for every blob. Without `blob` (nullptr): POST
  // (end-4a).
  base::Result<UploadStart> start_upload(std::string_view repository, const BlobName* blob);
  // The following three send one request to the session's location. `upload` gets the next location, and the response's
  // status also if they fail. A Location at another host that cannot be used is replaced by the registry's own origin,
  // from then on for every blob, if its path is that of the distribution API.
  // end-5: sends `source` as one PATCH of unknown length. If the source fails, its error is returned, and the session
  // can still be deleted.
  base::Result<void> patch_upload(std::string_view repository, Upload& upload, http::BodySource& source);
  // end-5: sends the next bytes of the blob, with Content-Length and Content-Range.
  base::Result<void> patch_chunk(std::string_view repository, Upload& upload, std::string bytes);
  // end-6: closes the session with the digest; `source` is the whole blob (of more than kSmallBlob, an interruption
  // leaves a session that some registries cannot delete), or nullptr if it was sent by PATCH.
  base::Result<void> finish_upload(std::string_view repository, Upload& upload, const oci::Digest& digest,
                                   http::BodySource* source);
  // Whether one may push: opens a session (end-4a) and deletes it. In some registries that makes the repository.
  base::Result<void> probe_upload(std::string_view repository);

  // What a token for these actions ("pull,push") grants of them; nothing: the registry has no tokens, or they do not
  // tell. In some registries asking for push makes the repository.
  base::Result<std::optional<std::string>> ask_granted(std::string_view repository, std::string_view actions);
  // Whatever the status, at most 1 MiB.
  base::Result<http::Response> ask(const OwnQuestion& question);

  // Deletes an open session; best effort, bounded, also after cancellation. Whether the registry says it did: some want
  // another right for it than a token for pushing has.
  bool abandon_upload(std::string_view repository, const Upload& upload) noexcept;

 private:
  // Whether `reference` points to these bytes; false if it is not known.
  bool has_manifest(std::string_view repository, std::string_view reference, std::string_view bytes);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::registry
