#include "app/layout_kind.hpp"

#include "push/layout_destination.hpp"

namespace berth::app {
namespace {

class LayoutKind final : public DestinationKind {
 public:
  // Readers of a layout look for OCI manifests only.
  [[nodiscard]] push::ManifestForm manifest_form() const override {
    return push::ManifestForm::oci;
  }
  // What a disk does not return now, it does not return later.
  [[nodiscard]] push::VerificationLimits verification() const override { return {.total = {}}; }
  base::Result<void> check_allowed(const App& /*app*/, const Target& /*target*/) const override {
    return {};
  }
  base::Result<Connection> connect(const App& /*app*/, ConnectRequest /*request*/,
                                   Events& /*events*/) const override {
    return Connection();
  }
  [[nodiscard]] std::unique_ptr<push::StoredContent> content(
      const Target& target, registry::RegistryClient* /*client*/) const override {
    return push::layout_content(target.uri.directory());
  }
  base::Result<std::unique_ptr<push::Destination>> open(const App& app,
                                                        const OpenRequest& request) const override {
    return push::layout_destination(request.target.uri.directory(), request.target.image.repository,
                                    app.cancellation);
  }
};

}  // namespace

const DestinationKind& layout_kind() {
  static const LayoutKind kind;
  return kind;
}

}  // namespace berth::app
