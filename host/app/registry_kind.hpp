// Destinations in a registry: HOST[:PORT][/PATH].
#pragma once

#include "app/destination_kind.hpp"

namespace berth::app {

const DestinationKind& registry_kind();

}  // namespace berth::app
