#include "registry/blob_client.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "registry/response_error.hpp"
#include "registry/upload.hpp"

namespace berth::registry {
namespace {

std::string blob_path(std::string_view repository, const oci::Digest& digest) {
  return fmt::format("{}/blobs/{}", repository, digest.str());
}

// Digests of different algorithms cannot be compared.
bool names_other_blob(const std::string& header, const oci::Digest& wanted) {
  const auto named = oci::Digest::parse(header);
  return !named || named->conflicts_with(wanted);
}

// Returns the size in "Content-Range: bytes 0-0/1234"; std::nullopt if the response does not
// contain it.
std::optional<std::uint64_t> total_size(const http::Response& response) {
  const auto* range = response.header("content-range");
  const auto slash = range != nullptr ? range->find('/') : std::string::npos;
  if (slash == std::string::npos || slash + 1 == range->size() || (*range)[slash + 1] == '*')
    return std::nullopt;
  return std::strtoull(range->c_str() + slash + 1, nullptr, 10);
}

// Accepts one byte and stops the transfer at the second.
class FirstByteSink final : public http::BodySink {
 public:
  base::Result<void> write(std::span<const std::byte> bytes) override {
    received_ += bytes.size();
    if (received_ <= 1) return {};
    return base::Error(base::ErrorClass::internal, "registry.first-byte", "one byte is enough");
  }
  void restart() override { received_ = 0; }
  [[nodiscard]] bool received() const { return received_ > 0; }

 private:
  std::size_t received_ = 0;
};

// Passes on at most `size` bytes.
class BoundedSink final : public http::BodySink {
 public:
  BoundedSink(http::BodySink& inner, std::uint64_t size, const oci::Digest& digest)
      : inner_(inner), size_(size), digest_(digest) {}

  base::Result<void> write(std::span<const std::byte> bytes) override {
    written_ += bytes.size();
    if (written_ > size_)
      return base::Error(
          base::ErrorClass::integrity, "registry.blob-size",
          fmt::format("{} is larger than the {} bytes in its descriptor", digest_.brief(), size_));
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

base::Result<std::optional<std::uint64_t>> BlobClient::head(http::Request request,
                                                            std::string_view repository,
                                                            const oci::Digest& digest, Need need) {
  request.method = http::Method::head;
  request.url = client_.url(blob_path(repository, digest));
  BERTH_TRY(const auto response, client_.send(request, repository, need));
  if (response.status == 404) return std::optional<std::uint64_t>();
  const auto* stored = response.header("docker-content-digest");
  if (response.status != 200 || (stored == nullptr && is_web_page(response)))
    return unexpected_response(client_, response,
                               {.code = "registry.blob",
                                .what = "blob lookup",
                                .method = request.method,
                                .repository = repository});
  if (stored != nullptr && names_other_blob(*stored, digest))
    return base::Error(base::ErrorClass::integrity, "registry.blob-digest",
                       fmt::format("{} returned a different blob than requested", client_.host()))
        .cause(fmt::format("requested {}, got {}", digest.str(), base::escape(*stored, 200)));
  const auto* length = response.header("content-length");
  return std::optional<std::uint64_t>(
      length != nullptr ? std::strtoull(length->c_str(), nullptr, 10) : 0);
}

base::Result<std::optional<std::uint64_t>> BlobClient::size(std::string_view repository,
                                                            const oci::Digest& digest, Need need) {
  return head({}, repository, digest, need);
}

base::Result<bool> BlobClient::is_reported(std::string_view repository, const BlobName& blob) {
  http::Request request;
  request.retry = http::Retry::never;
  request.response_timeout = commit_timeout(0);
  const auto size = head(std::move(request), repository, blob.digest, Need::optional);
  // A denied anonymous request, like an unauthorized one, means that it is not known: the upload
  // decides.
  if (!size && size.error().code() == "auth.required") return false;
  if (!size) return size.error().clone();
  return *size && (**size == blob.size || **size == 0);
}

// Some registries ignore Range and send the whole blob: the sink stops them.
bool BlobClient::is_readable(std::string_view repository, const BlobName& blob) {
  if (blob.size == 0) return true;
  FirstByteSink sink;
  http::Request request;
  request.url = client_.url(blob_path(repository, blob.digest));
  request.headers = {{"Range", "bytes=0-0"}};
  request.sink = &sink;
  request.retry = http::Retry::never;
  request.response_timeout = commit_timeout(0);
  const auto response = client_.send(request, repository, Need::optional);
  if (response && response->ok())
    return sink.received() && total_size(*response).value_or(blob.size) == blob.size;
  if (sink.received()) return true;
  if (!response)
    return response.error().code() != "http.lost";  // the connection was lost during the body
  const int status = response->status;
  return status != 404 && status != 410 && status != 416 && status != 500;
}

base::Result<void> BlobClient::fetch(std::string_view repository, const oci::Descriptor& blob,
                                     http::BodySink& sink) {
  BoundedSink bounded(sink, blob.size, blob.digest);
  http::Request request;
  request.url = client_.url(blob_path(repository, blob.digest));
  request.sink = &bounded;
  BERTH_TRY(const auto response, client_.send(request, repository));
  if (response.status != 200)
    return unexpected_response(client_, response,
                               {.code = "registry.blob",
                                .what = "blob download",
                                .method = request.method,
                                .repository = repository});
  return {};
}

}  // namespace berth::registry
