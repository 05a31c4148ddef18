#include "app/destination_kind.hpp"

#include "app/layout_kind.hpp"
#include "app/registry_kind.hpp"

namespace berth::app {

const DestinationKind& kind_of(const oci::RegistryUri& uri) {
  return uri.is_layout() ? layout_kind() : registry_kind();
}

}  // namespace berth::app
