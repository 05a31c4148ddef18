// Opens the image of a push or a check.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "app/registry_image.hpp"
#include "image/source.hpp"

namespace berth::app {

// `source` as in containers-transports(5).
base::Result<std::unique_ptr<image::Source>> open_image(const App& app, const std::string& source,
                                                        std::vector<oci::Platform> platforms,
                                                        const SourceAccess& access, Events& events);

// Opens the image named `full_name` in the local docker daemon, else, if it has none, the one named
// `name`.
base::Result<std::unique_ptr<image::Source>> open_local_image(const App& app,
                                                              const std::string& full_name,
                                                              const std::string& name,
                                                              std::vector<oci::Platform> platforms,
                                                              KnownImage known_image);

}  // namespace berth::app
