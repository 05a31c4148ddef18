// The requests that send the bytes of a blob, and the one that closes its upload session.
#include <fmt/format.h>

#include "base/escape.hpp"
#include "registry/session_state.hpp"
#include "registry/upload_location.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

// How long to wait for the response after an interruption: its Location is needed to delete the session.
constexpr std::chrono::milliseconds kNextLocation{400};

// Returns the number of stored bytes: 100 for "Range: 0-99". Source: OCI distribution-spec 1.1, "Pushing a blob in
// chunks".
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
  request.cancel_grace = kNextLocation;
  return request;
}

std::string closing_url(const std::string& location, const oci::Digest& digest) {
  const char separator = location.find('?') == std::string::npos ? '?' : '&';
  return fmt::format("{}{}digest={}", location, separator, digest.str());
}

// Returns whether the request may have failed only because of the host in the registry's Location. Another origin
// does not receive credentials: 401 is such a failure.
bool is_location_failure(const base::Result<http::Response>& response) {
  if (response) {
    const int status = response->status;
    return status == 400 || status == 401 || status == 403 || status == 404 || status == 405 || status == 421;
  }
  const auto& code = response.error().code();
  if (response.error().error_class() == ErrorClass::network) return code != "http.lost";
  return code == "http.connect-timeout" || code == "http.address" || code == "http.not-http";
}

// A source of unknown size that ends if the inner one fails: then the registry responds, and reports where the
// session continues. If a body were aborted, docker-registry 2.8 could not delete the session any more: the offset in
// its signed location would not match what is stored.
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

// Reads a small body before it is sent, so that a failing source cannot abort a request that has begun.
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
      return Error(ErrorClass::integrity, "http.short-body", "the request body is shorter than announced");
    left = left.subspan(count);
  }
  return {};
}

// Digests of different algorithms cannot be compared.
base::Result<void> check_stored_digest(const http::Response& response, const oci::Digest& sent, std::string_view host) {
  const auto* header = response.header("docker-content-digest");
  if (header == nullptr || *header == sent.str()) return {};
  const auto stored = oci::Digest::parse(*header);
  if (stored && !stored->conflicts_with(sent)) return {};
  return Error(ErrorClass::integrity, "push.blob-digest",
               fmt::format("{} stored a blob under a different digest", host))
      .cause(fmt::format("sent {}, stored {}", sent.str(), base::escape(*header, 200)));
}

}  // namespace

std::chrono::milliseconds commit_timeout(std::uint64_t bytes) {
  constexpr std::uint64_t kBytesPerMillisecond = 10'000;
  return std::chrono::seconds(30) + std::chrono::milliseconds(bytes / kBytesPerMillisecond);
}

base::Result<http::Response> Session::State::send_to(Upload& upload, http::Request& request,
                                                     std::string_view repository, const oci::Digest* digest) {
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
  auto response = send(request, repository);
  if (target == origin || !is_location_failure(response)) return observed(std::move(response));
  const auto own = at_own_origin(upload.location, origin, repository);
  if (own && (request.source == nullptr || request.source->rewind())) {
    request.url = url_at(*own);
    request.addresses = http::AddressRule::everything();
    auto repaired = send(request, repository);
    if (!is_location_failure(repaired)) {
      foreign_locations_fail = true;
      upload.location = *own;
      return observed(std::move(repaired));
    }
  }
  if (!response) response = location_error(std::move(response).error(), target, host);
  return observed(std::move(response));
}

Error Session::State::upload_rejected(const http::Response& response, http::Method method,
                                      std::string_view repository) {
  auto error = rejected(response, "push.blob", "upload", method, repository);
  // The registry does not have the session any more: a new one may succeed.
  if (response.status == 404) return std::move(error).max_attempts(limits.attempts);
  return error;
}

base::Result<void> Session::State::advance(Upload& upload, const http::Response& response, std::string_view repository,
                                           std::uint64_t sent) const {
  // Without a Location, the session keeps its URL.
  if (response.header("location") != nullptr) {
    BERTH_TRY(upload.location, next_location(response, repository));
  }
  upload.offset += sent;
  upload.confirmed = confirmed_bytes(response);
  return {};
}

base::Result<void> Session::patch_upload(std::string_view repository, Upload& upload, http::BodySource& source) {
  EndingSource ending(source);
  auto request = body_request(http::Method::patch);
  request.source = &ending;
  request.response_timeout = commit_timeout(source.size().value_or(0));
  auto sent = state_->send_to(upload, request, repository, nullptr);
  if (!sent) return ending.broken() ? std::move(*ending.broken()) : std::move(sent).error();
  const auto& response = *sent;
  if (!response.ok() && ending.broken()) return std::move(*ending.broken());
  if (!response.ok()) return state_->upload_rejected(response, request.method, repository);
  BERTH_CHECK(state_->advance(upload, response, repository, ending.sent()));
  if (ending.broken()) return std::move(*ending.broken());
  return {};
}

base::Result<void> Session::patch_chunk(std::string_view repository, Upload& upload, std::string bytes) {
  auto request = body_request(http::Method::patch);
  const std::uint64_t count = bytes.size();
  request.headers.emplace_back("Content-Range", fmt::format("{}-{}", upload.offset, upload.offset + count - 1));
  request.body = std::move(bytes);
  request.response_timeout = commit_timeout(count);
  BERTH_TRY(const auto response, state_->send_to(upload, request, repository, nullptr));
  if (!response.ok()) return state_->upload_rejected(response, request.method, repository);
  return state_->advance(upload, response, repository, count);
}

// A registry may hash or copy the whole blob before it responds, including the part that PATCH sent.
base::Result<void> Session::finish_upload(std::string_view repository, Upload& upload, const oci::Digest& digest,
                                          http::BodySource* source) {
  auto request = body_request(http::Method::put);
  if (source != nullptr) BERTH_CHECK(take_body(*source, request));
  if (source == nullptr) request.headers.clear();
  request.response_timeout = commit_timeout(upload.offset + (source != nullptr ? source->size().value_or(0) : 0));
  BERTH_TRY(const auto response, state_->send_to(upload, request, repository, &digest));
  if (is_unknown_algorithm(response, digest))
    return Error(ErrorClass::server, "push.blob-algorithm",
                 fmt::format("{} does not support sha512 digests", state_->host))
        .cause(fmt::format("it rejected blob {}", digest.str()))
        .registry(registry_words(response));
  if (!response.ok()) return state_->upload_rejected(response, request.method, repository);
  return check_stored_digest(response, digest, state_->host);
}

}  // namespace berth::registry
