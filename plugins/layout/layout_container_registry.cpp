// layout: an OCI image layout in a directory of this machine. The host writes it; the flavor
// validates the URI.
#include <berth/container_registry.hpp>

namespace {

constexpr berth::FindingKind kUri{"layout.uri", berth::error,
                                  "The URI of a layout is oci:/absolute/dir."};
constexpr berth::FindingKind kDockerManifest{
    "layout.docker-manifest", berth::warning,
    "The image has Docker's media types, which readers of OCI layouts skip: it is stored, and they "
    "do not see it."};

class LayoutContainerRegistry : public berth::BaseContainerRegistry {
 public:
  static constexpr char FLAVOR[] = "layout";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "an OCI image layout in a directory: oci:/absolute/dir";

  static constexpr const berth::FindingKind* FINDINGS[] = {&kUri, &kDockerManifest};

  LayoutContainerRegistry() {
    if (uri().rfind("oci:/", 0) != 0)
      throw berth::Failure(kUri, uri() + " does not name a layout", "write oci:/absolute/dir");
  }

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    if (image.media_type().rfind("application/vnd.docker.", 0) == 0)
      call.report(kDockerManifest,
                  "the image has Docker's media types, which readers of OCI layouts skip",
                  "convert it first: skopeo copy --format oci SOURCE oci:DIR");
  }
};

}  // namespace
BERTH_PLUGIN(LayoutContainerRegistry)
