#include "app/find_target.hpp"

#include <fmt/format.h>

#include "app/missing_repository.hpp"
#include "app/uri_kind.hpp"
#include "base/escape.hpp"
#include "base/near_miss.hpp"
#include "flavor/flavor_settings.hpp"
#include "oci/grammar.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;
using store::ContainerRegistry;

std::string first_segment(const std::string& destination) {
  return destination.substr(0, destination.find('/'));
}

// A segment without a slash after it, like "app:1", is a name with a tag, not a host with a port.
bool begins_with_host(const std::string& destination) {
  return destination.find('/') != std::string::npos &&
         oci::reads_as_host(first_segment(destination));
}

Error not_in_registry(const std::string& destination, const oci::RegistryUri& uri) {
  return Error(ErrorClass::validation, "push.not-in-registry",
               fmt::format("{} is not in container registry {}", destination, uri.str()))
      .cause("its name does not begin with " + uri.str())
      .fix(fmt::format("write {}/REPOSITORY:TAG", uri.str()));
}

// Sets the image to `name`, which begins with the target's URI.
base::Result<void> set_full_name(Target& target, const std::string& name) {
  BERTH_TRY(auto image, kind_of(target.uri).parse_name(target.uri, name));
  if (!image) return not_in_registry(name, target.uri);
  target.image = std::move(*image);
  target.default_tag = !target.image.tag && !target.image.digest;
  if (target.default_tag) target.image.tag = "latest";
  return {};
}

base::Result<Target> registered(const ContainerRegistry& registry, std::string reason,
                                const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto* flavor, index.find(registry.flavor));
  BERTH_TRY(const auto schema, flavor::settings_of(flavor->metadata->settings_schema));
  BERTH_CHECK(flavor::check_settings(schema, registry.settings));
  return Target{.registry = registry.name,
                .flavor = flavor,
                .uri = registry.uri,
                .settings = registry.settings,
                .selection_reason = std::move(reason)};
}

base::Result<Target> below(Target target, const std::string& rest) {
  BERTH_CHECK(set_full_name(target, target.uri.str() + "/" + rest));
  return target;
}

// The part of `destination` that can be the name of a container registry: NAME of NAME/REPOSITORY,
// NAME:TAG, NAME@DIGEST.
std::string leading_name(const std::string& destination) {
  return destination.substr(0, destination.find_first_of("/:@"));
}

// `destination` begins with the name of the target's container registry: NAME/REPOSITORY[:TAG], or
// NAME[:TAG], which is the repository that the uri names.
base::Result<Target> named(Target target, const std::string& destination) {
  const std::string rest = destination.substr(leading_name(destination).size());
  if (rest.starts_with('/')) return below(std::move(target), rest.substr(1));
  if (!target.uri.may_be_repository())
    return Error(ErrorClass::usage, "destination.repository",
                 base::quote(destination) + " has no repository")
        .cause(fmt::format("container registry {} ({}) is not a single repository",
                           *target.registry, target.uri.str()))
        .fix(fmt::format("write {}/REPOSITORY{}", *target.registry, rest));
  BERTH_CHECK(set_full_name(target, target.uri.str() + rest));
  return target;
}

std::string docker_hub_name(const std::string& destination) { return "docker.io/" + destination; }

base::Result<oci::RegistryUri> uri_for_this_call(const std::string& destination,
                                                 const TargetOptions& options) {
  if (options.uri) return oci::RegistryUri::parse(*options.uri);
  if (*options.flavor == kLayoutFlavor || destination[0] == '/')
    return Error(ErrorClass::usage, "usage.uri",
                 fmt::format("destination {} requires --uri", base::quote(destination)))
        .fix(*options.flavor == kLayoutFlavor ? "pass --uri oci:/absolute/dir"
                                              : "pass --uri HOST[:PORT][/PATH]");
  if (!begins_with_host(destination))
    return Error(ErrorClass::usage, "usage.uri", base::quote(destination) + " has no host")
        .cause("names without a host are never pushed to Docker Hub")
        .fix("pass --uri HOST[:PORT][/PATH]; for Docker Hub: " + docker_hub_name(destination));
  BERTH_TRY(const auto reference, oci::Reference::parse(destination));
  return oci::RegistryUri::parse(reference.host());
}

