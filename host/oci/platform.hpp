// Platform: the operating system, CPU architecture and variant that an image is for.
// Value. Kept as written; comparison uses one normal form, that of containerd: lower case, x86_64 = amd64/v1 = amd64,
// aarch64 = arm64/v8 = arm64, arm = armhf = arm/v7, armel = arm/v6, i386 = 386, macos = darwin; and the names that
// `uname -m` prints.
// Source: OCI image-spec 1.1, image-index.md ("platform"); github.com/containerd/platforms, database.go.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace berth::oci {

struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;
  std::string os_version{};  // Windows: "10.0.17763.1518"

  // OS/ARCH[/VARIANT][:OSVERSION] (crane, oras) or OS(OSVERSION)/ARCH[/VARIANT] (containerd), in any case.
  // Class usage, code "platform.invalid".
  static base::Result<Platform> parse(std::string_view text);
  // Reads the members os, architecture, variant and os.version of a descriptor's platform or of an image config.
  // std::nullopt if os or architecture is missing, which says nothing of the image.
  static std::optional<Platform> from_json(const base::Json& json);

  [[nodiscard]] Platform normalized() const;
  // The normal form: "linux/arm64", "linux/arm/v7".
  [[nodiscard]] std::string str() const;
  // The same with the version of the operating system: "windows/amd64:10.0.17763.1518".
  [[nodiscard]] std::string full_str() const;
  // False for unknown/unknown, which BuildKit gives to attestations.
  [[nodiscard]] bool is_known() const;
  // Whether this is the platform that a request names. A request without OSVERSION matches any.
  [[nodiscard]] bool equals(const Platform& requested) const;
  // The same, except that a request without a variant matches any.
  [[nodiscard]] bool matches(const Platform& requested) const;

  friend bool operator==(const Platform&, const Platform&) = default;
};

// Returns the positions in `available` of what `requested` selects: every equal platform, else every match if these
// agree on the variant (linux/arm selects arm/v7, and arm/v6 where that is the only variant). Empty: none.
std::vector<std::size_t> select_platform(std::span<const std::optional<Platform>> available, const Platform& requested);

}  // namespace berth::oci
