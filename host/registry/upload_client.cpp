#include "registry/upload_client.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "registry/response_error.hpp"
#include "registry/upload_body.hpp"
#include "registry/upload_location.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

// After an interruption one second is left to delete sessions; this reserves half of it for
// whatever finishes first.
http::ClientOptions cleanup_options(http::ClientOptions options) {
  using std::chrono::milliseconds;
  options.limits.connect = milliseconds(300);
  options.limits.idle = milliseconds(500);
  options.limits.attempts = 1;
  return options;
}

std::uint64_t min_chunk_size(const http::Response& response) {
  const auto* least = response.header("oci-chunk-min-length");
  return least != nullptr ? std::strtoull(least->c_str(), nullptr, 10) : 0;
}

// Returns the number of stored bytes: 100 for "Range: 0-99". Source: OCI distribution-spec 1.1,
// "Pushing a blob in chunks".
std::optional<std::uint64_t> confirmed_bytes(const http::Response& response) {
  const auto* range = response.header("range");
  const auto dash = range != nullptr ? range->find('-') : std::string::npos;
  if (dash == std::string::npos) return std::nullopt;
  return std::strtoull(range->c_str() + dash + 1, nullptr, 10) + 1;
}

http::Request body_request(http::Method method) {
  http::Request request;
  request.method = method;
  request.headers = {{"Content-Type", "application/octet-stream"}};
  request.retry = http::Retry::never;
  request.cancel_grace = kLocationGrace;
  return request;
}

std::string closing_url(const std::string& location, const oci::Digest& digest) {
  const char separator = location.find('?') == std::string::npos ? '?' : '&';
  return fmt::format("{}{}digest={}", location, separator, digest.str());
}

// Returns whether the request may have failed only because of the host in the registry's Location.
// Another origin does not receive credentials: 401 is such a failure.
bool is_location_failure(const base::Result<http::Response>& response) {
  if (response) {
    const int status = response->status;
    return status == 400 || status == 401 || status == 403 || status == 404 || status == 405 ||
           status == 421;
  }
  const auto& code = response.error().code();
  if (response.error().error_class() == ErrorClass::network) return code != "http.lost";
  return code == "http.connect-timeout" || code == "http.address" || code == "http.not-http";
}

// Digests of different algorithms cannot be compared.
base::Result<void> check_stored_digest(const http::Response& response, const oci::Digest& sent,
                                       std::string_view host) {
  const auto* header = response.header("docker-content-digest");
  if (header == nullptr || *header == sent.str()) return {};
  const auto stored = oci::Digest::parse(*header);
  if (stored && !stored->conflicts_with(sent)) return {};
  return Error(ErrorClass::integrity, "push.blob-digest",
               fmt::format("{} stored a blob under a different digest", host))
      .cause(fmt::format("sent {}, stored {}", sent.str(), base::escape(*header, 200)));
}

FailedRequest upload_request(http::Method method, std::string_view repository) {
  return {.code = "push.blob", .what = "upload", .method = method, .repository = repository};
}

}  // namespace

UploadClient::UploadClient(AuthenticatedClient& client, BlobClient& blobs,
                           const http::ClientOptions& options, base::Log& log)
    : client_(client), blobs_(blobs), cleanup_pool_(cleanup_options(options), never_, log) {}

base::Result<UploadStart> UploadClient::opened(const http::Response& response,
                                               std::string_view repository) const {
  UploadStart start;
  BERTH_TRY(start.upload.location, next_location(response, repository));
  start.upload.min_chunk_size = min_chunk_size(response);
  return start;
}

// The registry opens a session if it does not mount the blob. The repository may have the blob
// although the other one does not.
base::Result<std::optional<UploadStart>> UploadClient::try_mount(std::string_view repository,
                                                                 const BlobName& blob,
                                                                 const std::string& from) {
  auto mounted = mount_blob(client_, repository, blob.digest, from);
  const bool succeeded = mounted && mounted->state == MountResponse::State::mounted;
  mounts_.observe(from, succeeded);
  if (!mounted) return std::move(mounted).error();
  if (succeeded) return std::optional(UploadStart{.exists = true, .mounted = true});
  if (mounted->state == MountResponse::State::refused) return std::optional<UploadStart>();
  BERTH_TRY(auto start, opened(mounted->response, repository));
  const auto exists = blobs_.is_reported(repository, blob);
  if (!exists || !*exists) return std::optional(std::move(start));
  cancel(repository, start.upload);
  return std::optional(UploadStart{.exists = true});
}

