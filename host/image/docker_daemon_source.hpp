// A source for images of a docker daemon, with the Engine API: `GET /images/ID/get`, stored in an
// unlinked temporary file. Source: Docker Engine API, "Inspect an image" and "Export an image".
#pragma once

#include <memory>

#include "image/source.hpp"
#include "image/source_context.hpp"

namespace berth::image {

// `name`: NAME[:TAG], NAME@DIGEST or an image ID. Class not-found, code "source.no-image", with a
// similar name; class network, stall, server or denied, codes "daemon.…", whose messages are about
// the daemon, not a registry.
base::Result<std::unique_ptr<Source>> docker_daemon_source(const std::string& name,
                                                           const SourceContext& context);

}  // namespace berth::image
