// Reference: the name of an image: a registry host, a repository, and a tag or a digest or both.
// Always valid once constructed. Docker's normalisation is applied: without a host, docker.io; a
// bare name there is library/NAME; index.docker.io and registry-1.docker.io are docker.io. Source:
// OCI distribution-spec 1.1, "Pulling manifests" (name and tag grammar); distribution/reference
// (normalisation).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oci/digest.hpp"
#include "oci/grammar.hpp"

namespace berth::oci {

class Reference {
 public:
  // HOST[:PORT]/REPOSITORY[:TAG][@DIGEST], or Docker's short forms. Class usage, codes
  // "reference.…".
  static base::Result<Reference> parse(std::string_view text);
  // Checks the parts as parse() does.
  static base::Result<Reference> make(std::string_view host, std::string_view repository,
                                      std::optional<std::string> tag, std::optional<Digest> digest);

  [[nodiscard]] const std::string& host() const {
    return host_;
  }  // "r.example", "localhost:5000", "[::1]:5000"
  [[nodiscard]] const std::string& repository() const { return repository_; }  // "acme/app"
  [[nodiscard]] const std::optional<std::string>& tag() const { return tag_; }
  [[nodiscard]] const std::optional<Digest>& digest() const { return digest_; }

  // Returns "host/repository".
  [[nodiscard]] std::string name() const;
  // Returns the canonical text, with tag and digest if present.
  [[nodiscard]] std::string str() const;

  [[nodiscard]] Reference with_tag(std::string tag) const;  // the tag must have passed check_tag
  [[nodiscard]] Reference with_digest(Digest digest) const;
  [[nodiscard]] Reference without_tag() const;

  friend bool operator==(const Reference&, const Reference&) = default;

 private:
  Reference() = default;
  std::string host_;
  std::string repository_;
  std::optional<std::string> tag_;
  std::optional<Digest> digest_;
};

}  // namespace berth::oci
