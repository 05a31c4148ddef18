// An image of a docker daemon, over the Engine API: `GET /images/NAME/get`, spooled into a file without a name.
// Source: Docker Engine API, "Export an image".
#pragma once

#include <memory>

#include "image/source.hpp"

namespace berth::image {

base::Result<std::unique_ptr<Source>> docker_daemon_source(const std::string& name, const SourceContext& context);

}  // namespace berth::image
