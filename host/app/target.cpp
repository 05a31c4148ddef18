#include "app/target.hpp"

#include <fmt/format.h>

#include "app/destination_kind.hpp"
#include "app/missing_repository.hpp"
#include "base/escape.hpp"
#include "base/near_miss.hpp"
#include "flavor/settings.hpp"
#include "oci/grammar.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;
using store::ContainerRegistry;

constexpr const char* kLayoutFlavor = "layout";

std::string first_segment(const std::string& typed) { return typed.substr(0, typed.find('/')); }

// A segment without a slash after it, like "app:1", is a name with a tag, not a host with a port.
bool begins_with_host(const std::string& typed) {
  return typed.find('/') != std::string::npos && oci::reads_as_host(first_segment(typed));
}

void set_image(Target& target, const oci::Reference& reference, std::string below) {
  target.repository = std::move(below);
  target.full_repository = target.uri.is_layout() ? target.repository : reference.repository();
  target.tag = reference.tag();
  target.digest = reference.digest();
  target.tag_assumed = !target.tag && !target.digest;
  if (target.tag_assumed) target.tag = "latest";
}

Error not_in_registry(const std::string& typed, const oci::RegistryUri& uri) {
  return Error(ErrorClass::validation, "push.not-in-registry",
               fmt::format("{} is not in container registry {}", typed, uri.str()))
      .cause("its name does not begin with " + uri.str())
      .fix(fmt::format("write {}/REPOSITORY:TAG", uri.str()));
}

// `typed` as a full name below the target's uri.
base::Result<void> set_full_name(Target& target, const std::string& typed) {
  if (target.uri.is_layout()) {
    if (typed.rfind(target.uri.str() + "/", 0) != 0) return not_in_registry(typed, target.uri);
    BERTH_TRY(const auto reference, oci::Reference::parse("localhost/" + typed.substr(target.uri.str().size() + 1)));
    set_image(target, reference, reference.repository());
    return {};
  }
  BERTH_TRY(const auto reference, oci::Reference::parse(typed));
  auto below = target.uri.below(reference);
  if (!below) return not_in_registry(typed, target.uri);
  set_image(target, reference, std::move(*below));
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

// The part of `typed` that can be the name of a container registry: NAME of NAME/REPOSITORY, NAME:TAG, NAME@DIGEST.
std::string leading_name(const std::string& typed) { return typed.substr(0, typed.find_first_of("/:@")); }

// `typed` begins with the name of the target's container registry: NAME/REPOSITORY[:TAG], or NAME[:TAG], which is the
// repository that the uri names.
base::Result<Target> named(Target target, const std::string& typed) {
  const std::string rest = typed.substr(leading_name(typed).size());
  if (rest.starts_with('/')) return below(std::move(target), rest.substr(1));
  if (!target.uri.may_be_repository())
    return Error(ErrorClass::usage, "destination.repository", base::quote(typed) + " has no repository")
        .cause(fmt::format("container registry {} ({}) is not a single repository", *target.registry, target.uri.str()))
        .fix(fmt::format("write {}/REPOSITORY{}", *target.registry, rest));
  BERTH_CHECK(set_full_name(target, target.uri.str() + rest));
  return target;
}

std::string docker_hub_name(const std::string& typed) { return "docker.io/" + typed; }

base::Result<oci::RegistryUri> uri_for_this_call(const std::string& typed, const TargetOptions& options) {
  if (options.uri) return oci::RegistryUri::parse(*options.uri);
  if (*options.flavor == kLayoutFlavor || typed[0] == '/')
    return Error(ErrorClass::usage, "usage.uri", fmt::format("destination {} requires --uri", base::quote(typed)))
        .fix(*options.flavor == kLayoutFlavor ? "pass --uri oci:/absolute/dir" : "pass --uri HOST[:PORT][/PATH]");
  if (!begins_with_host(typed))
    return Error(ErrorClass::usage, "usage.uri", base::quote(typed) + " has no host")
        .cause("names without a host are never pushed to Docker Hub")
        .fix("pass --uri HOST[:PORT][/PATH]; for Docker Hub: " + docker_hub_name(typed));
  BERTH_TRY(const auto reference, oci::Reference::parse(typed));
  return oci::RegistryUri::parse(reference.host());
}

base::Result<Target> unregistered(const std::string& typed, const TargetOptions& options,
                                  const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto* flavor, index.find(*options.flavor));
  BERTH_TRY(const auto schema, flavor::settings_of(flavor->metadata->settings_schema));
  BERTH_TRY(auto settings, flavor::parse_settings(schema, options.settings));
  BERTH_CHECK(flavor::check_settings(schema, settings));
  BERTH_TRY(auto uri, uri_for_this_call(typed, options));
  BERTH_CHECK(check_uri_kind(uri, *options.flavor));
  Target target{.flavor = flavor,
                .uri = std::move(uri),
                .settings = std::move(settings),
                .selection_reason = "--flavor " + *options.flavor};
  if (typed.rfind('/', 0) == 0) return below(std::move(target), typed.substr(1));
  if (target.uri.is_layout() && typed.rfind("oci:", 0) != 0) return below(std::move(target), typed);
  BERTH_CHECK(set_full_name(target, typed));
  return target;
}

