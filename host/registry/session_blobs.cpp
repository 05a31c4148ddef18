#include <fmt/format.h>

#include "base/escape.hpp"
#include "registry/session_state.hpp"

namespace berth::registry {
namespace {

std::string blob_path(std::string_view repository, const oci::Digest& digest) {
  return fmt::format("{}/blobs/{}", repository, digest.str());
}

// Hands at most `size` bytes on.
class BoundedSink final : public http::BodySink {
 public:
  BoundedSink(http::BodySink& inner, std::uint64_t size, const oci::Digest& digest)
      : inner_(inner), size_(size), digest_(digest) {}

  base::Result<void> write(std::span<const std::byte> bytes) override {
    written_ += bytes.size();
    if (written_ > size_)
      return base::Error(base::ErrorClass::integrity, "registry.blob-size",
                         fmt::format("{} is larger than the {} bytes its descriptor says", digest_.brief(), size_));
    return inner_.write(bytes);
  }
  void restart() override {
    written_ = 0;
    inner_.restart();
  }

 private:
  http::BodySink& inner_;
  std::uint64_t size_;
  const oci::Digest& digest_;
  std::uint64_t written_ = 0;
};

}  // namespace

base::Result<std::optional<std::uint64_t>> Session::blob_size(std::string_view repository, const oci::Digest& digest) {
  http::Request request;
  request.method = http::Method::head;
  request.url = state_->url(blob_path(repository, digest));
  BERTH_TRY(const auto response, state_->send(request, repository));
  if (response.status == 404) return std::optional<std::uint64_t>();
  const auto* stored = response.header("docker-content-digest");
  if (response.status != 200 || (stored == nullptr && is_web_page(response)))
    return state_->unexpected(response, "registry.blob", "a blob was not told of", request.method, repository);
  if (stored != nullptr && *stored != digest.str())
    return base::Error(base::ErrorClass::integrity, "registry.blob-digest",
                       fmt::format("{} tells of another blob than it was asked for", state_->host))
        .cause(fmt::format("asked for {}, told of {}", digest.str(), base::escape(*stored, 200)));
  const auto* length = response.header("content-length");
  return std::optional<std::uint64_t>(length != nullptr ? std::strtoull(length->c_str(), nullptr, 10) : 0);
}

base::Result<void> Session::fetch_blob(std::string_view repository, const oci::Descriptor& blob, http::BodySink& sink) {
  BoundedSink bounded(sink, blob.size, blob.digest);
  http::Request request;
  request.url = state_->url(blob_path(repository, blob.digest));
  request.sink = &bounded;
  BERTH_TRY(const auto response, state_->send(request, repository));
  if (response.status != 200)
    return state_->unexpected(response, "registry.blob", "a blob was not sent", request.method, repository);
  return {};
}

}  // namespace berth::registry
