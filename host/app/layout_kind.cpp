#include "app/layout_kind.hpp"

#include "push/layout_destination.hpp"

namespace berth::app {
namespace {

class LayoutKind final : public DestinationKind {
 public:
  [[nodiscard]] bool is_remote() const override { return false; }

  [[nodiscard]] bool accepts_flavor(const std::string& flavor) const override { return flavor == kLayoutFlavor; }
  [[nodiscard]] const char* mismatch_fix() const override { return "pass --flavor layout"; }
  [[nodiscard]] bool holds(const oci::RegistryUri& uri, const std::string& name) const override {
    return name.starts_with(uri.str() + "/");
  }
  [[nodiscard]] bool is_relative(const std::string& name) const override { return !name.starts_with("oci:"); }
  [[nodiscard]] base::Result<std::optional<ImageName>> parse_name(const oci::RegistryUri& uri,
                                                                  const std::string& name) const override {
    if (!holds(uri, name)) return std::optional<ImageName>();
    BERTH_TRY(const auto reference, oci::Reference::parse("localhost/" + name.substr(uri.str().size() + 1)));
    return std::optional(ImageName{.repository = reference.repository(),
                                   .full_repository = reference.repository(),
                                   .tag = reference.tag(),
                                   .digest = reference.digest()});
  }
  [[nodiscard]] std::string full_name(const oci::RegistryUri& uri, const ImageName& image) const override {
    return uri.str() + "/" + image.repository;
  }

  // Readers of a layout look for OCI manifests only.
  [[nodiscard]] push::ManifestForm manifest_form() const override { return push::ManifestForm::oci; }
  // What a disk does not return now, it does not return later.
  [[nodiscard]] push::VerificationLimits verification() const override { return {.total = {}}; }
  base::Result<void> check_allowed(const App& /*app*/, const Target& /*target*/) const override { return {}; }
  base::Result<Connection> connect(const App& /*app*/, ConnectRequest /*request*/, Events& /*events*/) const override {
    return Connection();
  }
  [[nodiscard]] std::unique_ptr<push::StoredContent> content(const Target& target,
                                                             registry::RegistryClient* /*client*/) const override {
    return push::layout_content(target.uri.directory());
  }
  base::Result<std::unique_ptr<push::Destination>> open(const App& app, const OpenRequest& request) const override {
    return push::layout_destination(request.target.uri.directory(), request.target.image.repository, app.cancellation);
  }
};

}  // namespace

const DestinationKind& layout_kind() {
  static const LayoutKind kind;
  return kind;
}

}  // namespace berth::app
