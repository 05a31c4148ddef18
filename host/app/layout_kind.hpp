// Destinations in an OCI image layout: oci:/absolute/dir.
#pragma once

#include "app/destination_kind.hpp"

namespace berth::app {

const DestinationKind& layout_kind();

}  // namespace berth::app