// The registered container registry with the longest uri that the image belongs to.
base::Result<const ContainerRegistry*> longest_match(const std::string& typed, const store::Contents& contents) {
  const ContainerRegistry* best = nullptr;
  const ContainerRegistry* tied = nullptr;
  const auto reference = oci::Reference::parse(typed);
  for (const auto& registry : contents.container_registries) {
    const bool holds = registry.uri.is_layout() ? typed.rfind(registry.uri.str() + "/", 0) == 0
                                                : reference && registry.uri.holds(*reference);
    if (!holds || (best != nullptr && registry.uri.str().size() < best->uri.str().size())) continue;
    tied = best != nullptr && registry.uri.str().size() == best->uri.str().size() ? best : nullptr;
    best = &registry;
  }
  if (tied != nullptr)
    return Error(ErrorClass::usage, "registry.ambiguous",
                 fmt::format("container registries {} and {} have the same URI", tied->name, best->name))
        .fix(fmt::format("pass --registry {} or --registry {}", tied->name, best->name));
  return best;
}

// A name without a host that nothing registered holds.
Error unknown_name(const std::string& typed, const store::Contents& contents) {
  const std::string name = leading_name(typed);
  std::vector<std::string> names;
  for (const auto& registry : contents.container_registries) names.push_back(registry.name);
  Error error =
      Error(ErrorClass::not_found, "registry.unknown", "container registry " + base::quote(name, 80) + " not found")
          .cause("names without a host are never pushed to Docker Hub" +
                 (contents.unavailable.empty() ? "" : "; no registrations were read: " + contents.unavailable));
  const bool may_be_hub = oci::Reference::parse(docker_hub_name(typed)).has_value();
  const auto near = base::near_miss(name, names);
  if (!near)
    return std::move(error).fix(may_be_hub ? "berth registry list; for Docker Hub: " + docker_hub_name(typed)
                                           : "berth registry list");
  const auto* nearest = *contents.find(*near);
  const bool is_short = typed.find('/') == std::string::npos && !nearest->uri.may_be_repository();
  const std::string rest = is_short ? "/" + typed : typed.substr(name.size());
  return std::move(error).fix(
      fmt::format("did you mean {}{}?{}", *near, rest, may_be_hub ? " For Docker Hub: " + docker_hub_name(typed) : ""));
}

base::Result<Target> by_host(const std::string& typed, const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto reference, oci::Reference::parse(typed));
  BERTH_TRY(const auto* flavor, index.claiming(reference.host()));
  BERTH_TRY(auto uri, oci::RegistryUri::parse(reference.host()));
  Target target{.flavor = flavor,
                .uri = std::move(uri),
                .selection_reason = fmt::format("no registered container registry matches; host claimed by flavor {}",
                                                flavor->metadata->flavor)};
  BERTH_CHECK(set_full_name(target, typed));
  return target;
}

