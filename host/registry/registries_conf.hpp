// RegistriesConf: what containers tools say of registries in registries.conf: which may not be used, which need no
// certificate, where an image is really read from. Values, and pure functions that resolve names with them.
// Source: containers-registries.conf(5) and containers-registries.conf.d(5), format version 2; what the pages leave
// open is as containers/image (pkg/sysregistriesv2) has it. `credential-helpers` and `short-name-mode` are not used:
// nobody is asked, and an ambiguous name is refused.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/reference.hpp"

namespace berth::registry {

// Where an image may be.
struct Endpoint {
  std::string location;   // "host[:port][/path]"; empty: under the name that it was asked for by
  bool insecure = false;  // any certificate, and plain http where nothing else is spoken
  bool for_tags = true;   // mirrors: for references with a tag alone
  bool for_digests = true;
};

// One [[registry]] table.
struct ConfiguredRegistry {
  std::string prefix;  // of references: "host[:port][/path]", or "*.host"
  Endpoint endpoint;
  std::vector<Endpoint> mirrors;  // in the order in which they are tried
  bool blocked = false;
  std::string place;  // "FILE:LINE"
};

struct Alias {
  std::optional<oci::Reference> image;  // without tag and digest; nothing: the name has no alias any more
  std::string place;
};

struct RegistriesConf {
  std::map<std::string, ConfiguredRegistry, std::less<>> registries;  // by prefix
  std::map<std::string, Alias, std::less<>> aliases;                  // by short name
  std::optional<std::vector<std::string>> search;                     // hosts of names without one; nothing: not said
  std::string search_place;
  std::vector<std::string> files;  // those that were read, in order
};

// One file. Class validation, codes "registries-conf.invalid" (naming file and line) and "registries-conf.version"
// (version 1, which is older than any supported release of these tools).
base::Result<RegistriesConf> parse_registries_conf(std::string_view text, const std::string& path);

// What `later` says takes the place of what was said of the same prefix, name or field.
void merge(RegistriesConf& into, RegistriesConf later);

struct RegistriesConfPlaces {
  std::string named = {};                         // read alone; empty: the folders are looked through
  std::string user_folder = {};                   // "~/.config/containers"; empty: none
  std::string system_folder = "/etc/containers";  // read when the user has no registries.conf
  std::string aliases = {};                       // the tools' own short-name-aliases.conf; empty: none
};

// registries.conf of the user, else of the system, then the files registries.conf.d/*.conf beside it in the order of
// their names (the system's, then the user's). A missing file says nothing, unless it was named: class not-found.
// At most 1 MiB a file and 1000 files.
base::Result<RegistriesConf> read_registries_conf(const RegistriesConfPlaces& places);

// The table with the longest prefix of `name` ("host[/repository[:tag][@digest]]"), or null. Refused where it is
// blocked: class denied, code "registries-conf.blocked".
base::Result<const ConfiguredRegistry*> find_allowed(const RegistriesConf& conf, std::string_view name);

// A place to read an image from.
struct PullSource {
  oci::Reference reference;
  bool insecure = false;
  std::string because;  // "mirror of PREFIX", "location of PREFIX"; empty: the reference as it was asked for
  std::string place;    // "FILE:LINE"; empty: no table speaks of it
};

// Where `reference` is read from: mirrors in order, then the location, else itself. Errors: as find_allowed(), and
// class validation, code "registries-conf.location".
base::Result<std::vector<PullSource>> pull_sources(const RegistriesConf& conf, const oci::Reference& reference);

struct FullName {
  oci::Reference reference;
  std::string because;  // "alias in FILE:LINE", "unqualified-search-registries in FILE:LINE"; empty: as it was typed
};

// NAME[:TAG][@DIGEST] in full: an alias, else the only search registry, else Docker Hub's. Class usage, codes
// "reference.…" and "registries-conf.ambiguous", which lists what it may be.
base::Result<FullName> full_name(const RegistriesConf& conf, std::string_view typed);

}  // namespace berth::registry
