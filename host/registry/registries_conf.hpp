// RegistriesConf: the settings of registries.conf, the file of containers tools: blocked
// registries, registries without a valid certificate, mirrors, locations and aliases. Values, and
// pure functions that resolve names with them. Source: containers-registries.conf(5) and
// containers-registries.conf.d(5), format version 2; where they leave something open, this follows
// containers/image (pkg/sysregistriesv2). `credential-helpers` and `short-name-mode` are not
// supported: berth never prompts, and an ambiguous name is an error.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/reference.hpp"

namespace berth::registry {

// A location of an image.
struct Endpoint {
  std::string location;   // "host[:port][/path]"; empty: the requested name
  bool insecure = false;  // accept any certificate, and use HTTP if the host does not serve TLS
  bool for_tags = true;   // mirrors: use for references with only a tag
  bool for_digests = true;
};

// One [[registry]] table.
struct ConfiguredRegistry {
  std::string prefix;  // of the references that it applies to: "host[:port][/path]", or "*.host"
  Endpoint endpoint;
  std::vector<Endpoint> mirrors;  // in the order in which they are tried
  bool blocked = false;
  std::string defined_at;  // "FILE:LINE"
};

struct Alias {
  std::optional<oci::Reference>
      image;  // without tag and digest; std::nullopt: the alias is removed
  std::string defined_at;
};

struct RegistriesConf {
  std::map<std::string, ConfiguredRegistry, std::less<>> registries;  // by prefix
  std::map<std::string, Alias, std::less<>> aliases;                  // by short name
  std::optional<std::vector<std::string>> search;  // hosts for short names; std::nullopt: not set
  std::string search_defined_at;
  std::vector<std::string> files;  // files that were read, in order
};

// Merges `later` into `into`: for the same prefix, name or field, `later` takes precedence.
void merge(RegistriesConf& into, RegistriesConf later);

// Returns the table with the longest prefix of `name` ("host[/repository[:tag][@digest]]"); nullptr
// without one. Fails with class denied, code "registries-conf.blocked", if the table is blocked.
base::Result<const ConfiguredRegistry*> find_allowed(const RegistriesConf& conf,
                                                     std::string_view name);

// A location to read an image from.
struct PullSource {
  oci::Reference reference;
  bool insecure = false;
  std::string reason;  // "mirror of PREFIX", "location of PREFIX"; empty: the requested reference
  std::string defined_at;  // "FILE:LINE"; empty: no table applies
};

// Returns where to read `reference` from: mirrors in order, then the location; without a table,
// `reference` itself. Errors: those of find_allowed(), and class validation, code
// "registries-conf.location".
base::Result<std::vector<PullSource>> pull_sources(const RegistriesConf& conf,
                                                   const oci::Reference& reference);

struct FullName {
  oci::Reference reference;
  std::string reason;  // "alias in FILE:LINE", "unqualified-search-registries in FILE:LINE"; empty:
                       // unchanged
};

// Expands NAME[:TAG][@DIGEST] to a full name: by an alias, else by the only search registry, else
// as a name of Docker Hub. Class usage, codes "reference.…" and "registries-conf.ambiguous", which
// lists the candidates.
base::Result<FullName> full_name(const RegistriesConf& conf, std::string_view typed);

}  // namespace berth::registry
