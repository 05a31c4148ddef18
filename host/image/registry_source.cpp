#include "image/registry_source.hpp"

#include <fmt/format.h>

#include <thread>

#include "base/escape.hpp"
#include "http/memory_source.hpp"
#include "image/blob_pipe.hpp"
#include "image/blob_stream.hpp"
#include "image/registry_documents.hpp"
#include "image/walk_image.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
// The location of the blobs.
struct Remote {
  std::shared_ptr<registry::RegistryClient> client;
  std::string repository;
  std::string place;
};

// Writes to a pipe. If a fetch is restarted, skips the bytes already passed on: the reader verifies
// the whole.
class PipeSink final : public http::BodySink {
 public:
  explicit PipeSink(BlobPipe& pipe) : pipe_(pipe) {}

  base::Result<void> write(std::span<const std::byte> bytes) override {
    const auto again =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), handed_on_ - position_));
    position_ += bytes.size();
    bytes = bytes.subspan(again);
    handed_on_ += bytes.size();
    if (pipe_.write(bytes)) return {};
    return Error(ErrorClass::internal, "source.unread", "the reader of this blob is gone");
  }
  void restart() override { position_ = 0; }

 private:
  BlobPipe& pipe_;
  std::uint64_t position_ = 0;
  std::uint64_t handed_on_ = 0;
};

// Fetches one blob in its own thread, which ends with the object.
class Fetch {
 public:
  Fetch(const Remote& remote, const oci::Descriptor& blob)
      : thread_([this, &remote, blob] {
          PipeSink sink(pipe_);
          pipe_.finish(remote.client->blobs().fetch(remote.repository, blob, sink));
        }) {}
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;
  ~Fetch() {
    pipe_.close();
    thread_.join();
  }
  base::Result<std::size_t> read(std::span<std::byte> buffer) { return pipe_.read(buffer); }

 private:
  BlobPipe pipe_;
  std::thread thread_;  // declared last: it uses the pipe
};

// A blob in a registry. Fetched only when the first byte is read: the destination may already have
// it.
class RemoteBlob final : public http::BodySource {
 public:
  RemoteBlob(const Remote& remote, oci::Descriptor blob)
      : remote_(remote), blob_(std::move(blob)) {}

  [[nodiscard]] std::optional<std::uint64_t> size() const override { return blob_.size; }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (!fetch_) fetch_.emplace(remote_, blob_);
    BERTH_TRY(const auto count, fetch_->read(buffer));
    position_ += count;
    if (count == 0 && position_ < blob_.size)
      return damaged_blob(remote_.place, fmt::format("{} ends after {} bytes, {} in its descriptor",
                                                     blob_.digest.brief(), position_, blob_.size));
    return count;
  }
  bool rewind() override {
    fetch_.reset();
    position_ = 0;
    return true;
  }

 private:
  const Remote& remote_;  // of the source, which must outlive its streams
  oci::Descriptor blob_;
  std::optional<Fetch> fetch_;
  std::uint64_t position_ = 0;
};

class RegistrySource final : public Source {
 public:
  explicit RegistrySource(Remote remote) : remote_(std::move(remote)) {}

  base::Result<void> read(const oci::Reference& reference,
                          const std::vector<oci::Platform>& platforms) {
    const auto name =
        reference.digest() ? reference.digest()->str() : reference.tag().value_or("latest");
    BERTH_TRY(auto root, remote_.client->manifests().fetch(remote_.repository, name));
    if (!root)
      return Error(ErrorClass::not_found, "source.no-image",
                   fmt::format("image {} not found", remote_.place));
    const oci::Descriptor descriptor{
        root->media_type, root->digest, root->bytes.size(), {}, {}, {}};
    const auto documents =
        registry_documents(*remote_.client, remote_.repository, remote_.place, std::move(*root));
    BERTH_TRY(contents_, walk_image(*documents, descriptor, platforms));
    return {};
  }

  [[nodiscard]] const Contents& contents() const override { return contents_; }
  [[nodiscard]] const std::string& place() const override { return remote_.place; }
  [[nodiscard]] bool is_remote() const override { return true; }
  [[nodiscard]] std::optional<RegistryLocation> registry_location() const override {
    return RegistryLocation{remote_.client->host(), remote_.repository};
  }

  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor& blob) override {
    if (const auto* embedded = oci::embedded_content(blob))
      return std::unique_ptr<http::BodySource>(std::make_unique<http::MemorySource>(*embedded));
    BERTH_TRY(auto stream, VerifiedStream::over(std::make_unique<RemoteBlob>(remote_, blob),
                                                remote_.place, blob.digest, blob.size));
    return std::unique_ptr<http::BodySource>(std::move(stream));
  }

  base::Result<void> check_blob(const oci::Descriptor& blob) override {
    if (oci::embedded_content(blob) != nullptr) return {};
    BERTH_TRY(const auto size, remote_.client->blobs().size(remote_.repository, blob.digest));
    if (!size)
      return Error(ErrorClass::integrity, "source.missing",
                   fmt::format("{} is missing in {}", blob.digest.str(), remote_.place));
    if (*size == blob.size) return {};
    return damaged_blob(remote_.place, fmt::format("{} has {} bytes, {} in its descriptor",
                                                   blob.digest.brief(), *size, blob.size));
  }

  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t) override {
    return Error(ErrorClass::internal, "source.no-layer",
                 "a complete image has no uncompressed layers");
  }

 private:
  Remote remote_;
  Contents contents_;
};

}  // namespace

base::Result<std::unique_ptr<Source>> registry_source(
    std::shared_ptr<registry::RegistryClient> client, const oci::Reference& reference,
    const std::vector<oci::Platform>& platforms) {
  auto source = std::make_unique<RegistrySource>(
      Remote{std::move(client), reference.repository(), reference.str()});
  BERTH_CHECK(source->read(reference, platforms));
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace berth::image
