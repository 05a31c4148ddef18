// ImageView: the image of a push, as a flavor receives it.
#pragma once

#include <string>

#include "push/plan.hpp"

namespace berth::flavor {

// References must outlive the call.
struct ImageView {
  std::string reference;             // the full destination: "r.example/acme/app:1.2"; for layouts
                                     // "oci:/dir/team/app:1"
  std::string repository;            // relative to the container registry's URI: "app"
  std::string full_repository;       // relative to the host: "acme/app"
  std::string tag;                   // empty with a digest reference
  const push::Plan* plan = nullptr;  // nullptr: `check` without SOURCE
};

}  // namespace berth::flavor
