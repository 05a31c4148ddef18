// Handles content that the source of an image does not have. A layout may omit what the destination
// has: the layers of a base image (`pack build --sparse`), or platforms of an index that were not
// pulled.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "image/source.hpp"
#include "push/plan.hpp"
#include "push/stored_content.hpp"

namespace berth::push {

struct MissingContent {
  struct Blob {
    std::size_t index = 0;  // in Plan::blobs
    base::Error reason;     // missing, or has another size
  };
  std::vector<Blob> blobs;
  std::vector<oci::Descriptor> manifests;  // below an index
  [[nodiscard]] bool empty() const { return blobs.empty() && manifests.empty(); }
};

// Finds the content that `source` does not have, without reading blobs. For a source in a registry,
// each blob costs one request and is checked only if `ask_registries`. An error means that it is
// not known.
base::Result<MissingContent> find_missing(const Plan& plan, image::Source& source,
                                          bool ask_registries);

// PushSource: the image of a push, and the content that it does not have, which is found once for
// all destinations. Thread-safe.
class PushSource {
 public:
  // `image` must outlive this object.
  explicit PushSource(image::Source& image) : image_(image) {}

  [[nodiscard]] image::Source& image() const { return image_; }
  // As find_missing(). All plans must have been created from the image. The result is valid for the
  // lifetime of this object. Blocks while another thread finds it.
  base::Result<const MissingContent*> missing(const Plan& plan, bool ask_registries);

 private:
  image::Source& image_;
  std::mutex mutex_;
  std::optional<base::Result<MissingContent>> complete_;  // guarded by mutex_
  std::optional<base::Result<MissingContent>>
      unasked_;  // guarded by mutex_; without requests to a registry
};

// Checks that the destination has everything that is missing. Class integrity, codes
// "source.missing" and "source.blob", which name the blobs; class not-found, code
// "source.absent-platform", which names the platforms. `destination` is its name, for errors.
base::Result<void> require_at_destination(const MissingContent& missing, const Plan& plan,
                                          const image::Source& source, StoredContent& stored,
                                          const std::string& destination);

// Returns the notice to show if the destination cannot be checked; std::nullopt if nothing is
// missing.
std::optional<image::Notice> missing_notice(const MissingContent& missing, const Plan& plan,
                                            const image::Source& source,
                                            const std::string& destination);

// Returns the plan without transferring the blobs that the source does not have.
Plan without_missing(Plan plan, const MissingContent& missing);

}  // namespace berth::push
