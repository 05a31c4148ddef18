#include "app/uri_kind.hpp"

#include "oci/reference.hpp"

namespace berth::app {
namespace {

class RegistryUriKind final : public UriKind {
 public:
  [[nodiscard]] bool is_remote() const override { return true; }

  [[nodiscard]] bool accepts_flavor(const std::string& flavor) const override {
    return flavor != kLayoutFlavor;
  }
  [[nodiscard]] const char* mismatch_fix() const override { return "pass --uri oci:/absolute/dir"; }
  [[nodiscard]] bool holds(const oci::RegistryUri& uri, const std::string& name) const override {
    const auto reference = oci::Reference::parse(name);
    return reference && uri.holds(*reference);
  }
  [[nodiscard]] bool is_relative(const std::string& /*name*/) const override { return false; }
  [[nodiscard]] base::Result<std::optional<ImageName>> parse_name(
      const oci::RegistryUri& uri, const std::string& name) const override {
    BERTH_TRY(const auto reference, oci::Reference::parse(name));
    auto below = uri.below(reference);
    if (!below) return std::optional<ImageName>();
    return std::optional(ImageName{.repository = std::move(*below),
                                   .full_repository = reference.repository(),
                                   .tag = reference.tag(),
                                   .digest = reference.digest()});
  }
  [[nodiscard]] std::string full_name(const oci::RegistryUri& uri,
                                      const ImageName& image) const override {
    return uri.host() + "/" + image.full_repository;
  }
};

class LayoutUriKind final : public UriKind {
 public:
  [[nodiscard]] bool is_remote() const override { return false; }

  [[nodiscard]] bool accepts_flavor(const std::string& flavor) const override {
    return flavor == kLayoutFlavor;
  }
  [[nodiscard]] const char* mismatch_fix() const override { return "pass --flavor layout"; }
  [[nodiscard]] bool holds(const oci::RegistryUri& uri, const std::string& name) const override {
    return name.starts_with(uri.str() + "/");
  }
  [[nodiscard]] bool is_relative(const std::string& name) const override {
    return !name.starts_with("oci:");
  }
  [[nodiscard]] base::Result<std::optional<ImageName>> parse_name(
      const oci::RegistryUri& uri, const std::string& name) const override {
    if (!holds(uri, name)) return std::optional<ImageName>();
    BERTH_TRY(const auto reference,
              oci::Reference::parse("localhost/" + name.substr(uri.str().size() + 1)));
    return std::optional(ImageName{.repository = reference.repository(),
                                   .full_repository = reference.repository(),
                                   .tag = reference.tag(),
                                   .digest = reference.digest()});
  }
  [[nodiscard]] std::string full_name(const oci::RegistryUri& uri,
                                      const ImageName& image) const override {
    return uri.str() + "/" + image.repository;
  }
};

}  // namespace

const UriKind& kind_of(const oci::RegistryUri& uri) {
  static const RegistryUriKind registry;
  static const LayoutUriKind layout;
  if (uri.is_layout()) return layout;
  return registry;
}

}  // namespace berth::app
