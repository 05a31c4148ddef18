// Source: one opened image: its contents and its bytes. open_source.hpp opens it.
// Thread safety: contents() and open_*() from any thread; each stream is used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "http/message.hpp"
#include "image/compression.hpp"
#include "image/notices.hpp"
#include "oci/descriptor.hpp"
#include "oci/manifest.hpp"
#include "platform/file_version.hpp"

namespace berth::image {

enum class BlobKind { config, layer, other };  // other: an entry of an index that is not a manifest

// A blob that is uploaded byte for byte.
struct ReadyBlob {
  oci::Descriptor descriptor;
  BlobKind kind = BlobKind::layer;
};

// A manifest or index that is uploaded byte for byte.
struct ReadyManifest {
  std::string bytes;
  std::string media_type;
  oci::Digest digest;
  std::optional<oci::Platform> platform;  // std::nullopt if the index does not contain it
};

// An image whose descriptors, sizes and manifest bytes are all known.
struct ReadyImage {
  std::vector<ReadyManifest> manifests;  // children before parents; the root is last
  std::vector<ReadyBlob> blobs;          // no duplicates; without foreign layers
  std::vector<oci::Descriptor> absent;   // manifests below an index; the destination may have them
  std::vector<Notice> notices;           // what is left out
};

// One layer of an image whose manifest does not exist yet.
struct RawLayer {
  oci::Digest diff_id;     // of the uncompressed tar; verified while it is read
  std::uint64_t size = 0;  // of the data of open_layer(), in bytes
  // Compression of the data of open_layer(); layer_encoding.hpp decides which of it is uploaded
  // unchanged.
  std::optional<Compression> compression{};
  std::string place{};  // for errors: the archive
  std::uint64_t offset =
      0;  // of the data in the archive's file; distinguishes layers with the same diff ID
};

// An image from a docker-archive or a daemon: config and layers. berth creates the manifest for it.
struct RawImage {
  std::string config;  // the bytes of the config blob
  oci::Digest config_digest;
  oci::Platform platform;
  std::vector<RawLayer> layers;
};

using Contents = std::variant<ReadyImage, RawImage>;

// A repository of a registry.
struct RegistryLocation {
  std::string host;        // "localhost:5000"
  std::string repository;  // "team/app"
};

class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  [[nodiscard]] virtual const Contents& contents() const = 0;
  // For errors: the directory, the archive or the reference.
  [[nodiscard]] virtual const std::string& place() const {
    static const std::string source = "the source";
    return source;
  }

  // The version that the image's file had before its first byte was read, if the file still has it,
  // and a write since then would have changed it. std::nullopt if the image is not stored in one
  // regular file.
  [[nodiscard]] virtual std::optional<platform::FileVersion> settled_version() const {
    return std::nullopt;
  }

  // Whether the store of the image guarantees that the layers of a RawImage match their diff IDs.
  [[nodiscard]] virtual bool vouches_for_layers() const { return false; }

  // Returns whether check_blob() sends a request to a registry.
  [[nodiscard]] virtual bool is_remote() const { return false; }
  // Returns the repository that has the blobs; std::nullopt if they are not in a registry.
  [[nodiscard]] virtual std::optional<RegistryLocation> registry_location() const {
    return std::nullopt;
  }

  // Opens a blob of a ReadyImage. `blob` is one of contents(). The stream verifies size and digest
  // at its end: class integrity, code "source.blob", with both digests. The stream must not outlive
  // the source.
  virtual base::Result<std::unique_ptr<http::BodySource>> open_blob(
      const oci::Descriptor& blob) = 0;
  // Checks, without reading it, that the blob exists and has its size. Class integrity, codes
  // "source.missing", "source.blob".
  virtual base::Result<void> check_blob(const oci::Descriptor& blob) {
    BERTH_TRY([[maybe_unused]] const auto stream, open_blob(blob));
    return {};
  }
  // Opens a layer of a RawImage, by its index in contents(); not verified.
  virtual base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t index) = 0;
};

}  // namespace berth::image
