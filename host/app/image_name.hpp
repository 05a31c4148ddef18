// ImageName: the name of an image within a container registry. Value.
#pragma once

#include <optional>
#include <string>

#include "oci/digest.hpp"

namespace berth::app {

struct ImageName {
  std::string repository = {};  // below the URI: "app"
  std::string full_repository =
      {};  // below the host: "acme/app"; for layouts the same as `repository`
  std::optional<std::string> tag = {};
  std::optional<oci::Digest> digest = {};
};

}  // namespace berth::app
