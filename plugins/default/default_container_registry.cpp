// default: any registry that speaks the distribution API. It has no rules of its own; what the specification and the
// host check is all there is to check.
#include <berth/container_registry.hpp>

namespace {

class DefaultContainerRegistry : public berth::BaseContainerRegistry {
 public:
  static constexpr char FLAVOR[] = "default";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "any registry that speaks the OCI distribution API";
  static constexpr const char* CLAIMS[] = {"*"};
};

}  // namespace
BERTH_PLUGIN(DefaultContainerRegistry)
