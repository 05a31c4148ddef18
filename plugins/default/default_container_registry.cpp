// default: any registry that speaks the distribution API. It has no rules of its own; what the specification and the
// host check is all there is to check. A check tells which product answers where another flavor knows it better.
#include <berth/container_registry.hpp>

#include "default/findings.hpp"
#include "default/product.hpp"
#include "default/sayings.hpp"

namespace {

using namespace berth::default_flavor;

class DefaultContainerRegistry : public berth::BaseContainerRegistry, public berth::ErrorExplainer {
 public:
  static constexpr char FLAVOR[] = "default";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "any registry that speaks the OCI distribution API";
  static constexpr const char* CLAIMS[] = {"*"};
  static constexpr auto& FINDINGS = kFindings;

  void prepare_image_push(berth::Call& call, const berth::Image& /*image*/) override {
    const auto registry = call.registry();
    if (!registry) return;
    const auto answer = registry->get_anonymously("/v2/");
    const auto product = recognise(answer.field("www-authenticate"), answer.field("server"));
    if (product && product->flavor != nullptr)
      call.report(
          kProduct, std::string("this is ") + product->name + ": the flavor " + product->flavor + " knows its rules",
          std::string("berth container-registry register NAME --flavor ") + product->flavor + " --uri " + uri());
  }

  std::optional<berth::Explanation> explain(berth::Call& /*call*/, const berth::RegistryError& error) override {
    return berth::cloud::meaning_of(error, kSayings);
  }

  // What the check tells costs a round trip, which a push need not pay.
  void push_image(berth::Call& call, const berth::Image& image) override {
    if (!call.belongs(image)) throw berth::Failure(image.reference() + " does not belong to " + uri());
    call.push();
  }
};

}  // namespace
BERTH_PLUGIN(DefaultContainerRegistry)