base::Result<Target> unregistered(const std::string& destination, const TargetOptions& options,
                                  const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto* flavor, index.find(*options.flavor));
  BERTH_TRY(const auto schema, flavor::settings_of(flavor->metadata->settings_schema));
  BERTH_TRY(auto settings, flavor::parse_settings(schema, options.settings));
  BERTH_CHECK(flavor::check_settings(schema, settings));
  BERTH_TRY(auto uri, uri_for_this_call(destination, options));
  BERTH_CHECK(check_uri_kind(uri, *options.flavor));
  Target target{.flavor = flavor,
                .uri = std::move(uri),
                .settings = std::move(settings),
                .selection_reason = "--flavor " + *options.flavor};
  if (destination.rfind('/', 0) == 0) return below(std::move(target), destination.substr(1));
  if (kind_of(target.uri).is_relative(destination)) return below(std::move(target), destination);
  BERTH_CHECK(set_full_name(target, destination));
  return target;
}

// The registered container registry with the longest uri that the image belongs to.
base::Result<const ContainerRegistry*> longest_match(const std::string& destination,
                                                     const store::Contents& contents) {
  const ContainerRegistry* best = nullptr;
  const ContainerRegistry* tied = nullptr;
  for (const auto& registry : contents.container_registries) {
    const bool holds = kind_of(registry.uri).holds(registry.uri, destination);
    if (!holds || (best != nullptr && registry.uri.str().size() < best->uri.str().size())) continue;
    tied = best != nullptr && registry.uri.str().size() == best->uri.str().size() ? best : nullptr;
    best = &registry;
  }
  if (tied != nullptr)
    return Error(ErrorClass::usage, "registry.ambiguous",
                 fmt::format("container registries {} and {} have the same URI", tied->name,
                             best->name))
        .fix(fmt::format("pass --registry {} or --registry {}", tied->name, best->name));
  return best;
}

// A name without a host that nothing registered holds.
Error unknown_name(const std::string& destination, const store::Contents& contents) {
  const std::string name = leading_name(destination);
  std::vector<std::string> names;
  for (const auto& registry : contents.container_registries) names.push_back(registry.name);
  Error error = Error(ErrorClass::not_found, "registry.unknown",
                      "container registry " + base::quote(name, 80) + " not found")
                    .cause("names without a host are never pushed to Docker Hub" +
                           (contents.unavailable.empty()
                                ? ""
                                : "; no registrations were read: " + contents.unavailable));
  const bool may_be_hub = oci::Reference::parse(docker_hub_name(destination)).has_value();
  const auto near = base::near_miss(name, names);
  if (!near)
    return std::move(error).fix(may_be_hub ? "berth registry list; for Docker Hub: " +
                                                 docker_hub_name(destination)
                                           : "berth registry list");
  const auto* nearest = *contents.find(*near);
  const bool is_short =
      destination.find('/') == std::string::npos && !nearest->uri.may_be_repository();
  const std::string rest = is_short ? "/" + destination : destination.substr(name.size());
  return std::move(error).fix(
      fmt::format("did you mean {}{}?{}", *near, rest,
                  may_be_hub ? " For Docker Hub: " + docker_hub_name(destination) : ""));
}

base::Result<Target> by_host(const std::string& destination, const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto reference, oci::Reference::parse(destination));
  BERTH_TRY(const auto* flavor, index.claiming(reference.host()));
  BERTH_TRY(auto uri, oci::RegistryUri::parse(reference.host()));
  Target target{.flavor = flavor,
                .uri = std::move(uri),
                .selection_reason = fmt::format(
                    "no registered container registry matches; host claimed by flavor {}",
                    flavor->metadata->flavor)};
  BERTH_CHECK(set_full_name(target, destination));
  return target;
}

