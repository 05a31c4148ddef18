// Source: one opened image, wherever it lies: what it consists of, and its bytes.
// Sources are written as containers-transports(5) writes them.
// Thread safety: contents() and open_*() from any thread; each stream is used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "http/message.hpp"
#include "image/compression.hpp"
#include "image/notices.hpp"
#include "oci/descriptor.hpp"
#include "oci/manifest.hpp"

namespace berth::image {

enum class Transport { docker_daemon, docker_archive, oci, oci_archive, docker };

std::string_view transport_name(Transport transport);

// A source as it was typed: "oci:DIR[:TAG]", "oci-archive:FILE[:TAG]", "docker-archive:FILE[:NAME:TAG]",
// "docker-daemon:NAME[:TAG]", "docker://REFERENCE"; "-" as FILE is standard input; no transport means docker-daemon.
struct SourceSpec {
  Transport transport = Transport::docker_daemon;
  std::string location;  // directory, file, "-", or image name
  std::string selector;  // tag, name:tag, or "@INDEX"; empty: the only one
  std::string text;      // as typed

  // Class usage, codes "source.…".
  static base::Result<SourceSpec> parse(std::string_view text);
};

// Whether `text` begins with "TRANSPORT:".
bool has_transport(std::string_view text);
// Whether that source is read from standard input ("docker-archive:-").
bool is_standard_input(std::string_view text);

enum class BlobKind { config, layer, other };  // other: an entry of an index that is not a manifest

// A blob that goes up byte for byte.
struct ReadyBlob {
  oci::Descriptor descriptor;
  BlobKind kind = BlobKind::layer;
};

// A manifest or index that goes up byte for byte.
struct ReadyManifest {
  std::string bytes;
  std::string media_type;
  oci::Digest digest;
  std::optional<oci::Platform> platform;  // std::nullopt if the index that lists it does not say it
};

// Everything is known: descriptors, sizes, bytes of all manifests.
struct ReadyImage {
  std::vector<ReadyManifest> manifests;  // children before parents; the root is last
  std::vector<ReadyBlob> blobs;          // each digest once; foreign layers are left out
  std::vector<oci::Descriptor> absent;   // manifests below an index that the source does not have; the destination may
  std::vector<Notice> notices;           // what is left out
};

// One layer of an image whose manifest does not exist yet.
struct RawLayer {
  oci::Digest diff_id;     // of the uncompressed tar; verified while it is read
  std::uint64_t size = 0;  // of what open_layer() yields, in bytes
  // Of what open_layer() yields. gzip is uploaded as it is, once its decompressed bytes are verified; everything else
  // is decompressed and compressed as gzip.
  std::optional<Compression> compression{};
  std::string place{};  // for errors: the archive
};

// A docker-archive or a daemon's image: config and uncompressed layers. berth writes Docker schema 2 from it.
struct RawImage {
  std::string config;  // the bytes of the config blob
  oci::Digest config_digest;
  oci::Platform platform;
  std::vector<RawLayer> layers;
};

using Contents = std::variant<ReadyImage, RawImage>;

class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  [[nodiscard]] virtual const Contents& contents() const = 0;
  // For errors: the directory, the archive, the reference.
  [[nodiscard]] virtual const std::string& place() const {
    static const std::string source = "the source";
    return source;
  }

  // Whether check_blob() asks a registry.
  [[nodiscard]] virtual bool is_remote() const { return false; }

  // A blob of a ReadyImage, as the source has it. The reader verifies size and digest at the end: class integrity,
  // code "source.blob", naming both digests. `blob` is one of contents(). The stream must not outlive the source.
  virtual base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor& blob) = 0;
  // Whether it is there in its size, without reading it. Class integrity, codes "source.missing", "source.blob".
  virtual base::Result<void> check_blob(const oci::Descriptor& blob) {
    BERTH_TRY([[maybe_unused]] const auto stream, open_blob(blob));
    return {};
  }
  // A layer of a RawImage, by its place in contents(), unverified.
  virtual base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t index) = 0;
};

// What opening a source may use. References outlive the source.
struct SourceContext {
  const base::Cancellation& cancellation;
  base::Log& log;
  std::function<std::optional<std::string>(std::string_view)> environment;  // DOCKER_HOST and its kin
  std::vector<oci::Platform> platforms;                                     // empty: everything the source holds
};

// Every transport but docker: registry_source.hpp. Several images and no selector: class usage, code
// "source.ambiguous", listing them. A selector that is not there: class not-found, listing what is. A truncated or
// lying archive: class integrity.
base::Result<std::unique_ptr<Source>> open_source(const SourceSpec& spec, const SourceContext& context);

}  // namespace berth::image
