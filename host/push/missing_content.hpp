// What the source of an image does not have. A layout may leave out what the destination has: the layers of a base
// image
// (`pack build --sparse`), or the platforms of an index that were not pulled.
#pragma once

#include <optional>
#include <vector>

#include "image/source.hpp"
#include "push/plan.hpp"
#include "push/stored_content.hpp"

namespace berth::push {

struct MissingContent {
  struct Blob {
    std::size_t index = 0;  // in Plan::blobs
    base::Error reason;     // missing, or of another size
  };
  std::vector<Blob> blobs;
  std::vector<oci::Descriptor> manifests;  // below an index
  [[nodiscard]] bool empty() const { return blobs.empty() && manifests.empty(); }
};

// Finds what `source` does not have of the image, without reading blobs. Blobs of a registry cost one request each and
// are looked at only if `ask_registries`. Errors: not found out.
base::Result<MissingContent> find_missing(const Plan& plan, image::Source& source, bool ask_registries);

// Checks that the destination has everything that is missing. Class integrity, codes "source.missing" and
// "source.blob", which name the blobs; class not-found, code "source.absent-platform", which names the platforms.
// `destination` is for errors.
base::Result<void> require_at_destination(const MissingContent& missing, const Plan& plan, const image::Source& source,
                                          StoredContent& stored, const std::string& destination);

// What to say if the destination cannot be asked; std::nullopt if nothing is missing.
std::optional<image::Notice> missing_notice(const MissingContent& missing, const Plan& plan,
                                            const image::Source& source, const std::string& destination);

// The plan without the transfer of the blobs that the source does not have.
Plan without_missing(Plan plan, const MissingContent& missing);

}  // namespace berth::push
