#include "app/registry_kind.hpp"

#include "app/registries_conf_policy.hpp"
#include "push/registry_destination.hpp"

namespace berth::app {
namespace {

class RegistryKind final : public DestinationKind {
 public:
  // Every registry accepts it.
  [[nodiscard]] push::ManifestForm manifest_form() const override {
    return push::ManifestForm::docker;
  }
  [[nodiscard]] push::VerificationLimits verification() const override { return {}; }
  base::Result<void> check_allowed(const App& app, const Target& target) const override {
    return check_not_blocked(app, target.reference());
  }
  base::Result<Connection> connect(const App& app, ConnectRequest request,
                                   Events& events) const override {
    return app::connect(app, std::move(request), events);
  }
  [[nodiscard]] std::unique_ptr<push::StoredContent> content(
      const Target& target, registry::RegistryClient* client) const override {
    return client != nullptr ? push::registry_content(*client, target.image.full_repository)
                             : nullptr;
  }
  base::Result<std::unique_ptr<push::Destination>> open(const App& app,
                                                        const OpenRequest& request) const override {
    return push::registry_destination(*request.client, request.target.image.full_repository,
                                      {.rules = request.rules, .on_retry = request.on_retry},
                                      app.cancellation, app.log);
  }
};

}  // namespace

const DestinationKind& registry_kind() {
  static const RegistryKind kind;
  return kind;
}

}  // namespace berth::app