// The same for the repository itself, which finds the blob or opens a session.
base::Result<std::optional<UploadStart>> UploadClient::try_find(std::string_view repository,
                                                                const BlobName& blob) {
  auto found = mount_blob(client_, repository, blob.digest, repository);
  const bool is_stall = !found && found.error().error_class() == ErrorClass::stall;
  if (is_stall || (found && found->state == MountResponse::State::refused)) mount_refused_ = true;
  if (!found) return std::move(found).error();
  if (found->state == MountResponse::State::refused) return std::optional<UploadStart>();
  if (found->state == MountResponse::State::mounted)
    return std::optional(UploadStart{.exists = true});
  BERTH_TRY(auto start, opened(found->response, repository));
  return std::optional(std::move(start));
}

base::Result<UploadStart> UploadClient::start(std::string_view repository, const BlobName* blob,
                                              const std::string* mount_from) {
  if (blob != nullptr && mount_from != nullptr && mounts_.allows(*mount_from)) {
    BERTH_TRY(auto start, try_mount(repository, *blob, *mount_from));
    if (start) return std::move(*start);
  }
  if (blob != nullptr && !mount_refused_) {
    BERTH_TRY(auto start, try_find(repository, *blob));
    if (start) return std::move(*start);
  }
  if (blob != nullptr) {
    const auto exists = blobs_.is_reported(repository, *blob);
    if (!exists && concerns_all_requests(exists.error())) return exists.error().clone();
    if (exists && *exists) return UploadStart{.exists = true};
  }
  auto request = session_request(client_.url(fmt::format("{}/blobs/uploads/", repository)));
  BERTH_TRY(const auto response, client_.send(request, repository));
  if (response.status != 202)
    return unexpected_response(client_, response, upload_request(request.method, repository));
  return opened(response, repository);
}

base::Result<std::string> UploadClient::next_location(const http::Response& response,
                                                      std::string_view repository) const {
  BERTH_TRY(auto location, upload_location(response, client_.origin(), client_.host(), repository));
  if (!foreign_locations_fail_) return location;
  return at_own_origin(location, client_.origin(), repository).value_or(location);
}

bool UploadClient::cancel(std::string_view repository, const Upload& upload) noexcept {
  if (upload.location.empty()) return false;
  try {
    http::Request request;
    request.method = http::Method::del;
    request.url = upload.location;
    const auto target = http::Origin::of(upload.location);
    const bool own = target && *target == client_.origin();
    if (!own) request.addresses = http::AddressPolicy::allowed_from(client_.address());
    if (own)
      if (AuthState auth;
          auto header = client_.authorizer().header({client_.scope_of(repository)}, auth))
        request.authorization = std::move(*header);
    request.retry = http::Retry::never;
    const auto response = cleanup_pool_.send(request);
    return response && response->ok();
  } catch (...) {  // best effort: registries expire sessions
    return false;
  }
}

base::Result<http::Response> UploadClient::send_to(Upload& upload, http::Request& request,
                                                   std::string_view repository,
                                                   const oci::Digest* digest) {
  const auto observed = [&](base::Result<http::Response> response) {
    upload.status = response ? response->status : 0;
    upload.has_api_errors = response && !response->ok() && !parse_api_errors(*response).empty();
    return response;
  };
  const auto url_at = [&](const std::string& location) {
    return digest != nullptr ? closing_url(location, *digest) : location;
  };
  request.url = url_at(upload.location);
  BERTH_TRY(const auto target, http::Origin::of(request.url));
  auto response = client_.send(request, repository);
  if (target == client_.origin() || !is_location_failure(response))
    return observed(std::move(response));
  const auto own = at_own_origin(upload.location, client_.origin(), repository);
  if (own && (request.source == nullptr || request.source->rewind())) {
    request.url = url_at(*own);
    request.addresses = http::AddressPolicy::everything();
    auto repaired = client_.send(request, repository);
    if (!is_location_failure(repaired)) {
      foreign_locations_fail_ = true;
      upload.location = *own;
      return observed(std::move(repaired));
    }
  }
  if (!response) response = location_error(std::move(response).error(), target, client_.host());
  return observed(std::move(response));
}

