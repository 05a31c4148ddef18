#include "oci/descriptor.hpp"

#include "base/escape.hpp"

namespace berth::oci {
namespace {

base::Error invalid(std::string cause) {
  return base::Error(base::ErrorClass::integrity, "descriptor.invalid", "a descriptor is not valid")
      .cause(std::move(cause));
}

std::optional<Platform> platform_of(const base::Json& json) {
  const base::Json* platform = json.find("platform");
  if (platform == nullptr || !platform->is_object()) return std::nullopt;
  return Platform{platform->string_or("os", ""), platform->string_or("architecture", ""),
                  platform->string_or("variant", "")};
}

std::vector<std::pair<std::string, std::string>> annotations_of(const base::Json& json) {
  std::vector<std::pair<std::string, std::string>> annotations;
  const base::Json* member = json.find("annotations");
  const auto* entries = member != nullptr ? member->as_object() : nullptr;
  if (entries == nullptr) return annotations;
  for (const auto& [key, value] : *entries)
    if (const auto* text = value.as_string()) annotations.emplace_back(key, *text);
  return annotations;
}

}  // namespace

base::Result<Platform> Platform::parse(std::string_view text) {
  const auto invalid_platform = [&] {
    return base::Error(base::ErrorClass::usage, "platform.invalid", base::quote(text) + " is no platform")
        .cause("expected os/arch or os/arch/variant, such as linux/arm64/v8");
  };
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '/') {
      parts.emplace_back();
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.') {
      parts.back() += c;
    } else {
      return invalid_platform();
    }
  }
  if (parts.size() < 2 || parts.size() > 3) return invalid_platform();
  for (const auto& part : parts)
    if (part.empty()) return invalid_platform();
  return Platform{parts[0], parts[1], parts.size() == 3 ? parts[2] : ""};
}

std::string Platform::str() const { return os + "/" + architecture + (variant.empty() ? "" : "/" + variant); }

bool Platform::matches(const Platform& wanted) const {
  return os == wanted.os && architecture == wanted.architecture &&
         (wanted.variant.empty() || variant == wanted.variant);
}

base::Result<Descriptor> Descriptor::from_json(const base::Json& json) {
  if (!json.is_object()) return invalid("it is no object");
  const base::Json* size = json.find("size");
  if (size == nullptr || !size->as_uint()) return invalid("its size is missing or no whole number from 0");
  if (*size->as_uint() > static_cast<std::uint64_t>(INT64_MAX)) return invalid("its size is absurd");
  const base::Json* digest_text = json.find("digest");
  if (digest_text == nullptr || !digest_text->is_string()) return invalid("its digest is missing");
  auto digest = Digest::parse(*digest_text->as_string());
  if (!digest) return invalid(digest.error().message());
  const base::Json* type = json.find("mediaType");
  if (type != nullptr && !type->is_string()) return invalid("its media type is no text");
  Descriptor descriptor{json.string_or("mediaType", ""),
                        std::move(digest).value(),
                        *size->as_uint(),
                        annotations_of(json),
                        platform_of(json),
                        {}};
  if (!base::is_clean_text(descriptor.media_type)) return invalid("its media type has control characters");
  const base::Json* urls = json.find("urls");
  if (urls != nullptr && urls->is_array())
    for (const auto& url : *urls->as_array())
      if (const auto* text = url.as_string()) descriptor.urls.push_back(*text);
  return descriptor;
}

const std::string* Descriptor::annotation(std::string_view key) const {
  for (const auto& [name, value] : annotations)
    if (name == key) return &value;
  return nullptr;
}

namespace media_type {

bool is_index(std::string_view type) { return type == kOciIndex || type == kDockerList; }
bool is_manifest(std::string_view type) { return type == kOciManifest || type == kDockerManifest; }
bool is_foreign_layer(std::string_view type) {
  return type.starts_with("application/vnd.docker.image.rootfs.foreign.") ||
         type.starts_with("application/vnd.oci.image.layer.nondistributable.");
}

}  // namespace media_type
}  // namespace berth::oci
