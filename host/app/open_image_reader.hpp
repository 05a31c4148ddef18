// Opens an image to read its documents.
#pragma once

#include <memory>
#include <string>

#include "app/app.hpp"
#include "app/events.hpp"
#include "app/find_target.hpp"
#include "app/image_reader.hpp"
#include "app/network_options.hpp"

namespace berth::app {

struct ReadImageRequest {
  std::string image;  // SOURCE with its transport, or a reference as in find_target()
  TargetOptions target = {};
  NetworkOptions network = {};
  bool digest_only = false;  // root() need not read the root
};

// References must outlive the result. Errors: those of find_target() and open_image().
base::Result<std::unique_ptr<ImageReader>> open_image_reader(const App& app,
                                                             const ReadImageRequest& request,
                                                             Events& events);

}  // namespace berth::app
