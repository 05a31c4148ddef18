#include "image/source_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.hpp"
#include "base/near_miss.hpp"
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
  return Error(ErrorClass::usage, "source.incomplete",
               "missing " + what + " in " + base::quote(text))
      .fix("write " + form);
}

// Splits "PATH:SELECTOR" at the first colon, as in containers-transports(5), and "PATH@DIGEST", as
// oras and regctl do.
void split_path(std::string_view rest, SourceSpec& spec) {
  if (const auto at = rest.rfind('@');
      at != std::string_view::npos && at > 0 && rest[at - 1] != ':') {
    if (const auto digest = oci::Digest::parse(rest.substr(at + 1))) {
      spec.location = std::string(rest.substr(0, at));
      spec.selector = "@" + digest->str();
      return;
    }
  }
  const auto colon = rest.find(':');
  spec.location = std::string(rest.substr(0, colon));
  if (colon != std::string_view::npos) spec.selector = std::string(rest.substr(colon + 1));
}

// "//REFERENCE" is resolved later, with registries.conf.
base::Result<SourceSpec> parse_docker(std::string_view rest, SourceSpec spec) {
  if (rest.substr(0, 2) != "//")
    return Error(ErrorClass::usage, "source.docker", "missing // in " + base::quote(spec.text))
        .fix("write docker://" + std::string(rest));
  spec.location = std::string(rest.substr(2));
  BERTH_TRY([[maybe_unused]] const auto reference, oci::Reference::parse(spec.location));
  return spec;
}

struct OtherTransport {
  std::string_view name;
  bool always;      // cannot also be an image on Docker Hub
  const char* fix;  // {}: the text after the transport, without slashes of a URL
};

// Transports of other tools: containers-transports(5), nerdctl, regctl, syft, buildx, oras.
constexpr std::array<OtherTransport, 17> kOtherTransports{{
    {"dir", true,
     "berth push oci:{0} DESTINATION if it has a file oci-layout; else: skopeo copy dir:{0} "
     "oci:NEW:latest && berth "
     "push "
     "oci:NEW DESTINATION"},
    {"docker-dir", true, "skopeo copy dir:{0} oci:NEW:latest && berth push oci:NEW DESTINATION"},
    {"containers-storage", true, "podman save {} | berth push docker-archive:- DESTINATION"},
    {"podman", false, "podman save {} | berth push docker-archive:- DESTINATION"},
    {"containerd", false, "ctr image export - {} | berth push docker-archive:- DESTINATION"},
    {"oci-dir", true, "berth push oci:{} DESTINATION"},
    {"ocidir", true, "berth push oci:{} DESTINATION"},
    {"oci-layout", true, "berth push oci:{} DESTINATION"},
    {"docker-image", true, "berth push docker://{} DESTINATION"},
    {"registry", false, "berth push docker://{} DESTINATION"},
    {"http", false, "berth push docker://{} DESTINATION"},
    {"https", false, "berth push docker://{} DESTINATION"},
    {"tar", false, "berth push docker-archive:{} DESTINATION"},
    {"tarball", false, "berth push docker-archive:{} DESTINATION"},
    {"file", false, "berth push docker-archive:{} DESTINATION"},
    {"ostree", false, "skopeo copy ostree:{0} oci:NEW:latest && berth push oci:NEW DESTINATION"},
    {"sif", false, "skopeo copy sif:{0} oci:NEW:latest && berth push oci:NEW DESTINATION"},
}};

bool is_transport_name(std::string_view text) {
  return !text.empty() && text != "localhost" && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '-' || c == '+';
  });
}

// In "localhost:5000/app" the colon precedes a port; tags do not contain slashes.
bool is_port_and_path(std::string_view text) {
  const auto port = text.substr(0, text.find('/'));
  return !port.empty() &&
         std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Rejects text that cannot be the name of an image in a daemon, because it begins with another
// tool's transport, or with an unknown one.
std::optional<Error> unknown_transport(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_transport_name(text.substr(0, colon)))
    return std::nullopt;
  const auto name = text.substr(0, colon);
  auto rest = text.substr(colon + 1);
  const bool is_reference = rest.find('/') == std::string_view::npos || is_port_and_path(rest);
  const auto* known = std::find_if(kOtherTransports.begin(), kOtherTransports.end(),
                                   [&](const OtherTransport& other) { return other.name == name; });
  const bool is_known = known != kOtherTransports.end();
  if (is_reference && (!is_known || !known->always)) return std::nullopt;
  Error error =
      Error(ErrorClass::usage, "source.transport",
            "unsupported transport " + base::quote(std::string(name) + ":"))
          .cause("supported: docker-daemon:, docker-archive:, oci:, oci-archive:, docker://");
  if (rest.starts_with("//") && (is_known || rest.size() > 2)) rest.remove_prefix(2);
  if (is_known) return std::move(error).fix(fmt::format(fmt::runtime(known->fix), rest));
  std::vector<std::string> names;
  for (const auto& transport : kTransports) names.emplace_back(transport.first);
  const auto near = base::near_miss(name, names);
  if (!near) return error;
  return std::move(error).fix(fmt::format("did you mean {}:{}?", *near, rest));
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
      if (entry == nullptr)
        if (auto error = unknown_transport(text)) return *std::move(error);
      if (rest.empty()) return missing(text, "image", "docker-daemon:NAME:TAG");
      spec.location = std::string(rest);
      break;
    case Transport::oci:
    case Transport::oci_archive:
    case Transport::docker_archive:
      split_path(rest, spec);
      if (spec.location.empty())
        return missing(
            text, spec.transport == Transport::oci ? "directory" : "file",
            std::string(entry->first) + (spec.transport == Transport::oci ? ":DIR:TAG" : ":FILE"));
      break;
  }
  return spec;
}

}  // namespace berth::image
