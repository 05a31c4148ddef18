// Notice: reports what is left out of a pushed image, and why.
#pragma once

#include <map>
#include <string>

#include "oci/descriptor.hpp"

namespace berth::image {

struct Notice {
  bool is_warning = false;  // false: information
  std::string code;         // stable: "source.foreign-layer"
  std::string message;
  std::string fix{};  // may be empty
};

// Layers that clients fetch from other hosts, which are therefore not uploaded; by digest.
Notice foreign_layers_notice(const std::map<std::string, oci::Descriptor>& layers);
// Attestations are entries of an index, so a single manifest cannot have them.
Notice attestations_notice(std::size_t count);
// Attestations of selected platforms that are missing in the source.
Notice absent_attestations_notice(std::size_t count);

}  // namespace berth::image
