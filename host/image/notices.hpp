// Notices: what a user has to know of an image that is pushed: what is left out of it, and why.
#pragma once

#include <map>
#include <string>

#include "oci/descriptor.hpp"

namespace berth::image {

struct Notice {
  bool is_warning = false;  // else it is only information
  std::string code;         // stable: "source.foreign-layer"
  std::string message;
  std::string fix{};  // empty if there is none
};

// Layers that clients fetch from elsewhere and that are therefore not uploaded; by digest.
Notice foreign_layers_notice(const std::map<std::string, oci::Descriptor>& layers);
// A single manifest cannot have attestations: they are entries of an index.
Notice attestations_notice(std::size_t count);
// Attestations of selected platforms that the source does not have.
Notice absent_attestations_notice(std::size_t count);

}  // namespace berth::image
