// SourceContext: what opening a source may use.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "image/source.hpp"
#include "oci/platform.hpp"

namespace berth::image {

// References must outlive the source.
struct SourceContext {
  const base::Cancellation& cancellation;
  base::Log& log;
  std::function<std::optional<std::string>(std::string_view)>
      environment;                       // DOCKER_HOST and others
  std::vector<oci::Platform> platforms;  // empty: all in the source
  // Returns the image that a store had under this ID in an earlier push, if its compressed layers
  // are known. May be empty.
  std::function<std::optional<RawImage>(const std::string& id)> known_image = {};
};

}  // namespace berth::image
