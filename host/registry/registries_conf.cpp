#include "registry/registries_conf.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/escape.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

// Returns the length of the part of `reference` that the prefix covers; std::nullopt if the prefix
// does not match. A prefix that is a host matches all of its ports, as in containers/image.
std::optional<std::size_t> covered(std::string_view reference, std::string_view prefix) {
  std::size_t end = prefix.size();
  if (prefix.starts_with("*.")) {
    const auto host = reference.substr(0, reference.find_first_of(":/"));
    if (!host.ends_with(prefix.substr(1))) return std::nullopt;
    end = host.size();
  } else if (!reference.starts_with(prefix)) {
    return std::nullopt;
  }
  const bool whole = end == reference.size() ||
                     std::string_view(":/@").find(reference[end]) != std::string_view::npos;
  return whole ? std::optional(end) : std::nullopt;
}

base::Result<oci::Reference> rewritten(const oci::Reference& reference, const std::string& prefix,
                                       const Endpoint& endpoint, const std::string& defined_at) {
  if (endpoint.location.empty()) return reference;
  const std::string text = reference.str();
  const std::string moved =
      endpoint.location + text.substr(covered(text, prefix).value_or(text.size()));
  auto parsed = oci::Reference::parse(moved);
  const bool has_host = oci::reads_as_host(moved.substr(0, moved.find('/')));
  if (parsed && has_host) return parsed;
  return Error(ErrorClass::validation, "registries-conf.location",
               fmt::format("cannot pull {} from {}", text, base::quote(endpoint.location)))
      .cause(fmt::format("invalid image reference {}", base::quote(moved)))
      .fix("fix the location at " + defined_at);
}

}  // namespace

void merge(RegistriesConf& into, RegistriesConf later) {
  for (auto& [prefix, registry] : later.registries)
    into.registries.insert_or_assign(prefix, std::move(registry));
  for (auto& [name, alias] : later.aliases) into.aliases.insert_or_assign(name, std::move(alias));
  into.files.insert(into.files.end(), later.files.begin(), later.files.end());
  if (!later.search) return;
  into.search = std::move(later.search);
  into.search_defined_at = std::move(later.search_defined_at);
}

base::Result<const ConfiguredRegistry*> find_allowed(const RegistriesConf& conf,
                                                     std::string_view name) {
  const ConfiguredRegistry* best = nullptr;
  for (const auto& [prefix, registry] : conf.registries)
    if (covered(name, prefix) && (best == nullptr || prefix.size() > best->prefix.size()))
      best = &registry;
  if (best == nullptr || !best->blocked) return best;
  return Error(ErrorClass::denied, "registries-conf.blocked", base::escape(name) + " is blocked")
      .cause(fmt::format("by {}, {}", base::escape(best->prefix), best->defined_at))
      .fix("ask the owner of that file, or set BERTH_REGISTRIES_CONF to another file");
}

base::Result<std::vector<PullSource>> pull_sources(const RegistriesConf& conf,
                                                   const oci::Reference& reference) {
  BERTH_TRY(const auto* registry, find_allowed(conf, reference.str()));
  std::vector<PullSource> sources;
  if (registry == nullptr) {
    sources.push_back({reference, false, {}, {}});
    return sources;
  }
  for (const auto& mirror : registry->mirrors) {
    if (reference.digest() ? !mirror.for_digests : !mirror.for_tags) continue;
    BERTH_TRY(auto moved, rewritten(reference, registry->prefix, mirror, registry->defined_at));
    sources.push_back({std::move(moved), mirror.insecure,
                       "mirror of " + base::escape(registry->prefix), registry->defined_at});
  }
  BERTH_TRY(auto moved,
            rewritten(reference, registry->prefix, registry->endpoint, registry->defined_at));
  std::string reason = moved == reference ? "" : "location of " + base::escape(registry->prefix);
  sources.push_back(
      {std::move(moved), registry->endpoint.insecure, std::move(reason), registry->defined_at});
  return sources;
}

base::Result<FullName> full_name(const RegistriesConf& conf, std::string_view typed) {
  BERTH_TRY(auto usual, oci::Reference::parse(typed));
  const auto slash = typed.find('/');
  if (slash != std::string_view::npos && oci::reads_as_host(typed.substr(0, slash)))
    return FullName{std::move(usual), {}};
  BERTH_TRY(const auto parts, oci::Reference::parse("localhost/" + std::string(typed)));
  const auto& name = parts.repository();
  auto below = [&](const std::string& host, const std::string& repository) {
    return oci::Reference::make(host, repository, parts.tag(), parts.digest());
  };
  if (const auto alias = conf.aliases.find(name);
      alias != conf.aliases.end() && alias->second.image) {
    BERTH_TRY(auto reference,
              below(alias->second.image->host(), alias->second.image->repository()));
    return FullName{std::move(reference), "alias in " + alias->second.defined_at};
  }
  if (!conf.search || conf.search->empty()) return FullName{std::move(usual), {}};
  if (conf.search->size() == 1) {
    BERTH_TRY(auto reference, below(conf.search->front(), name));
    return FullName{std::move(reference),
                    "unqualified-search-registries in " + conf.search_defined_at};
  }
  std::vector<std::string> possible;
  for (const auto& host : *conf.search) possible.push_back(host + "/" + std::string(typed));
  return Error(ErrorClass::usage, "registries-conf.ambiguous",
               fmt::format("{} has no host", base::quote(typed)))
      .cause(fmt::format("candidates: {} (unqualified-search-registries in {})",
                         fmt::join(possible, ", "), conf.search_defined_at))
      .fix("write one of them in full");
}

}  // namespace berth::registry
