#include "cli/target.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "base/near_miss.hpp"
#include "flavor/settings.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;
using store::ContainerRegistry;

std::string first_segment(const std::string& typed) { return typed.substr(0, typed.find('/')); }

// Tag and digest alone: a segment like "app:1" is a name with a tag, not a host with a port, when nothing follows.
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
               fmt::format("{} does not belong to {}", typed, uri.str()))
      .cause("its name does not begin with " + uri.str())
      .fix(fmt::format("write {}/…", uri.str()));
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

base::Result<Target> registered(const ContainerRegistry& registry, std::string why, const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto* flavor, index.find(registry.flavor));
  BERTH_TRY(const auto schema, flavor::settings_of(flavor->metadata->settings_schema));
  BERTH_CHECK(flavor::check_settings(schema, registry.settings));
  return Target{registry.name, flavor, registry.uri, registry.settings, std::move(why), {}, {}, {}, {}, false};
}

base::Result<Target> below(Target target, const std::string& rest) {
  BERTH_CHECK(set_full_name(target, target.uri.str() + "/" + rest));
  return target;
}

base::Result<Target> unregistered(const std::string& typed, const TargetOptions& options,
                                  const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto* flavor, index.find(*options.flavor));
  BERTH_TRY(const auto schema, flavor::settings_of(flavor->metadata->settings_schema));
  BERTH_TRY(auto settings, flavor::parse_settings(schema, options.settings));
  BERTH_CHECK(flavor::check_settings(schema, settings));
  std::string uri_text = options.uri.value_or("");
  if (uri_text.empty()) {
    BERTH_TRY(const auto reference, oci::Reference::parse(typed));
    uri_text = reference.host();
  }
  BERTH_TRY(auto uri, oci::RegistryUri::parse(uri_text));
  Target target{std::nullopt, flavor, std::move(uri), std::move(settings), "--flavor " + *options.flavor, {}, {},
                {},           {},     false};
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
                 fmt::format("{} and {} have the same uri", tied->name, best->name))
        .fix(fmt::format("choose with --registry {} or --registry {}", tied->name, best->name));
  return best;
}

Error unknown_name(const std::string& typed, const store::Contents& contents) {
  const std::string name = first_segment(typed);
  std::vector<std::string> names;
  for (const auto& registry : contents.container_registries) names.push_back(registry.name);
  Error error = Error(ErrorClass::not_found, "registry.unknown",
                      "there is no container registry " + base::quote(name.substr(0, name.find(':')), 80))
                    .cause("a name without a host must not publish to Docker Hub by mistake");
  const auto near = base::near_miss(name, names);
  if (near)
    return std::move(error).fix(
        fmt::format("did you mean {}{}? For Docker Hub write docker.io/{}", *near, typed.substr(name.size()), typed));
  return std::move(error).fix("berth registry list; for Docker Hub write docker.io/" + typed);
}

base::Result<Target> by_host(const std::string& typed, const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto reference, oci::Reference::parse(typed));
  BERTH_TRY(const auto* flavor, index.claiming(reference.host()));
  BERTH_TRY(auto uri, oci::RegistryUri::parse(reference.host()));
  Target target{
      std::nullopt,
      flavor,
      std::move(uri),
      base::Json::object(),
      fmt::format("no registered container registry holds it; flavor {} claims the host", flavor->metadata->flavor),
      {},
      {},
      {},
      {},
      false};
  BERTH_CHECK(set_full_name(target, typed));
  return target;
}

base::Result<Target> in_named(const std::string& typed, const std::string& name, const store::Contents& contents,
                              const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto* registry, contents.find(name));
  BERTH_TRY(auto target, registered(*registry, "--registry " + name, index));
  if (typed.rfind('/', 0) == 0) return below(std::move(target), typed.substr(1));
  if (typed.rfind(name + "/", 0) == 0) return below(std::move(target), typed.substr(name.size() + 1));
  BERTH_CHECK(set_full_name(target, typed));
  return target;
}

}  // namespace

std::string Target::name() const {
  return uri.is_layout() ? uri.str() + "/" + repository : uri.host() + "/" + full_repository;
}

std::string Target::reference() const {
  std::string text = name();
  if (tag) text += ":" + *tag;
  if (digest) text += "@" + digest->str();
  return text;
}

std::vector<Option> target_option_list() {
  return {{"--registry", "NAME", "the container registry, where several would do", false, {}, {}},
          {"--flavor", "F", "use a container registry that is not registered, of this flavor", false, {}, {}},
          {"--uri", "U", "with --flavor: its uri (default: the destination's host)", false, {}, {}},
          {"--set", "K=V", "with --flavor: one of its settings", true, {}, {}}};
}

base::Result<TargetOptions> target_options(const Arguments& arguments) {
  TargetOptions options{arguments.value("--registry"), arguments.value("--flavor"), arguments.value("--uri"), {}};
  BERTH_TRY(options.settings, pairs(arguments, "--set"));
  if (!options.flavor && (options.uri || !options.settings.empty()))
    return Error(ErrorClass::usage, "usage.flavor", "--uri and --set go with --flavor");
  if (options.flavor && options.registry)
    return Error(ErrorClass::usage, "usage.flavor", "--registry and --flavor exclude each other");
  return options;
}

base::Result<Target> find_target(const std::string& typed, const TargetOptions& options,
                                 const store::Contents& contents, const flavor::FlavorIndex& index) {
  if (typed.empty()) return Error(ErrorClass::usage, "destination.empty", "the destination is empty");
  if (options.flavor) return unregistered(typed, options, index);
  if (options.registry) return in_named(typed, *options.registry, contents, index);
  if (typed[0] == '/') {
    if (contents.active.empty())
      return Error(ErrorClass::usage, "registry.no-active", "no container registry is active")
          .fix("berth registry use NAME");
    return in_named(typed, contents.active, contents, index);
  }
  const bool hosted = begins_with_host(typed);
  if (!hosted && typed.rfind("oci:", 0) != 0)
    if (const auto named = contents.find(first_segment(typed)); named && typed.find('/') != std::string::npos) {
      BERTH_TRY(auto target, registered(**named, "its name was typed", index));
      return below(std::move(target), typed.substr((*named)->name.size() + 1));
    }
  BERTH_TRY(const auto* match, longest_match(typed, contents));
  if (match != nullptr) {
    BERTH_TRY(auto target, registered(*match, "it has the longest uri that the image belongs to", index));
    BERTH_CHECK(set_full_name(target, typed));
    return target;
  }
  if (typed.rfind("oci:", 0) == 0)
    return Error(ErrorClass::not_found, "registry.unknown", "no registered container registry holds " + typed)
        .fix("berth registry register NAME --flavor layout --uri oci:/absolute/dir");
  if (!hosted) {
    BERTH_TRY([[maybe_unused]] const auto valid, oci::Reference::parse(typed));
    return unknown_name(typed, contents);
  }
  return by_host(typed, index);
}

}  // namespace berth::cli
