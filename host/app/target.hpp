// Target: a resolved destination: its container registry, flavor and image.
#pragma once

#include <optional>
#include <string>

#include "app/image_name.hpp"
#include "base/json_value.hpp"
#include "flavor/index.hpp"
#include "oci/registry_uri.hpp"

namespace berth::app {

struct Target {
  std::optional<std::string> registry =
      {};  // the registered name; std::nullopt if it is not registered
  const flavor::Candidate* flavor = nullptr;  // of the index, which must outlive this object
  oci::RegistryUri uri;
  base::Json settings = base::Json::object();
  std::string selection_reason = {};  // why this container registry was chosen
  ImageName image = {};
  bool default_tag = false;  // no tag was given: latest

  // "r.example/acme/app", "oci:/dir/app"
  [[nodiscard]] std::string name() const;
  // The name with tag or digest.
  [[nodiscard]] std::string reference() const;
  // Returns whether it is reached through a connection, which may require credentials: not if it is
  // a layout.
  [[nodiscard]] bool is_remote() const;
};

}  // namespace berth::app