base::Result<Target> in_named(const std::string& typed, const std::string& name, std::string reason,
                              const store::Contents& contents, const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto* registry, contents.find(name));
  BERTH_TRY(auto target, registered(*registry, std::move(reason), index));
  if (typed.rfind('/', 0) == 0) return below(std::move(target), typed.substr(1));
  if (leading_name(typed) == name) return named(std::move(target), typed);
  BERTH_CHECK(set_full_name(target, typed));
  return target;
}

}  // namespace

base::Result<void> check_uri_kind(const oci::RegistryUri& uri, const std::string& flavor) {
  if (uri.is_layout() == (flavor == kLayoutFlavor)) return {};
  return Error(ErrorClass::usage, "registry.uri", "invalid URI for flavor " + flavor + ": " + uri.str())
      .cause("oci:/absolute/dir is only for flavor layout")
      .fix(uri.is_layout() ? "pass --flavor layout" : "pass --uri oci:/absolute/dir");
}

std::string Target::name() const {
  return uri.is_layout() ? uri.str() + "/" + repository : uri.host() + "/" + full_repository;
}

const DestinationKind& Target::kind() const { return kind_of(uri); }

std::string Target::reference() const {
  std::string text = name();
  if (tag) text += ":" + *tag;
  if (digest) text += "@" + digest->str();
  return text;
}

namespace {

base::Result<Target> in_active(const std::string& typed, const store::Contents& contents,
                               const flavor::FlavorIndex& index) {
  if (!contents.active.empty()) return in_named(typed, contents.active, "active container registry", contents, index);
  return Error(ErrorClass::not_found, "registry.no-active", "no container registry is active")
      .fix("berth registry use NAME");
}

// The registered container registry that `typed` begins with the name of; nullptr if there is none. Class disk if it
// cannot be used.
base::Result<const ContainerRegistry*> named_by(const std::string& typed, const store::Contents& contents) {
  if (begins_with_host(typed)) return nullptr;
  const std::string name = leading_name(typed);
  auto found = contents.find(name);
  if (!found && contents.find_unusable(name) == nullptr) return nullptr;
  return found;
}

// No registered container registry has to do with it.
base::Result<Target> not_registered(const std::string& typed, const store::Contents& contents,
                                    const flavor::FlavorIndex& index) {
  if (typed.starts_with("oci:"))
    return Error(ErrorClass::not_found, "registry.unknown", "no registered container registry contains " + typed)
        .fix("berth registry register NAME --flavor layout --uri oci:/absolute/dir");
  if (begins_with_host(typed)) return by_host(typed, index);
  // The name may be one in the wrong case; what follows it must be valid.
  const std::string name = leading_name(typed);
  BERTH_TRY([[maybe_unused]] const auto valid, oci::Reference::parse(oci::to_lower(name) + typed.substr(name.size())));
  if (auto missing = missing_repository(typed, BareHost::host)) return std::move(*missing);
  return unknown_name(typed, contents);
}

}  // namespace

base::Result<Target> find_target(const std::string& typed, const TargetOptions& options,
                                 const store::Contents& contents, const flavor::FlavorIndex& index) {
  if (typed.empty()) return Error(ErrorClass::usage, "destination.empty", "the destination is empty");
  if (auto missing = missing_repository(typed)) return std::move(*missing);
  if (options.flavor) return unregistered(typed, options, index);
  if (options.registry) return in_named(typed, *options.registry, "--registry " + *options.registry, contents, index);
  if (typed[0] == '/') return in_active(typed, contents, index);
  BERTH_TRY(const auto* by_name, named_by(typed, contents));
  if (by_name != nullptr) {
    BERTH_TRY(auto target, registered(*by_name, "named explicitly", index));
    return named(std::move(target), typed);
  }
  BERTH_TRY(const auto* match, longest_match(typed, contents));
  if (match == nullptr) return not_registered(typed, contents, index);
  BERTH_TRY(auto target, registered(*match, "longest matching URI", index));
  BERTH_CHECK(set_full_name(target, typed));
  return target;
}

}  // namespace berth::app
