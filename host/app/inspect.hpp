// inspect: what an image consists of: its manifests, platforms, layers, configs, annotations and
// referrers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/open_image_reader.hpp"

namespace berth::app {

// The manifests of an index that are read; of a longer one only the entries are shown.
inline constexpr std::size_t kMaxReadManifests = 64;

using Annotations = std::vector<std::pair<std::string, std::string>>;

// A manifest of an image: the only one, or an entry of its index.
struct InspectedManifest {
  oci::Descriptor descriptor;  // of the entry; of an only manifest: media type, digest and size
  enum class State {
    read,      // the members below are known
    not_read,  // an entry that is not a manifest, or one of too many
    missing,   // the image lacks it
  } state = State::not_read;
  std::optional<oci::Platform> platform = {};  // of the entry, else of the config
  std::optional<oci::Descriptor> config = {};
  std::vector<oci::Descriptor> layers = {};
  std::optional<oci::Descriptor> subject = {};
  std::string artifact_type = {};
  Annotations annotations = {};  // of the manifest itself; those of the entry are in `descriptor`
  std::string config_text = {};  // the bytes of the config of an image; else empty

  // Returns the compressed size of the layers, in bytes.
  [[nodiscard]] std::uint64_t layers_size() const;
};

struct InspectReport {
  std::string reference;
  std::optional<ImageRoot> root = {};  // std::nullopt: the manifest does not exist yet
  std::string bytes = {};              // of the root
  bool is_index = false;
  Annotations annotations = {};  // of the root
  std::vector<InspectedManifest> manifests = {};
  std::vector<Referrer> referrers = {};
  std::optional<base::Error> referrers_error = {};  // why they are not known
  std::optional<image::RawImage> raw = {};          // instead of `root` and `manifests`
};

struct InspectRequest {
  ReadImageRequest image;
  std::optional<oci::Platform> platform = {};  // of an index: only this platform
};

// Errors: those of open_image_reader(); class integrity if a document does not match its digest or
// size, or the image lacks its only manifest; class not-found, code "source.no-platform".
base::Result<InspectReport> inspect(const App& app, const InspectRequest& request, Events& events);

// Returns the bytes of the manifest or index, and of the config. Without a platform, the config of
// an index with one image is that image's; with several: class usage, code "inspect.platform".
// Class usage, code "inspect.no-manifest", if the manifest does not exist yet.
base::Result<std::string> inspect_raw(const App& app, const InspectRequest& request,
                                      Events& events);
base::Result<std::string> inspect_config(const App& app, const InspectRequest& request,
                                         Events& events);

}  // namespace berth::app
