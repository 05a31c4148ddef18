// default: any registry that speaks the distribution API. It has no rules of its own; what the specification and the
// host check is all there is to check. A check tells which product answers where another flavor knows it better.
#include <berth/container_registry.hpp>

#include "default/product.hpp"

namespace {

class DefaultContainerRegistry : public berth::BaseContainerRegistry {
 public:
  static constexpr char FLAVOR[] = "default";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "any registry that speaks the OCI distribution API";
  static constexpr const char* CLAIMS[] = {"*"};

  void prepare_image_push(berth::Call& call, const berth::Image& /*image*/) override {
    const auto registry = call.registry();
    if (!registry) return;
    const auto answer = registry->get_anonymously("/v2/");
    const auto product = berth::default_flavor::recognise(answer.field("www-authenticate"), answer.field("server"));
    if (product && product->flavor != nullptr)
      call.report(
          berth::info, "default.product",
          std::string("this is ") + product->name + ": the flavor " + product->flavor + " knows its rules",
          std::string("berth container-registry register NAME --flavor ") + product->flavor + " --uri " + uri());
  }

  // What the check tells costs a round trip, which a push need not pay.
  void push_image(berth::Call& call, const berth::Image& image) override {
    if (!call.belongs(image)) throw berth::Failure(image.reference() + " does not belong to " + uri());
    call.push();
  }
};

}  // namespace
BERTH_PLUGIN(DefaultContainerRegistry)
