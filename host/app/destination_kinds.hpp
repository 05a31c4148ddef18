// Chooses the kind of a destination.
#pragma once

#include "app/destination_kind.hpp"
#include "app/target.hpp"

namespace berth::app {

const DestinationKind& kind_of(const Target& target);

}  // namespace berth::app