Error UploadClient::rejected(const http::Response& response, http::Method method,
                             std::string_view repository) {
  auto error = rejected_response(client_, response, upload_request(method, repository));
  // The registry does not have the session any more: a new one may succeed.
  if (response.status == 404) return std::move(error).max_attempts(client_.limits().attempts);
  return error;
}

base::Result<void> UploadClient::advance(Upload& upload, const http::Response& response,
                                         std::string_view repository, std::uint64_t sent) const {
  // Without a Location, the session keeps its URL.
  if (response.header("location") != nullptr) {
    BERTH_TRY(upload.location, next_location(response, repository));
  }
  upload.offset += sent;
  upload.confirmed = confirmed_bytes(response);
  return {};
}

base::Result<void> UploadClient::patch(std::string_view repository, Upload& upload,
                                       http::BodySource& source) {
  EndOnErrorSource body(source);
  auto request = body_request(http::Method::patch);
  request.source = &body;
  request.response_timeout = commit_timeout(source.size().value_or(0));
  auto sent = send_to(upload, request, repository, nullptr);
  if (!sent) return body.failure() ? std::move(*body.failure()) : std::move(sent).error();
  const auto& response = *sent;
  if (!response.ok() && body.failure()) return std::move(*body.failure());
  if (!response.ok()) return rejected(response, request.method, repository);
  BERTH_CHECK(advance(upload, response, repository, body.sent()));
  if (body.failure()) return std::move(*body.failure());
  return {};
}

base::Result<void> UploadClient::patch_chunk(std::string_view repository, Upload& upload,
                                             std::string bytes) {
  auto request = body_request(http::Method::patch);
  const std::uint64_t count = bytes.size();
  request.headers.emplace_back("Content-Range",
                               fmt::format("{}-{}", upload.offset, upload.offset + count - 1));
  request.body = std::move(bytes);
  request.response_timeout = commit_timeout(count);
  BERTH_TRY(const auto response, send_to(upload, request, repository, nullptr));
  if (!response.ok()) return rejected(response, request.method, repository);
  return advance(upload, response, repository, count);
}

// A registry may hash or copy the whole blob before it responds, including the part that PATCH
// sent.
base::Result<void> UploadClient::finish(std::string_view repository, Upload& upload,
                                        const oci::Digest& digest, http::BodySource* source) {
  auto request = body_request(http::Method::put);
  if (source != nullptr) BERTH_CHECK(set_body(request, *source));
  if (source == nullptr) request.headers.clear();
  request.response_timeout =
      commit_timeout(upload.offset + (source != nullptr ? source->size().value_or(0) : 0));
  BERTH_TRY(const auto response, send_to(upload, request, repository, &digest));
  if (auto unsupported = unsupported_algorithm(
          response, digest, {.code = "push.blob", .what = "blob"}, client_.host()))
    return std::move(*unsupported);
  if (!response.ok()) return rejected(response, request.method, repository);
  return check_stored_digest(response, digest, client_.host());
}

base::Result<void> UploadClient::check_push_permission(std::string_view repository) {
  http::Request request;
  request.method = http::Method::post;
  request.url = client_.url(fmt::format("{}/blobs/uploads/", repository));
  request.retry = http::Retry::never;
  BERTH_TRY(
      const auto response,
      client_.send(request, TokenScope{.scope = fmt::format("repository:{}:pull,push", repository),
                                       .within = std::string(repository)}));
  if (response.status != 202)
    return unexpected_response(client_, response,
                               {.code = "push.denied",
                                .what = "upload",
                                .method = request.method,
                                .repository = repository});
  BERTH_TRY(auto location, next_location(response, repository));
  cancel(repository, {std::move(location)});
  return {};
}

}  // namespace berth::registry
