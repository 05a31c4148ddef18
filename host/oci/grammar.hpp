// The grammar of the parts of a reference, used for references and registry URIs.
// Source: OCI distribution-spec 1.1, "Pulling manifests" (name, tag); RFC 3986, section 3.2.2
// (host).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::oci {

// Maximum length of host + "/" + repository that many clients and registries accept.
inline constexpr std::size_t kMaxName = 255;
inline constexpr std::size_t kMaxTag = 128;

std::string to_lower(std::string_view text);

// Returns a valid tag similar to `tag`: "1.0_build5" for "1.0+build5", "feature-x" for "feature/x".
// Empty if not possible.
std::string similar_tag(std::string_view tag);

// Returns an error of class usage that reports what is wrong with `part` (message: "repository
// \"A/b\" has …") and at which position (from 1, within the whole text).
base::Error part_error(std::string code, std::string_view part_name, std::string_view part,
                       std::string_view problem, std::size_t offset);

// Check one part each. Errors are class usage and name the wrong character and its position.
base::Result<void> check_repository(std::string_view repository);  // code "reference.repository"
base::Result<void> check_tag(std::string_view tag);                // code "reference.tag"
base::Result<std::string> parse_host(
    std::string_view host);  // code "reference.host"; lower-cased, Hub made one

// Returns whether a reference's first path segment is a host: it has a dot or a colon, or is
// "localhost". Unlike in docker, an upper-case letter does not make it a host: "Prod" would become
// the host "prod", which is not what the user meant.
bool reads_as_host(std::string_view segment);

}  // namespace berth::oci
