// What a registry of Azure says when a push fails, and what it means. Pure. Sources: README.md.
#pragma once

#include <optional>
#include <string>

#include "azure/acr_host.hpp"
#include "common/error_hint.hpp"

namespace berth::azure {

// `assignee`: who was refused, as az takes it.
std::optional<Explanation> explain_error(const RegistryError& error, const AcrHost& host, const std::string& assignee);

}  // namespace berth::azure
