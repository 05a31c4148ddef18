// SourceSpec: where an image is read from, written as in containers-transports(5). Value.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::image {

enum class Transport { docker_daemon, docker_archive, oci, oci_archive, docker };

std::string_view transport_name(Transport transport);

// A source as typed: "oci:DIR[:TAG]", "oci-archive:FILE[:TAG]", "docker-archive:FILE[:NAME:TAG]",
// "docker-daemon:NAME[:TAG]", "docker://REFERENCE"; "-" as FILE is standard input. Without a
// transport: docker-daemon.
struct SourceSpec {
  Transport transport = Transport::docker_daemon;
  std::string location;  // directory, file, "-", or image name
  std::string selector;  // tag, name:tag, or "@INDEX"; empty: the only one
  std::string text;      // as typed

  // Parses a source. Class usage, codes "source.…".
  static base::Result<SourceSpec> parse(std::string_view text);
};

// Returns whether `text` begins with "TRANSPORT:".
bool has_transport(std::string_view text);
// Returns whether the source is read from standard input ("docker-archive:-").
bool is_standard_input(std::string_view text);

}  // namespace berth::image
