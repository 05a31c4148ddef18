// RegistryUri: the location of a container registry: HOST[:PORT][/PATH…], or oci:/absolute/dir for
// an OCI image layout. Always valid once constructed. Hosts are in lower case; Docker Hub's hosts
// become docker.io.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oci/reference.hpp"

namespace berth::oci {

class RegistryUri {
 public:
  // A URL scheme (https://, http://) is rejected; the fix is the right spelling. Class usage, codes
  // "uri.…".
  static base::Result<RegistryUri> parse(std::string_view text);

  [[nodiscard]] bool is_layout() const { return !directory_.empty(); }
  [[nodiscard]] const std::string& directory() const {
    return directory_;
  }  // layouts only: absolute, no trailing slash
  [[nodiscard]] const std::string& host() const { return host_; }  // empty for layouts
  [[nodiscard]] const std::string& path() const { return path_; }  // "" or "acme/team"
  [[nodiscard]] const std::string& str() const { return text_; }

  // Returns the repository of `reference` relative to this URI's path: "app" for r.example/acme/app
  // under r.example/acme; empty if the URI names exactly this repository. Only whole segments
  // match: r.example/ac does not contain r.example/acme. std::nullopt if the URI does not contain
  // the image, and for layouts.
  [[nodiscard]] std::optional<std::string> below(const Reference& reference) const;
  // Returns whether the URI can name one repository: it has a path. On docker.io, one segment is
  // only a namespace.
  [[nodiscard]] bool may_be_repository() const;
  [[nodiscard]] bool holds(const Reference& reference) const {
    return below(reference).has_value();
  }

  friend bool operator==(const RegistryUri&, const RegistryUri&) = default;

 private:
  RegistryUri() = default;
  std::string text_;
  std::string host_;
  std::string path_;
  std::string directory_;
};

// Returns whether the host (with or without port) is localhost, 127.0.0.0/8 or [::1]: HTTP without
// TLS by default.
bool is_loopback_host(std::string_view host);

}  // namespace berth::oci
