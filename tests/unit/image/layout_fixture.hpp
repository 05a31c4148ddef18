// Layout: an OCI layout built piece by piece; returns descriptors that a test can modify.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "base/json_value.hpp"
#include "oci/descriptor.hpp"
#include "oci/hasher.hpp"
#include "support/images.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

class Layout {
 public:
  Layout(const TempDir& directory, const std::string& name) : directory_(directory), name_(name) {
    directory_.write(name_ + "/oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  }
  // The existing files.
  static Layout at(const TempDir& directory, const std::string& name) {
    return Layout(name, directory);
  }

  [[nodiscard]] std::string path() const { return directory_ / name_; }
  [[nodiscard]] std::string blob_path(const std::string& digest) const {
    return path() + "/blobs/sha256/" + digest.substr(7);
  }
  base::Json blob(const std::string& bytes, const std::string& media_type) const {
    const auto digest = sha256(bytes);
    directory_.write(name_ + "/blobs/sha256/" + digest.substr(7), bytes);
    return base::Json::object({{"mediaType", media_type},
                               {"digest", digest},
                               {"size", static_cast<std::uint64_t>(bytes.size())}});
  }
  base::Json manifest_of(const base::Json::Array& layers,
                         const std::optional<oci::Platform>& platform = {}) const {
    const auto config =
        blob(R"({"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}})",
             std::string(oci::media_type::kOciConfig));
    const auto document =
        base::Json::object({{"schemaVersion", 2},
                            {"mediaType", std::string(oci::media_type::kOciManifest)},
                            {"config", config},
                            {"layers", base::Json(layers)}});
    auto entry = blob(document.dump(), std::string(oci::media_type::kOciManifest));
    if (platform)
      entry.set("platform", base::Json::object({{"os", platform->os},
                                                {"architecture", platform->architecture},
                                                {"variant", platform->variant}}));
    return entry;
  }
  // With one gzipped layer for each content.
  base::Json manifest(const std::vector<std::string>& contents,
                      const std::optional<oci::Platform>& platform = {}) const {
    base::Json::Array layers;
    for (const auto& content : contents)
      layers.push_back(blob(gzip(content), std::string(oci::media_type::kOciLayerGzip)));
    return manifest_of(layers, platform);
  }
  base::Json index(const base::Json::Array& manifests) const {
    return blob(index_text(manifests), std::string(oci::media_type::kOciIndex));
  }
  void write_index(const base::Json::Array& manifests) const {
    directory_.write(name_ + "/index.json", index_text(manifests));
  }

 private:
  Layout(const std::string& name, const TempDir& directory) : directory_(directory), name_(name) {}
  static std::string index_text(const base::Json::Array& manifests) {
    return base::Json::object({{"schemaVersion", 2},
                               {"mediaType", std::string(oci::media_type::kOciIndex)},
                               {"manifests", base::Json(manifests)}})
        .dump();
  }
  const TempDir& directory_;
  std::string name_;
};

}  // namespace berth::test
