#include <fmt/format.h>

#include "registry/session_state.hpp"

namespace berth::registry {
namespace {

// A registry may hash or copy the whole blob before it answers.
constexpr std::chrono::minutes kCommitLimit{15};

std::string with_digest(const std::string& location, const oci::Digest& digest) {
  const char separator = location.find('?') == std::string::npos ? '?' : '&';
  return fmt::format("{}{}digest={}", location, separator, digest.str());
}

// "Range: 0-99": 100 bytes are there. Source: OCI distribution-spec 1.1, "Pushing a blob in chunks".
std::uint64_t confirmed_bytes(const http::Response& response) {
  const auto* range = response.header("range");
  const auto dash = range != nullptr ? range->find('-') : std::string::npos;
  return dash == std::string::npos ? 0 : std::strtoull(range->c_str() + dash + 1, nullptr, 10) + 1;
}

}  // namespace

base::Result<UploadStart> Session::start_upload(std::string_view repository, const oci::Digest* digest) {
  const std::string plain_url = state_->url(fmt::format("{}/blobs/uploads/", repository));
  http::Request request;
  request.method = http::Method::post;
  if (digest != nullptr && !state_->mount_refused) {
    request.url = plain_url + fmt::format("?mount={}&from={}", digest->str(), repository);
    BERTH_TRY(const auto response, state_->send(request));
    if (response.status == 201) return UploadStart{true, {}};
    if (response.status < 400 || response.status >= 500) return opened(response, repository);
    state_->mount_refused = true;
  }
  if (digest != nullptr) {
    BERTH_TRY(const auto size, blob_size(repository, *digest));
    if (size) return UploadStart{true, {}};
  }
  request.url = plain_url;
  BERTH_TRY(const auto response, state_->send(request));
  return opened(response, repository);
}

base::Result<UploadStart> Session::opened(const http::Response& response, std::string_view repository) {
  if (response.status != 202)
    return state_->unexpected(response, "push.blob", "the upload was refused", http::Method::post, repository);
  UploadStart start;
  BERTH_TRY(start.upload, state_->next_location(response));
  return start;
}

base::Result<Upload> Session::patch_upload(std::string_view repository, const Upload& upload,
                                           http::BodySource& source) {
  http::Request request;
  request.method = http::Method::patch;
  request.url = upload.location;
  request.headers = {{"Content-Type", "application/octet-stream"}};
  request.source = &source;
  request.retry = http::Retry::never;
  request.answer_limit = kCommitLimit;
  BERTH_TRY(const auto response, state_->send(request));
  if (!response.ok()) return state_->unexpected(response, "push.blob", "the upload failed", request.method, repository);
  BERTH_TRY(auto next, state_->next_location(response));
  next.offset = confirmed_bytes(response);
  return next;
}

base::Result<void> Session::finish_upload(std::string_view repository, const Upload& upload, const oci::Digest& digest,
                                          http::BodySource* source) {
  http::Request request;
  request.method = http::Method::put;
  request.url = with_digest(upload.location, digest);
  request.source = source;
  if (source != nullptr) request.headers = {{"Content-Type", "application/octet-stream"}};
  request.retry = http::Retry::never;
  request.answer_limit = kCommitLimit;
  BERTH_TRY(const auto response, state_->send(request));
  if (!response.ok()) return state_->unexpected(response, "push.blob", "the upload failed", request.method, repository);
  const auto* stored = response.header("docker-content-digest");
  if (stored != nullptr && *stored != digest.str())
    return base::Error(base::ErrorClass::integrity, "push.blob-digest",
                       fmt::format("{} stored a blob under another digest", state_->host))
        .cause(fmt::format("sent {}, stored {}", digest.str(), *stored));
  return {};
}

void Session::abandon_upload(const Upload& upload) noexcept {
  if (upload.location.empty()) return;
  try {
    http::Request request;
    request.method = http::Method::del;
    request.url = upload.location;
    const auto target = http::Origin::of(upload.location);
    if (target && *target == state_->origin) request.authorization = state_->authorizer.header();
    request.retry = http::Retry::never;
    static_cast<void>(state_->cleanup_pool.send(request).has_value());
  } catch (...) {  // best effort: the registry forgets sessions by itself
  }
}

}  // namespace berth::registry
