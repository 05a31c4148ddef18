// Opens an image in a registry: docker://REFERENCE.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/connection.hpp"
#include "app/events.hpp"
#include "image/source.hpp"
#include "store/store.hpp"

namespace berth::app {

using KnownImage = std::function<std::optional<image::RawImage>(const std::string& id)>;

// How a source in a registry is reached: with the settings of the registered container registry
// that holds it, and, if its host is one of `hosts`, with the network options of the destinations;
// no other host receives their credentials. References must outlive the call.
struct SourceAccess {
  const store::Contents& contents;
  const NetworkOptions& options;   // of the destinations
  std::vector<std::string> hosts;  // of the destinations
  KnownImage known_image = {};     // as SourceContext::known_image
};

// Reads the image at a location: its client, which keeps what it references, and its name.
using ReadLocation = std::function<base::Result<void>(std::shared_ptr<registry::RegistryClient>,
                                                      const oci::Reference&)>;

// Resolves `name` as open_registry_image() does, and calls `read` with the locations in their order
// until it succeeds; if it fails for all, returns the error of the last one.
base::Result<void> read_registry_image(const App& app, const std::string& name,
                                       const SourceAccess& access, const ReadLocation& read,
                                       Events& events);

// Resolves `name` with registries.conf: short names, mirrors in order, location, blocked, insecure.
// Opens the first location that has the image; if none has it, returns the error of the last one.
base::Result<std::unique_ptr<image::Source>> open_registry_image(
    const App& app, const std::string& name, const std::vector<oci::Platform>& platforms,
    const SourceAccess& access, Events& events);

}  // namespace berth::app
