// Hosts of Google's registries: where their repositories are. Pure.
// "europe-west1-docker.pkg.dev", "docker.europe-west3.rep.pkg.dev", "gcr.io", "eu.gcr.io".
// Source: GoogleCloudPlatform/docker-credential-gcr, config/const.go; Artifact Registry,
// "Transition from Container Registry".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/host_fault.hpp"

namespace berth::gcp {

struct GarHost {
  std::string location;    // "europe-west1"; empty: marketplace.gcr.io, which is Google's own
  std::string repository;  // of gcr.io's hosts, whose paths do not name it: "eu.gcr.io"; else empty
};

// Parses a host without port, in any case. std::nullopt if it is not one of these.
std::optional<GarHost> parse_gar_host(std::string_view host);
// Why `host` is not one, with a form that is. Without a cause if it does not look like one.
common::HostFault explain_gar_host(std::string_view host);

}  // namespace berth::gcp
