// Platform: the operating system, CPU architecture and variant of an image.
// Value. Keeps the original spelling; comparisons use containerd's normal form: lower case, x86_64
// = amd64/v1 = amd64, aarch64 = arm64/v8 = arm64, arm = armhf = arm/v7, armel = arm/v6, i386 = 386,
// macos = darwin; and the names that `uname -m` prints. Source: OCI image-spec 1.1, image-index.md
// ("platform"); github.com/containerd/platforms, database.go.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.hpp"
#include "base/result.hpp"

namespace berth::oci {

struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;
  std::string os_version{};  // Windows: "10.0.17763.1518"

  // Parses OS/ARCH[/VARIANT][:OSVERSION] (crane, oras), OS(OSVERSION)/ARCH[/VARIANT] (containerd),
  // or ARCH of Linux (docker), in any case. Class usage, code "platform.invalid".
  static base::Result<Platform> parse(std::string_view text);
  // Reads the members os, architecture, variant and os.version of a descriptor's platform or an
  // image config. std::nullopt if os or architecture is missing: the platform is then unknown.
  static std::optional<Platform> from_json(const base::Json& json);

  [[nodiscard]] Platform normalized() const;
  // Returns the normal form: "linux/arm64", "linux/arm/v7".
  [[nodiscard]] std::string str() const;
  // Returns the same with the OS version: "windows/amd64:10.0.17763.1518".
  [[nodiscard]] std::string full_str() const;
  // Returns false for unknown/unknown, which BuildKit uses for attestations.
  [[nodiscard]] bool is_known() const;
  // Returns whether this is the requested platform. A request without OSVERSION matches any
  // version.
  [[nodiscard]] bool equals(const Platform& requested) const;
  // The same, but a request without a variant matches any variant.
  [[nodiscard]] bool matches(const Platform& requested) const;

  friend bool operator==(const Platform&, const Platform&) = default;
};

// Returns the positions in `available` that `requested` selects: all equal platforms; else all that
// match, if they have the same variant (linux/arm selects arm/v7, and arm/v6 if that is the only
// variant). Empty if there are no matches.
std::vector<std::size_t> select_platform(std::span<const std::optional<Platform>> available,
                                         const Platform& requested);

}  // namespace berth::oci
