// Opens and deletes upload sessions.
#include <fmt/format.h>

#include "registry/session_state.hpp"
#include "registry/upload_location.hpp"

namespace berth::registry {
namespace {

// If a push is interrupted while a session is being opened, its location is needed to delete it.
constexpr std::chrono::milliseconds kLearnLocation{400};

http::Request post_request(std::string url) {
  http::Request request;
  request.method = http::Method::post;
  request.url = std::move(url);
  request.retry = http::Retry::never;
  request.response_timeout = commit_timeout(0);
  request.cancel_grace = kLearnLocation;
  return request;
}

std::uint64_t min_chunk_size(const http::Response& response) {
  const auto* least = response.header("oci-chunk-min-length");
  return least != nullptr ? std::strtoull(least->c_str(), nullptr, 10) : 0;
}

bool names_session(const http::Response& response) {
  return response.header("location") != nullptr || response.header("docker-upload-uuid") != nullptr;
}

// Returns whether other requests would fail too: no connection, not authenticated, interrupted.
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

}  // namespace

// A mount only saves a request: if it fails in any way, the usual requests are used (regclient/regclient#398,
// google/go-containerregistry#1406: 500 or 501; oras-project/oras#1892: 405). Retried only if the registry asks to
// wait.
base::Result<std::optional<UploadStart>> Session::State::try_mount(std::string_view repository,
                                                                   const oci::Digest& digest) {
  auto request =
      post_request(url(fmt::format("{}/blobs/uploads/?mount={}&from={}", repository, digest.str(), repository)));
  const auto response = send(request, repository);
  if (!response && concerns_all_requests(response.error())) return response.error().clone();
  if (response && response->status == 201) return std::optional(UploadStart{true, {}});
  if (response && response->status == 202 && names_session(*response)) {
    UploadStart start;
    BERTH_TRY(start.upload.location, next_location(*response, repository));
    start.upload.min_chunk_size = min_chunk_size(*response);
    return std::optional(std::move(start));
  }
  if (response && (response->status == 429 || response->status == 408))
    return rejected(*response, "push.blob", "upload", request.method, repository);
  mount_refused = true;
  // A timeout ends this attempt; the next one does not use a mount.
  if (!response && response.error().error_class() == base::ErrorClass::stall) return response.error().clone();
  return std::optional<UploadStart>();
}

base::Result<UploadStart> Session::start_upload(std::string_view repository, const BlobName* blob) {
  if (blob != nullptr && !state_->mount_refused) {
    BERTH_TRY(auto start, state_->try_mount(repository, blob->digest));
    if (start) return std::move(*start);
  }
  if (blob != nullptr) {
    const auto exists = reports_blob(repository, *blob);
    if (!exists && concerns_all_requests(exists.error())) return exists.error().clone();
    if (exists && *exists) return UploadStart{true, {}};
  }
  auto request = post_request(state_->url(fmt::format("{}/blobs/uploads/", repository)));
  BERTH_TRY(const auto response, state_->send(request, repository));
  if (response.status != 202) return state_->unexpected(response, "push.blob", "upload", request.method, repository);
  UploadStart start;
  BERTH_TRY(start.upload.location, state_->next_location(response, repository));
  start.upload.min_chunk_size = min_chunk_size(response);
  return start;
}

base::Result<std::string> Session::State::next_location(const http::Response& response,
                                                        std::string_view repository) const {
  BERTH_TRY(auto location, upload_location(response, origin, host, repository));
  if (!foreign_locations_fail) return location;
  return at_own_origin(location, origin, repository).value_or(location);
}

bool Session::abandon_upload(std::string_view repository, const Upload& upload) noexcept {
  if (upload.location.empty()) return false;
  try {
    http::Request request;
    request.method = http::Method::del;
    request.url = upload.location;
    const auto target = http::Origin::of(upload.location);
    const bool own = target && *target == state_->origin;
    if (!own) request.addresses = http::AddressRule::named_from(state_->address);
    if (own)
      if (AuthState auth; auto header = state_->authorizer.header({state_->scope_of(repository)}, auth))
        request.authorization = std::move(*header);
    request.retry = http::Retry::never;
    const auto answer = state_->cleanup_pool.send(request);
    return answer && answer->ok();
  } catch (...) {  // best effort: registries expire sessions
    return false;
  }
}

}  // namespace berth::registry
