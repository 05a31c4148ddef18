// Explanations of error messages of Azure Container Registry. Pure. Sources: README.md.
#pragma once

#include <optional>
#include <string>

#include "azure/acr_host.hpp"
#include "common/error_hint.hpp"

namespace berth::azure {

// `assignee`: the identity that was denied, as an argument of az. std::nullopt if the message is
// clear.
std::optional<Explanation> explain_error(const RegistryError& error, const AcrHost& host,
                                         const std::string& assignee);

}  // namespace berth::azure
