// What people type: references, URIs of container registries, sources, digests, platforms, names.
#include "oci/reference.hpp"

#include <algorithm>

#include "fuzz/target.hpp"
#include "image/source.hpp"
#include "image/source_spec.hpp"
#include "oci/platform.hpp"
#include "oci/registry_uri.hpp"
#include "registry/credential_keys.hpp"

namespace berth::fuzz {
namespace {

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

void check_reference(std::string_view input) {
  const auto reference = oci::Reference::parse(input);
  if (!reference) return;
  const auto again = oci::Reference::parse(reference->str());
  require(again && *again == *reference, "a reference is read as it is written");
  require(bool(oci::check_repository(reference->repository())), "a repository is valid");
  require(!reference->tag() || oci::check_tag(*reference->tag()), "a tag is valid");
  require(
      is_plain(reference->str()) && reference->host().find_first_of("/@?#\\%") == std::string::npos,
      "a reference cannot change the URL that it becomes a part of");
  const auto uri = oci::RegistryUri::parse(reference->host());
  // As a URI "oci:5000" is a layout.
  require(reference->host().starts_with("oci:") ||
              (uri && uri->below(*reference) == reference->repository()),
          "a registry's URI holds its repositories");
  static_cast<void>(registry::helper_names(reference->host()));
}

void check_uri(std::string_view input) {
  const auto uri = oci::RegistryUri::parse(input);
  if (!uri) return;
  const auto again = oci::RegistryUri::parse(uri->str());
  require(again && *again == *uri, "a URI is read as it is written");
  if (uri->is_layout()) return;
  if (uri->host() == "docker.io" && uri->path().empty()) return;  // "app" is library/app there
  const auto repository = uri->path() + (uri->path().empty() ? "" : "/") + "app";
  const auto reference = oci::Reference::make(uri->host(), repository, std::nullopt, std::nullopt);
  require(!reference || uri->below(*reference) == "app", "a URI holds what is below it");
}

}  // namespace

void run_reference(std::string_view input) {
  check_reference(input);
  check_uri(input);
  if (const auto digest = oci::Digest::parse(input))
    require(digest->str() == input, "a digest has one spelling");
  if (const auto platform = oci::Platform::parse(input)) {
    const auto again = oci::Platform::parse(platform->full_str());
    require(again && again->equals(*platform), "a platform is read as it is written");
  }
  if (const auto source = image::SourceSpec::parse(input))
    require(source->text == input && !source->location.empty(), "a source has a location");
}

}  // namespace berth::fuzz
