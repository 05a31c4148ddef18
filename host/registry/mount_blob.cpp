#include "registry/mount_blob.hpp"

#include <fmt/format.h>

#include "registry/response_error.hpp"
#include "registry/upload.hpp"

namespace berth::registry {
namespace {

bool names_session(const http::Response& response) {
  return response.header("location") != nullptr || response.header("docker-upload-uuid") != nullptr;
}

}  // namespace

http::Request session_request(std::string url) {
  http::Request request;
  request.method = http::Method::post;
  request.url = std::move(url);
  request.retry = http::Retry::never;
  request.response_timeout = commit_timeout(0);
  request.cancel_grace = kLocationGrace;
  return request;
}

bool concerns_all_requests(const base::Error& error) {
  switch (error.error_class()) {
    case base::ErrorClass::auth:
    case base::ErrorClass::interrupted:
      return true;
    case base::ErrorClass::network:
      return error.code() != "http.lost";
    default:
      return error.code() == "http.connect-timeout";
  }
}

// Registries fail in many ways: 500 or 501 (regclient/regclient#398,
// google/go-containerregistry#1406), 405 (oras-project/oras#1892).
base::Result<MountResponse> mount_blob(AuthenticatedClient& client, std::string_view repository,
                                       const oci::Digest& digest, std::string_view from) {
  const bool other = from != repository;
  auto request = session_request(client.url(
      fmt::format("{}/blobs/uploads/?mount={}&from={}", repository, digest.str(), from)));
  const TokenScope scope{
      .scope = client.scope_of(repository),
      .mount_scope = other ? fmt::format("repository:{}:pull", from) : std::string()};
  auto response = client.send(request, scope, other ? Need::optional : Need::required);
  if (!response) {
    const auto& error = response.error();
    const bool is_refusal = other && error.error_class() == base::ErrorClass::auth;
    if (concerns_all_requests(error) && !is_refusal) return error.clone();
    // A timeout ends this attempt; the next one does not use a mount.
    if (error.error_class() == base::ErrorClass::stall) return error.clone();
    return MountResponse();
  }
  if (response->status == 201) return MountResponse{MountResponse::State::mounted, {}};
  if (response->status == 202 && names_session(*response))
    return MountResponse{MountResponse::State::session, std::move(*response)};
  if (response->status == 429 || response->status == 408)
    return rejected_response(client, *response,
                             {.code = "push.blob",
                              .what = "upload",
                              .method = request.method,
                              .repository = repository});
  return MountResponse();
}

bool MountHistory::allows(const std::string& from) const {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(from);
  return found == seen_.end() || found->second.mounted || !found->second.failed;
}

void MountHistory::observe(const std::string& from, bool mounted) {
  const std::lock_guard lock(mutex_);
  auto& seen = seen_[from];
  (mounted ? seen.mounted : seen.failed) = true;
}

}  // namespace berth::registry
