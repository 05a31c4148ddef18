// UriKind: how destinations in a registry, HOST[:PORT][/PATH], and in an OCI image layout,
// oci:/absolute/dir, are named. Stateless; safe from any thread.
#pragma once

#include <optional>
#include <string>

#include "app/image_name.hpp"
#include "base/result.hpp"
#include "oci/registry_uri.hpp"

namespace berth::app {

// The only flavor whose container registries are directories.
inline constexpr const char* kLayoutFlavor = "layout";

class UriKind {
 public:
  UriKind() = default;
  UriKind(const UriKind&) = delete;
  UriKind& operator=(const UriKind&) = delete;
  virtual ~UriKind() = default;

  // Whether it is reached through a connection, which may require credentials.
  [[nodiscard]] virtual bool is_remote() const = 0;

  // Whether container registries of this flavor have URIs of this kind; if not, mismatch_fix() is
  // the remedy.
  [[nodiscard]] virtual bool accepts_flavor(const std::string& flavor) const = 0;
  [[nodiscard]] virtual const char* mismatch_fix() const = 0;
  // Whether `name` begins with `uri`.
  [[nodiscard]] virtual bool holds(const oci::RegistryUri& uri, const std::string& name) const = 0;
  // Whether `name` is below the URI without beginning with it, if the URI is given separately.
  [[nodiscard]] virtual bool is_relative(const std::string& name) const = 0;
  // Parses a name that begins with `uri`: "r.example/acme/app:1", "oci:/srv/images/app:1".
  // std::nullopt if it does not.
  [[nodiscard]] virtual base::Result<std::optional<ImageName>> parse_name(
      const oci::RegistryUri& uri, const std::string& name) const = 0;
  // The name in full, without tag and digest.
  [[nodiscard]] virtual std::string full_name(const oci::RegistryUri& uri,
                                              const ImageName& image) const = 0;
};

const UriKind& kind_of(const oci::RegistryUri& uri);

}  // namespace berth::app
