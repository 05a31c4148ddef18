// DestinationKind: what differs between destinations in a registry and destinations in an OCI image layout.
// Stateless; safe from any thread.
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

  // Whether it is reached through a connection, which may require credentials.
  [[nodiscard]] virtual bool is_remote() const = 0;

  // Names.
  // Whether container registries of this flavor have URIs of this kind; if not, mismatch_fix() is the remedy.
  [[nodiscard]] virtual bool accepts_flavor(const std::string& flavor) const = 0;
  [[nodiscard]] virtual const char* mismatch_fix() const = 0;
  // Whether `name` begins with `uri`.
  [[nodiscard]] virtual bool holds(const oci::RegistryUri& uri, const std::string& name) const = 0;
  // Whether `name` is below the URI without beginning with it, if the URI is given separately.
  [[nodiscard]] virtual bool is_relative(const std::string& name) const = 0;
  // Parses a name that begins with `uri`: "r.example/acme/app:1", "oci:/srv/images/app:1". std::nullopt if it does not.
  [[nodiscard]] virtual base::Result<std::optional<ImageName>> parse_name(const oci::RegistryUri& uri,
                                                                          const std::string& name) const = 0;
  // The name in full, without tag and digest.
  [[nodiscard]] virtual std::string full_name(const oci::RegistryUri& uri, const ImageName& image) const = 0;

  // Transfers.
  // The form of a manifest that berth creates.
  [[nodiscard]] virtual push::ManifestForm manifest_form() const = 0;
  // How long an accepted manifest is looked for.
  [[nodiscard]] virtual push::VerificationLimits verification() const = 0;
  // Checks without a connection that registries.conf does not block the destination.
  virtual base::Result<void> check_allowed(const App& app, const Target& target) const = 0;
  // As app::connect(). Returns a connection without a client if there is nothing to connect to.
  virtual base::Result<Connection> connect(const App& app, ConnectRequest request, Events& events) const = 0;
  // What the destination has already; nullptr if that is known only by asking, and `client` is nullptr.
  // `client` must outlive the result.
  [[nodiscard]] virtual std::unique_ptr<push::StoredContent> content(const Target& target,
                                                                     registry::RegistryClient* client) const = 0;
  virtual base::Result<std::unique_ptr<push::Destination>> open(const App& app, const OpenRequest& request) const = 0;
};

const DestinationKind& kind_of(const oci::RegistryUri& uri);

}  // namespace berth::app
