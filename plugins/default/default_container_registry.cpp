// default: any registry with the distribution API. It has no rules of its own; what the
// specification requires, berth checks. It names the product that refuses a push, and what is
// needed there. Sources: README.md.
#include <berth/container_registry.hpp>

#include "common/finding.hpp"
#include "default/findings.hpp"
#include "default/product.hpp"
#include "default/product_hints.hpp"

namespace {

using namespace berth::default_flavor;

class DefaultContainerRegistry : public berth::BaseContainerRegistry, public berth::ErrorExplainer {
 public:
  static constexpr char FLAVOR[] = "default";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "any registry that speaks the OCI distribution API";
  static constexpr const char* CLAIMS[] = {"*"};
  static constexpr auto& FINDINGS = kFindings;

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    const auto registry = call.registry();
    if (!registry || call.is_push())
      return;  // a push finds out by itself; a check would add round trips
    recognise_product(*registry);
    report_flavor(call);
    if (registry->side_effects_allowed()) try_push(call, *registry, image);
    if (!call.has_errors() && !image.digest().empty() && !image.tag().empty())
      check_stored_tag(call, *registry, image);
  }

  std::optional<berth::Explanation> explain(berth::CallContext& /*call*/,
                                            const berth::RegistryError& error) override {
    return explain_error(error, product_ ? &*product_ : nullptr, host());
  }

  // Looks up the product only after the registry rejected the push: explain() then names what it
  // requires.
  void push_image(berth::CallContext& call, const berth::Image& image) override {
    try {
      BaseContainerRegistry::push_image(call, image);
    } catch (const berth::Failure& failure) {
      // Without a message of the registry, it may not respond at all.
      if (!failure.service_error().registry_message.empty()) recognise_product(call);
      throw;
    }
  }

 private:
  void recognise_product(const berth::Registry& registry) {
    const auto answer = registry.get_unauthenticated("/v2/");
    product_ =
        recognise(answer.header("www-authenticate"), answer.header("server"), answer.headers);
  }

  void recognise_product(const berth::CallContext& call) {
    try {
      if (const auto registry = call.registry()) recognise_product(*registry);
    } catch (const berth::Failure&) {  // the error of the push is the one to show
    }
  }

  // Credentials may permit pushes but no pulls: a denied lookup means that the tag is not known.
  void check_stored_tag(berth::CallContext& call, const berth::Registry& registry,
                        const berth::Image& image) const {
    const std::string& path = image.repository_path();
    try {
      if (registry.manifest_digest(image.repository(), image.tag()) == image.digest())
        call.report(kTagSame, "tag " + image.tag() + " is this image already");
    } catch (const berth::AccessDenied& denied) {
      const auto needed = product_ ? push_requirement(*product_, path, host()) : std::nullopt;
      call.report(kTagUnknown,
                  "whether tag " + image.tag() + " exists is not known: " + denied.what(),
                  needed ? needed->fix
                         : "use credentials that may pull from " + path +
                               "; whether they may push: berth check --probe");
    }
  }

  void report_flavor(berth::CallContext& call) const {
    if (!product_ || product_->flavor == nullptr) return;
    const std::string flavor = product_->flavor;
    call.report(kProduct,
                std::string("this is ") + product_->name + ": flavor " + flavor + " has its rules",
                "berth container-registry register NAME --flavor " + flavor + " --uri " + uri());
  }

  // By the token if it lists what it grants, else by an upload that is opened and cancelled; the
  // registry's own error shows why not.
  void try_push(berth::CallContext& call, const berth::Registry& registry,
                const berth::Image& image) const {
    const auto granted =
        registry.granted_actions(image.repository(), "pull,push", /*has_side_effects=*/true);
    if (!granted)
      return registry.check_push_permission(image.repository(), /*has_side_effects=*/true);
    if (granted->find("push") != std::string::npos) return;
    const std::string& path = image.repository_path();
    const auto needed = product_ ? push_requirement(*product_, path, host()) : std::nullopt;
    call.report(
        kMayNotPush,
        "these credentials are not authorized to push to " + path + " (granted: " +
            (granted->empty() ? "nothing" : *granted) + ")" + (needed ? "; " + needed->cause : ""),
        needed ? needed->fix
               : "berth login " + host() + ", or ask an owner of " + path + " for write access");
  }

  std::optional<Product> product_;
};

}  // namespace
BERTH_PLUGIN(DefaultContainerRegistry)
