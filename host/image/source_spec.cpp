#include <array>

#include "base/escape.hpp"
#include "image/source.hpp"
#include "oci/reference.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::array<std::pair<std::string_view, Transport>, 5> kTransports{
    {{"docker-daemon", Transport::docker_daemon},
     {"docker-archive", Transport::docker_archive},
     {"oci-archive", Transport::oci_archive},
     {"oci", Transport::oci},
     {"docker", Transport::docker}}};

const std::pair<std::string_view, Transport>* transport_of(std::string_view text) {
  for (const auto& entry : kTransports)
    if (text.size() > entry.first.size() && text.substr(0, entry.first.size()) == entry.first &&
        text[entry.first.size()] == ':')
      return &entry;
  return nullptr;
}

Error missing(std::string_view text, const std::string& what, const std::string& form) {
  return Error(ErrorClass::usage, "source.incomplete", base::quote(text) + " names no " + what).fix("write " + form);
}

// "PATH:SELECTOR": the first colon ends the path, as containers-transports(5) has it.
void split_path(std::string_view rest, SourceSpec& spec) {
  const auto colon = rest.find(':');
  spec.location = std::string(rest.substr(0, colon));
  if (colon != std::string_view::npos) spec.selector = std::string(rest.substr(colon + 1));
}

// "//REFERENCE": what it names is resolved with registries.conf, which only the host's configuration knows.
base::Result<SourceSpec> parse_docker(std::string_view rest, SourceSpec spec) {
  if (rest.substr(0, 2) != "//")
    return Error(ErrorClass::usage, "source.docker", base::quote(spec.text) + " lacks the two slashes")
        .fix("write docker://" + std::string(rest));
  spec.location = std::string(rest.substr(2));
  BERTH_TRY([[maybe_unused]] const auto reference, oci::Reference::parse(spec.location));
  return spec;
}

}  // namespace

std::string_view transport_name(Transport transport) {
  for (const auto& [name, value] : kTransports)
    if (value == transport) return name;
  return "";
}

bool has_transport(std::string_view text) { return transport_of(text) != nullptr; }

bool is_standard_input(std::string_view text) {
  const auto spec = SourceSpec::parse(text);
  return spec && spec->location == "-" && spec->transport != Transport::docker_daemon;
}

base::Result<SourceSpec> SourceSpec::parse(std::string_view text) {
  SourceSpec spec;
  spec.text = std::string(text);
  const auto* entry = transport_of(text);
  std::string_view rest = entry != nullptr ? text.substr(entry->first.size() + 1) : text;
  spec.transport = entry != nullptr ? entry->second : Transport::docker_daemon;
  switch (spec.transport) {
    case Transport::docker:
      return parse_docker(rest, spec);
    case Transport::docker_daemon:
      if (rest.empty()) return missing(text, "image", "docker-daemon:NAME:TAG");
      spec.location = std::string(rest);
      break;
    case Transport::oci:
    case Transport::oci_archive:
    case Transport::docker_archive:
      split_path(rest, spec);
      if (spec.location.empty())
        return missing(text, spec.transport == Transport::oci ? "directory" : "file",
                       std::string(entry->first) + (spec.transport == Transport::oci ? ":DIR:TAG" : ":FILE"));
      break;
  }
  return spec;
}

}  // namespace berth::image
