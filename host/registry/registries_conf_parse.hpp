// Parses registries.conf, which is TOML.
// Source: containers-registries.conf(5), format version 2.
#pragma once

#include <string>
#include <string_view>

#include "registry/registries_conf.hpp"

namespace berth::registry {

// Parses one file. Fails with class validation, codes "registries-conf.invalid" (with file and
// line) and "registries-conf.version" (version 1, older than any supported release of these tools).
base::Result<RegistriesConf> parse_registries_conf(std::string_view text, const std::string& path);

}  // namespace berth::registry
