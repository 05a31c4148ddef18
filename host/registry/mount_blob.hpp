// Mounts a blob (OCI distribution-spec 1.1, end-11): the registry makes a blob of one repository
// available in another without an upload. With the repository itself as the other one, the request
// finds the blob there, or opens an upload session. Part of UploadClient. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "oci/digest.hpp"
#include "registry/authenticated_client.hpp"

namespace berth::registry {

// POST without a body, to open an upload session or to mount a blob. It is sent once: the caller
// retries.
http::Request session_request(std::string url);

// Returns whether other requests would fail too: no connection, not authenticated, interrupted.
bool concerns_all_requests(const base::Error& error);

struct MountResponse {
  enum class State {
    mounted,  // 201
    session,  // 202 with the location of a session: the registry did not mount the blob
    refused,  // any other response or failure
  };
  State state = State::refused;
  http::Response response = {};  // of `session`
};

// Requests that `repository` gets the blob from the repository `from`. Mounting only saves an
// upload: it fails only if the registry asks to wait, if it did not respond in time, and with
// errors that concern all requests. From another repository, the request is optional: the
// credentials stay in use if its token is refused or rejected.
base::Result<MountResponse> mount_blob(AuthenticatedClient& client, std::string_view repository,
                                       const oci::Digest& digest, std::string_view from);

// Which repositories a registry has mounted blobs from in this run. After a failure, a repository
// is used again only if a mount from it has succeeded before.
class MountHistory {
 public:
  [[nodiscard]] bool allows(const std::string& from) const;
  void observe(const std::string& from, bool mounted);

 private:
  struct Seen {
    bool mounted = false;
    bool failed = false;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Seen> seen_;  // guarded by mutex_
};

}  // namespace berth::registry
