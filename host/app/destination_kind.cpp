#include "app/destination_kind.hpp"

#include "app/registries_conf_policy.hpp"

namespace berth::app {
namespace {

class RegistryKind final : public DestinationKind {
 public:
  [[nodiscard]] bool requires_credentials() const override { return true; }
  // Every registry accepts it.
  [[nodiscard]] push::ManifestForm manifest_form() const override { return push::ManifestForm::docker; }
  [[nodiscard]] push::VerificationLimits verification() const override { return {}; }
  base::Result<void> check_allowed(const App& app, const Target& target) const override {
    return check_not_blocked(app, target.reference());
  }
  base::Result<Connection> connect(const App& app, ConnectRequest request, Events& events) const override {
    return app::connect(app, std::move(request), events);
  }
  [[nodiscard]] std::unique_ptr<push::StoredContent> content(const Target& target,
                                                             registry::Session* session) const override {
    return session != nullptr ? push::registry_content(*session, target.full_repository) : nullptr;
  }
  base::Result<std::unique_ptr<push::Destination>> open(const App& app, const OpenRequest& request) const override {
    return push::registry_destination(*request.session, request.target.full_repository, request.rules, app.cancellation,
                                      app.log, request.on_retry);
  }
};

class LayoutKind final : public DestinationKind {
 public:
  [[nodiscard]] bool requires_credentials() const override { return false; }
  // Readers of a layout look for OCI manifests only.
  [[nodiscard]] push::ManifestForm manifest_form() const override { return push::ManifestForm::oci; }
  // What a disk does not return now, it does not return later.
  [[nodiscard]] push::VerificationLimits verification() const override { return {.total = {}}; }
  base::Result<void> check_allowed(const App& /*app*/, const Target& /*target*/) const override { return {}; }
  base::Result<Connection> connect(const App& /*app*/, ConnectRequest /*request*/, Events& /*events*/) const override {
    return Connection();
  }
  [[nodiscard]] std::unique_ptr<push::StoredContent> content(const Target& target,
                                                             registry::Session* /*session*/) const override {
    return push::layout_content(target.uri.directory());
  }
  base::Result<std::unique_ptr<push::Destination>> open(const App& app, const OpenRequest& request) const override {
    return push::layout_destination(request.target.uri.directory(), request.target.repository, app.cancellation);
  }
};

}  // namespace

const DestinationKind& kind_of(const oci::RegistryUri& uri) {
  static const RegistryKind registry;
  static const LayoutKind layout;
  if (uri.is_layout()) return layout;
  return registry;
}

}  // namespace berth::app
