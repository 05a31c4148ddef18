// DestinationKind: how a push connects and transfers to destinations in a registry, or in an OCI
// image layout. uri_kind.hpp is how they are named. Stateless; safe from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/connection.hpp"
#include "push/destination.hpp"
#include "push/push_options.hpp"
#include "registry/blob_upload_rules.hpp"

namespace berth::app {

// References must outlive what open() returns.
struct OpenRequest {
  const Target& target;
  registry::RegistryClient* client;  // of DestinationKind::connect()
  const registry::BlobUploadRules& rules;
  http::RetryObserver on_retry = {};
};

class DestinationKind {
 public:
  DestinationKind() = default;
  DestinationKind(const DestinationKind&) = delete;
  DestinationKind& operator=(const DestinationKind&) = delete;
  virtual ~DestinationKind() = default;

  // The form of a manifest that berth creates.
  [[nodiscard]] virtual push::ManifestForm manifest_form() const = 0;
  // How long an accepted manifest is looked for.
  [[nodiscard]] virtual push::VerificationLimits verification() const = 0;
  // Checks without a connection that registries.conf does not block the destination.
  virtual base::Result<void> check_allowed(const App& app, const Target& target) const = 0;
  // As app::connect(). Returns a connection without a client if there is nothing to connect to.
  virtual base::Result<Connection> connect(const App& app, ConnectRequest request,
                                           Events& events) const = 0;
  // What the destination has already; nullptr if that is known only by asking, and `client` is
  // nullptr. `client` must outlive the result.
  [[nodiscard]] virtual std::unique_ptr<push::StoredContent> content(
      const Target& target, registry::RegistryClient* client) const = 0;
  virtual base::Result<std::unique_ptr<push::Destination>> open(
      const App& app, const OpenRequest& request) const = 0;
};

}  // namespace berth::app
