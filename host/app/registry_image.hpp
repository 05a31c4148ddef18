// SOURCE in another registry: docker://REFERENCE.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/connection.hpp"
#include "app/events.hpp"
#include "image/source.hpp"
#include "store/store.hpp"

namespace berth::app {

// What a SOURCE in a registry is reached with. A registered container registry that holds it lends its settings. The
// network options of a call are the destinations': a source at one of their hosts is reached as they are, and no other
// host receives their credentials. References outlive the call.
struct SourceAccess {
  const store::Contents& contents;
  const NetworkOptions& options;
  std::vector<std::string> hosts;  // of the destinations
};

// `name` is resolved with registries.conf: short names, mirrors in order, location, blocked, insecure. The first place
// that has the image is used; of the others the error of the last is returned.
base::Result<std::unique_ptr<image::Source>> open_registry_image(const App& app, const std::string& name,
                                                                 const std::vector<oci::Platform>& platforms,
                                                                 const SourceAccess& access, Events& events);

}  // namespace berth::app
