// Plan: the blobs and manifests that a push transfers, as a value. A dry run prints it, a flavor
// checks it, and the transfer executes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/layer_encoding.hpp"
#include "image/source.hpp"

namespace berth::push {

// Format of a manifest that berth creates: Docker's schema 2, which every registry accepts, or OCI,
// which readers of an OCI layout require.
enum class ManifestForm { docker, oci };

struct MediaTypes {
  std::string_view manifest;
  std::string_view config;
};

MediaTypes media_types_of(ManifestForm form);
// zstd has a media type only in the OCI form.
std::string_view layer_media_type(ManifestForm form, image::BlobFormat format);
ManifestForm other_form(ManifestForm form);

// What a push does with a blob. A dry run finds it out in advance; a push while it looks for the
// blob.
enum class PlannedAction {
  unknown,  // the digest is known after compression, or the destination did not report it
  upload,
  reuse,  // the destination has it
  mount,  // from PlannedBlob::mount_from
};

struct PlannedBlob {
  image::BlobKind kind = image::BlobKind::layer;
  std::string media_type;
  std::optional<oci::Digest>
      digest;  // std::nullopt: known after compression, unless the digest cache has it
  std::optional<oci::Digest> diff_id;  // raw layers only
  std::uint64_t size =
      0;  // exact if the digest is known; else an upper bound (or estimate, see plan.cpp)
  std::size_t source_index = 0;  // index into ReadyImage::blobs or RawImage::layers
  bool at_destination = false;  // it exists there, and the source does not have it: not transferred
  bool verified = false;        // raw layers: the source's bytes are known to match `diff_id`
  // A repository of the destination's registry that may have the blob, see blob_locations.hpp.
  std::optional<std::string> mount_from = std::nullopt;
  PlannedAction action = PlannedAction::unknown;  // set by look_up_actions()
};

struct Plan {
  std::vector<PlannedBlob>
      blobs;  // no duplicates; for a raw image the config, then the layers in order
  ManifestForm form = ManifestForm::docker;  // of a raw image's manifest
  bool form_is_fixed = false;                // the other form cannot describe the layers
  image::Encoding encoding = {};             // of a raw image's layers
  std::vector<image::ReadyManifest>
      manifests;  // ready images: children first, root last; else empty
  std::optional<image::ReadyManifest>
      predicted;                      // of a raw image whose compressed layers are all known
  std::optional<oci::Digest> digest;  // of the root manifest; std::nullopt: known after compression
  std::string media_type;             // of the root manifest
  std::vector<oci::Platform> platforms;
  std::uint64_t total_size = 0;  // sum of the blobs' sizes
  bool up_to_date = false;       // the first tag points to the image; set by look_up_actions()
};

// `form` and `encoding` are for raw images. A plan with zstd has the OCI form, whatever `form` is.
Plan plan_push(const image::Contents& contents, ManifestForm form,
               const image::Encoding& encoding = {});

// Checks that the root manifest is the one that the destination's digest requires, if it has one.
// Class integrity, code "push.digest-mismatch".
base::Result<void> check_expected(const image::ReadyManifest& root,
                                  const std::optional<oci::Digest>& expected);

}  // namespace berth::push
