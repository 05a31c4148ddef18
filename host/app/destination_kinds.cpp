#include "app/destination_kinds.hpp"

#include "app/layout_kind.hpp"
#include "app/registry_kind.hpp"

namespace berth::app {

const DestinationKind& kind_of(const Target& target) {
  return target.is_remote() ? registry_kind() : layout_kind();
}

}  // namespace berth::app
