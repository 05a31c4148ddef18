// default: any registry that speaks the distribution API. It has no rules of its own; what the specification and the
// host check is all there is to check. A check tells which product answers where another flavor knows it better.
#include <berth/container_registry.hpp>

#include "cloud/finding.hpp"
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

  void prepare_image_push(berth::Call& call, const berth::Image& image) override {
    const auto registry = call.registry();
    if (!registry) return;
    name_product(call, *registry);
    if (!image.digest().empty() && !image.tag().empty() &&
        registry->manifest_digest(image.repository(), image.tag()) == image.digest())
      call.report(kTagSame, "tag " + image.tag() + " is this image already");
    if (registry->may_create()) try_push(call, *registry, image);
  }

  std::optional<berth::Explanation> explain(berth::Call& /*call*/, const berth::RegistryError& error) override {
    return explain_error(error, nullptr, host());
  }

  // What the check tells costs a round trip, which a push need not pay.
  void push_image(berth::Call& call, const berth::Image& image) override {
    if (!call.belongs(image)) throw berth::Failure(image.reference() + " does not belong to " + uri());
    call.push();
  }

 private:
  void name_product(berth::Call& call, const berth::Registry& registry) const {
    const auto answer = registry.get_anonymously("/v2/");
    const auto product = recognise(answer.field("www-authenticate"), answer.field("server"));
    if (product && product->flavor != nullptr)
      call.report(
          kProduct, std::string("this is ") + product->name + ": the flavor " + product->flavor + " knows its rules",
          std::string("berth container-registry register NAME --flavor ") + product->flavor + " --uri " + uri());
  }

  // The token where it tells, else an upload that is opened and deleted; the registry's own error says why not.
  void try_push(berth::Call& call, const berth::Registry& registry, const berth::Image& image) const {
    const auto granted = registry.granted(image.repository(), "pull,push", /*may_create=*/true);
    if (!granted) return registry.probe_upload(image.repository(), /*may_create=*/true);
    if (granted->find("push") == std::string::npos)
      call.report(kMayNotPush, berth::cloud::rights_in_words(*granted, image.full_repository()),
                  "berth login " + host() + ", or ask whoever owns it for write access");
  }
};

}  // namespace
BERTH_PLUGIN(DefaultContainerRegistry)
