// An image of a docker daemon, over the Engine API: `GET /images/ID/get`, spooled into a file without a name.
// Source: Docker Engine API, "Inspect an image" and "Export an image".
#pragma once

#include <memory>

#include "image/source.hpp"

namespace berth::image {

// `name`: NAME[:TAG], NAME@DIGEST or an image ID. Class not-found, code "source.no-image", with a near miss; class
// network, stall, server or denied, codes "daemon.…", in the words of someone who has no registry in mind.
base::Result<std::unique_ptr<Source>> docker_daemon_source(const std::string& name, const SourceContext& context);

}  // namespace berth::image
