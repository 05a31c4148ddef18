// DigestCache: results of earlier pushes: the compressed blob of each uncompressed layer, which
// archives were verified, and which repositories had a blob. It only saves work: without it every
// layer is read, verified and compressed, with the same result. Whether a registry has a blob is
// still requested. The directory is trusted like the program itself: write access to it decides
// which blob is pushed for a layer, so never restore it from a job that runs untrusted code.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "oci/digest.hpp"
#include "platform/file_version.hpp"
#include "push/build_manifest.hpp"

namespace berth::push {

// Several processes may use one directory. Safe from any thread. Nothing fails: what cannot be read
// is not known, and what cannot be written is not remembered.
class DigestCache {
 public:
  // The directory is created when something is stored. It is not used if other users can change it
  // (a warning).
  DigestCache(std::string directory, base::Log& log);

  // Keeps the layers that are stored in memory as well, for later images of the same command.
  void remember_in_memory() { in_memory_ = true; }

  // The blob that the encoder makes of the layer with this diff ID.
  [[nodiscard]] std::optional<CompressedBlob> find_layer(const oci::Digest& diff_id,
                                                         std::string_view encoder) const;
  void store_layer(const oci::Digest& diff_id, std::string_view encoder,
                   const CompressedBlob& blob);

  // The repositories of the registry `host` that were seen to have the blob, the latest first; at
  // most kMaxRepositories. They may have lost it since.
  [[nodiscard]] std::vector<std::string> find_repositories(std::string_view host,
                                                           const oci::Digest& blob) const;
  void store_repository(std::string_view host, const std::string& repository,
                        const oci::Digest& blob);
  static constexpr std::size_t kMaxRepositories = 4;

  // The image whose config has this digest, if it was stored and all its layers are known for the
  // encoder. With an empty identity, the layers are their own blobs.
  [[nodiscard]] std::optional<image::RawImage> find_image(const std::string& config_digest,
                                                          std::string_view encoder) const;
  // For images of a store that knows them by their config, as the docker daemon does. Not stored if
  // a layer is compressed.
  void store_image(const image::RawImage& image);

  // A layer whose bytes in an archive match its diff ID.
  struct VerifiedLayer {
    oci::Digest diff_id;
    std::uint64_t offset = 0;              // RawLayer::offset
    std::optional<CompressedBlob> stored;  // its blob if the archive contains the compressed layer
  };
  // The layers of an archive that were verified when the file had this version, since the system
  // was started.
  [[nodiscard]] std::vector<VerifiedLayer> find_archive(const platform::FileVersion& version) const;
  void store_archive(const platform::FileVersion& version,
                     const std::vector<VerifiedLayer>& layers);

 private:
  [[nodiscard]] std::string layer_directory(const oci::Digest& diff_id) const;
  [[nodiscard]] std::string blob_directory(const oci::Digest& blob) const;
  // Whether no other user can change the directory; creates it first if `create` is set.
  bool check_directory(bool create);
  void store(const std::string& directory, const std::string& name, std::string_view kind,
             const std::vector<std::string>& lines, std::size_t most);

  std::string directory_;  // empty: not used
  std::once_flag created_;
  bool writable_ = false;  // set once
  base::Log& log_;
  bool in_memory_ = false;
  mutable std::mutex mutex_;
  std::map<std::string, CompressedBlob, std::less<>> layers_;  // guarded by mutex_
};

}  // namespace berth::push
