#include <fmt/format.h>

#include "base/escape.hpp"
#include "http/retry_policy.hpp"
#include "registry/session_state.hpp"

namespace berth::registry {
namespace {

// A registry may hash or copy the whole blob before it answers.
constexpr std::chrono::minutes kCommitLimit{15};
// A session that is being opened when the push is interrupted can only be deleted once its location is known.
constexpr std::chrono::milliseconds kLearnLocation{400};

std::string with_digest(const std::string& location, const oci::Digest& digest) {
  const char separator = location.find('?') == std::string::npos ? '?' : '&';
  return fmt::format("{}{}digest={}", location, separator, digest.str());
}

// "Range: 0-99": 100 bytes are there. Source: OCI distribution-spec 1.1, "Pushing a blob in chunks".
std::optional<std::uint64_t> confirmed_bytes(const http::Response& response) {
  const auto* range = response.header("range");
  const auto dash = range != nullptr ? range->find('-') : std::string::npos;
  if (dash == std::string::npos) return std::nullopt;
  return std::strtoull(range->c_str() + dash + 1, nullptr, 10) + 1;
}

std::uint64_t smallest_chunk(const http::Response& response) {
  const auto* least = response.header("oci-chunk-min-length");
  return least != nullptr ? std::strtoull(least->c_str(), nullptr, 10) : 0;
}

http::Request patch_to(const Upload& upload) {
  http::Request request;
  request.method = http::Method::patch;
  request.url = upload.location;
  request.headers = {{"Content-Type", "application/octet-stream"}};
  request.retry = http::Retry::never;
  request.response_timeout = kCommitLimit;
  request.cancel_grace = kLearnLocation;
  return request;
}

// A source whose body has no size, and ends where the inner one breaks: the registry then answers, and says where the
// session goes on. A body that breaks off leaves a session that docker-registry 2.8 lets nobody delete any more: the
// offset in its signed location no longer fits what is stored.
class EndingSource final : public http::BodySource {
 public:
  explicit EndingSource(http::BodySource& inner) : inner_(inner) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return std::nullopt; }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    auto count = inner_.read(buffer);
    if (count) sent_ += *count;
    if (count) return count;
    broken_ = std::move(count).error();
    return std::size_t{0};
  }
  bool rewind() override {
    sent_ = 0;
    return !broken_ && inner_.rewind();
  }
  [[nodiscard]] std::optional<base::Error>& broken() { return broken_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

 private:
  http::BodySource& inner_;
  std::uint64_t sent_ = 0;
  std::optional<base::Error> broken_;
};

// A small body is read before it is sent: once begun, the request can end well whatever happens meanwhile.
base::Result<void> take_body(http::BodySource& source, http::Request& request) {
  const auto size = source.size();
  if (!size || *size > kSmallBlob) {
    request.source = &source;
    return {};
  }
  request.body.resize(*size);
  auto left = std::as_writable_bytes(std::span(request.body));
  while (!left.empty()) {
    BERTH_TRY(const auto count, source.read(left));
    if (count == 0)
      return base::Error(base::ErrorClass::integrity, "http.short-body",
                         "what was to be sent is shorter than announced");
    left = left.subspan(count);
  }
  return {};
}

}  // namespace

base::Result<UploadStart> Session::start_upload(std::string_view repository, const oci::Digest* digest) {
  const std::string plain_url = state_->url(fmt::format("{}/blobs/uploads/", repository));
  http::Request request;
  request.method = http::Method::post;
  request.cancel_grace = kLearnLocation;
  if (digest != nullptr && !state_->mount_refused) {
    request.url = plain_url + fmt::format("?mount={}&from={}", digest->str(), repository);
    BERTH_TRY(const auto response, state_->send(request, repository));
    if (response.status == 201) return UploadStart{true, {}};
    const bool refused = response.status >= 400 && response.status < 500;
    if (!refused || http::is_transient_status(response.status)) return opened(response, repository);
    state_->mount_refused = true;
  }
  if (digest != nullptr) {
    BERTH_TRY(const auto size, blob_size(repository, *digest));
    if (size) return UploadStart{true, {}};
  }
  request.url = plain_url;
  BERTH_TRY(const auto response, state_->send(request, repository));
  return opened(response, repository);
}

base::Result<UploadStart> Session::opened(const http::Response& response, std::string_view repository) {
  if (response.status != 202)
    return state_->unexpected(response, "push.blob", "the upload was refused", http::Method::post, repository);
  UploadStart start;
  BERTH_TRY(start.upload, state_->next_location(response));
  start.upload.smallest_chunk = smallest_chunk(response);
  return start;
}

base::Result<void> Session::State::advance(Upload& upload, const http::Response& response, std::uint64_t sent) const {
  BERTH_TRY(auto next, next_location(response));
  upload.location = std::move(next.location);
  upload.offset += sent;
  upload.confirmed = confirmed_bytes(response);
  return {};
}

base::Result<void> Session::patch_upload(std::string_view repository, Upload& upload, http::BodySource& source) {
  EndingSource ending(source);
  auto request = patch_to(upload);
  request.source = &ending;
  auto sent = state_->send(request, repository);
  if (!sent) return ending.broken() ? std::move(*ending.broken()) : std::move(sent).error();
  const auto& response = *sent;
  if (!response.ok() && ending.broken()) return std::move(*ending.broken());
  if (!response.ok()) return state_->unexpected(response, "push.blob", "the upload failed", request.method, repository);
  BERTH_CHECK(state_->advance(upload, response, ending.sent()));
  if (ending.broken()) return std::move(*ending.broken());
  return {};
}

base::Result<void> Session::patch_chunk(std::string_view repository, Upload& upload, std::string bytes) {
  auto request = patch_to(upload);
  const std::uint64_t count = bytes.size();
  request.headers.emplace_back("Content-Range", fmt::format("{}-{}", upload.offset, upload.offset + count - 1));
  request.body = std::move(bytes);
  BERTH_TRY(const auto response, state_->send(request, repository));
  if (!response.ok()) return state_->unexpected(response, "push.blob", "the upload failed", request.method, repository);
  return state_->advance(upload, response, count);
}

base::Result<void> Session::finish_upload(std::string_view repository, const Upload& upload, const oci::Digest& digest,
                                          http::BodySource* source) {
  http::Request request;
  request.method = http::Method::put;
  request.url = with_digest(upload.location, digest);
  if (source != nullptr) {
    BERTH_CHECK(take_body(*source, request));
    request.headers = {{"Content-Type", "application/octet-stream"}};
  }
  request.retry = http::Retry::never;
  request.response_timeout = kCommitLimit;
  request.cancel_grace = kLearnLocation;
  BERTH_TRY(const auto response, state_->send(request, repository));
  if (!response.ok()) return state_->unexpected(response, "push.blob", "the upload failed", request.method, repository);
  const auto* stored = response.header("docker-content-digest");
  if (stored != nullptr && *stored != digest.str())
    return base::Error(base::ErrorClass::integrity, "push.blob-digest",
                       fmt::format("{} stored a blob under another digest", state_->host))
        .cause(fmt::format("sent {}, stored {}", digest.str(), base::escape(*stored, 200)));
  return {};
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
      if (Authorizer::Trial trial; auto header = state_->authorizer.header({state_->scope_of(repository)}, trial))
        request.authorization = std::move(*header);
    request.retry = http::Retry::never;
    const auto answer = state_->cleanup_pool.send(request);
    return answer && answer->ok();
  } catch (...) {  // best effort: the registry forgets sessions by itself
    return false;
  }
}

}  // namespace berth::registry
