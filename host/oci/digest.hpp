// Digest: an algorithm and its hex value, always valid once constructed. Accepts only sha256 and
// sha512, in lower-case hex. Value. Source: OCI image-spec 1.1, descriptor.md, "Digests".
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::oci {

enum class Algorithm { sha256, sha512 };

class Digest {
 public:
  // Class usage, codes "digest.invalid" and "digest.algorithm" (well-formed, but of another
  // algorithm).
  static base::Result<Digest> parse(std::string_view text);

  [[nodiscard]] Algorithm algorithm() const;
  [[nodiscard]] std::string_view hex() const;
  // Returns "sha256:…".
  [[nodiscard]] const std::string& str() const { return text_; }
  // Returns "sha256:ab12cd34ef56…", for people.
  [[nodiscard]] std::string brief() const;
  // Returns whether the digests cannot be of the same bytes. False for two algorithms: only the
  // bytes could show it.
  [[nodiscard]] bool conflicts_with(const Digest& other) const {
    return algorithm() == other.algorithm() && text_ != other.text_;
  }

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  explicit Digest(std::string text) : text_(std::move(text)) {}
  friend class Hasher;
  std::string text_;
};

}  // namespace berth::oci
