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

// Returns whether the first segment of a name is a host. "app:feature" before a slash is not:
// "feature" is not a port, and the user meant a tag.
bool is_host_segment(std::string_view segment) {
  if (!reads_as_host(segment)) return false;
  const std::size_t colon = segment.rfind(':');
  if (colon == std::string_view::npos || reads_as_host(segment.substr(0, colon))) return true;
  return segment.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

// Returns the length of "HOST/"; 0 if `name` has no host.
std::size_t host_length(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash != std::string_view::npos && is_host_segment(name.substr(0, slash)) ? slash + 1 : 0;
}

// Returns the position of the colon before the tag; npos without one. A colon in the first segment
// may precede the host's port. A slash after the colon is invalid, but what follows the colon is
// still treated as a tag.
std::size_t tag_colon(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  const std::size_t last = name.rfind(':');
  if (last != std::string_view::npos && (slash == std::string_view::npos || last > slash))
    return last;
  return name.find(':', host_length(name));
}

base::Result<Parts> split(std::string_view text) {
  Parts parts;
  parts.name = text;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    BERTH_TRY(Digest digest, Digest::parse(text.substr(at + 1)));
    parts.digest = std::move(digest);
    parts.name = text.substr(0, at);
  }
  const std::size_t colon = tag_colon(parts.name);
  if (colon == std::string_view::npos) return parts;
  parts.tag = std::string(parts.name.substr(colon + 1));
  parts.name = parts.name.substr(0, colon);
  return parts;
}

}  // namespace

base::Result<Reference> Reference::make(std::string_view host, std::string_view repository,
                                        std::optional<std::string> tag,
                                        std::optional<Digest> digest) {
  Reference reference;
  BERTH_TRY(reference.host_, parse_host(host));
  BERTH_CHECK(check_repository(repository));
  if (tag) BERTH_CHECK(check_tag(*tag));
  reference.repository_ = repository;
  if (reference.host_ == kDockerHub && repository.find('/') == std::string_view::npos)
    reference.repository_ = "library/" + reference.repository_;
  reference.tag_ = std::move(tag);
  reference.digest_ = std::move(digest);
  if (reference.name().size() > kMaxName)
    return base::Error(base::ErrorClass::usage, "reference.length", "the reference is too long")
        .cause("host and repository together have more than 255 characters");
  return reference;
}

base::Result<Reference> Reference::parse(std::string_view text) {
  if (text.empty())
    return base::Error(base::ErrorClass::usage, "reference.empty", "the image reference is empty");
  if (!base::is_clean_text(text))
    return base::Error(base::ErrorClass::usage, "reference.characters",
                       "invalid image reference " + base::quote(text))
        .cause("it has control characters");
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos)
    return base::Error(base::ErrorClass::usage, "reference.scheme",
                       base::quote(text) + " is a URL, not an image reference")
        .fix("write " + std::string(text.substr(scheme + 3)));
  BERTH_TRY(Parts parts, split(text));
  const std::size_t host = host_length(parts.name);
  if (host == 0) return make(kDockerHub, parts.name, std::move(parts.tag), std::move(parts.digest));
  return make(parts.name.substr(0, host - 1), parts.name.substr(host), std::move(parts.tag),
              std::move(parts.digest));
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