base::Result<Target> in_named(const std::string& destination, const std::string& name,
                              std::string reason, const store::Contents& contents,
                              const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto* registry, contents.find(name));
  BERTH_TRY(auto target, registered(*registry, std::move(reason), index));
  if (destination.rfind('/', 0) == 0) return below(std::move(target), destination.substr(1));
  if (leading_name(destination) == name) return named(std::move(target), destination);
  BERTH_CHECK(set_full_name(target, destination));
  return target;
}

}  // namespace

base::Result<void> check_uri_kind(const oci::RegistryUri& uri, const std::string& flavor) {
  const auto& kind = kind_of(uri);
  if (kind.accepts_flavor(flavor)) return {};
  return Error(ErrorClass::usage, "registry.uri",
               "invalid URI for flavor " + flavor + ": " + uri.str())
      .cause("oci:/absolute/dir is only for flavor layout")
      .fix(kind.mismatch_fix());
}

namespace {

base::Result<Target> in_active(const std::string& destination, const store::Contents& contents,
                               const flavor::FlavorIndex& index) {
  if (!contents.active.empty())
    return in_named(destination, contents.active, "active container registry", contents, index);
  return Error(ErrorClass::not_found, "registry.no-active", "no container registry is active")
      .fix("berth registry use NAME");
}

// The registered container registry that `destination` begins with the name of; nullptr if it
// begins with none. Class disk if it cannot be used.
base::Result<const ContainerRegistry*> named_by(const std::string& destination,
                                                const store::Contents& contents) {
  if (begins_with_host(destination)) return nullptr;
  const std::string name = leading_name(destination);
  auto found = contents.find(name);
  if (!found && contents.find_unusable(name) == nullptr) return nullptr;
  return found;
}

// No registered container registry has to do with it.
base::Result<Target> not_registered(const std::string& destination, const store::Contents& contents,
                                    const flavor::FlavorIndex& index) {
  if (destination.starts_with("oci:"))
    return Error(ErrorClass::not_found, "registry.unknown",
                 "no registered container registry contains " + destination)
        .fix("berth registry register NAME --flavor layout --uri oci:/absolute/dir");
  if (begins_with_host(destination)) return by_host(destination, index);
  // The name may be one in the wrong case; what follows it must be valid.
  const std::string name = leading_name(destination);
  BERTH_TRY([[maybe_unused]] const auto valid,
            oci::Reference::parse(oci::to_lower(name) + destination.substr(name.size())));
  if (auto missing = missing_repository(destination, BareHost::host)) return std::move(*missing);
  return unknown_name(destination, contents);
}

}  // namespace

base::Result<Target> find_target(const std::string& destination, const TargetOptions& options,
                                 const store::Contents& contents,
                                 const flavor::FlavorIndex& index) {
  if (destination.empty())
    return Error(ErrorClass::usage, "destination.empty", "the destination is empty");
  if (auto missing = missing_repository(destination)) return std::move(*missing);
  if (options.flavor) return unregistered(destination, options, index);
  if (options.registry)
    return in_named(destination, *options.registry, "--registry " + *options.registry, contents,
                    index);
  if (destination[0] == '/') return in_active(destination, contents, index);
  BERTH_TRY(const auto* by_name, named_by(destination, contents));
  if (by_name != nullptr) {
    BERTH_TRY(auto target, registered(*by_name, "named explicitly", index));
    return named(std::move(target), destination);
  }
  BERTH_TRY(const auto* match, longest_match(destination, contents));
  if (match == nullptr) return not_registered(destination, contents, index);
  BERTH_TRY(auto target, registered(*match, "longest matching URI", index));
  BERTH_CHECK(set_full_name(target, destination));
  return target;
}

}  // namespace berth::app
