#include <berth/container_registry.hpp>

namespace {
class AcmeContainerRegistry : public berth::BaseContainerRegistry {
 public:
  static constexpr char FLAVOR[] = "acme";
  static constexpr char VERSION[] = "1.2.0";

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    if (image.repository().rfind("team-", 0) != 0)
      call.report(berth::error, "acme.repository", "repositories start with team-",
                  "rename it to team-" + image.repository());
  }
};
}  // namespace
BERTH_PLUGIN(AcmeContainerRegistry)
