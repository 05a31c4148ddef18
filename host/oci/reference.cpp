#include "oci/reference.hpp"

#include "base/escape.hpp"
#include "oci/grammar.hpp"

namespace berth::oci {
namespace {

constexpr std::string_view kDockerHub = "docker.io";

struct Parts {
  std::string_view name;  // host and repository
  std::optional<std::string> tag;
  std::optional<Digest> digest;
};

// A tag's colon comes after the last slash; an earlier one belongs to the host's port.
base::Result<Parts> split(std::string_view text) {
  Parts parts;
  parts.name = text;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    BERTH_TRY(Digest digest, Digest::parse(text.substr(at + 1)));
    parts.digest = std::move(digest);
    parts.name = text.substr(0, at);
  }
  const std::size_t slash = parts.name.rfind('/');
  const std::size_t colon = parts.name.rfind(':');
  const bool tagged = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  if (!tagged) return parts;
  parts.tag = std::string(parts.name.substr(colon + 1));
  parts.name = parts.name.substr(0, colon);
  return parts;
}

}  // namespace

base::Result<Reference> Reference::make(std::string_view host, std::string_view repository,
                                        std::optional<std::string> tag, std::optional<Digest> digest) {
  Reference reference;
  BERTH_TRY(reference.host_, parse_host(host));
  BERTH_CHECK(check_repository(repository));
  if (tag) BERTH_CHECK(check_tag(*tag));
  reference.repository_ = repository;
  if (reference.host_ == kDockerHub && repository.find('/') == std::string_view::npos)
    reference.repository_ = "library/" + reference.repository_;
  reference.tag_ = std::move(tag);
  reference.digest_ = std::move(digest);
  if (reference.name().size() > kLongestName)
    return base::Error(base::ErrorClass::usage, "reference.length", "the reference is too long")
        .cause("host and repository together have more than 255 characters");
  return reference;
}

base::Result<Reference> Reference::parse(std::string_view text) {
  if (text.empty()) return base::Error(base::ErrorClass::usage, "reference.empty", "the image reference is empty");
  if (!base::is_clean_text(text))
    return base::Error(base::ErrorClass::usage, "reference.characters", base::quote(text) + " is no image reference")
        .cause("it has control characters");
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos)
    return base::Error(base::ErrorClass::usage, "reference.scheme",
                       base::quote(text) + " is a URL, not an image reference")
        .fix("write " + std::string(text.substr(scheme + 3)));
  BERTH_TRY(Parts parts, split(text));
  const std::size_t slash = parts.name.find('/');
  const bool has_host = slash != std::string_view::npos && reads_as_host(parts.name.substr(0, slash));
  if (!has_host) return make(kDockerHub, parts.name, std::move(parts.tag), std::move(parts.digest));
  return make(parts.name.substr(0, slash), parts.name.substr(slash + 1), std::move(parts.tag), std::move(parts.digest));
}

std::string Reference::name() const { return host_ + "/" + repository_; }

std::string Reference::str() const {
  std::string text = name();
  if (tag_) text += ":" + *tag_;
  if (digest_) text += "@" + digest_->str();
  return text;
}

Reference Reference::with_tag(std::string tag) const {
  Reference copy = *this;
  copy.tag_ = std::move(tag);
  return copy;
}

Reference Reference::with_digest(Digest digest) const {
  Reference copy = *this;
  copy.digest_ = std::move(digest);
  return copy;
}

Reference Reference::without_tag() const {
  Reference copy = *this;
  copy.tag_.reset();
  return copy;
}

}  // namespace berth::oci
