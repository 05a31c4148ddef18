#include "app/destinations.hpp"

#include <algorithm>

#include "app/destination_kinds.hpp"
#include "app/find_target.hpp"
#include "app/root_cause.hpp"
#include "base/escape.hpp"

namespace berth::app {

ResolvedDestinations resolve_destinations(std::span<const std::string> destinations,
                                          const TargetOptions& options,
                                          const Workspace& workspace) {
  ResolvedDestinations resolved;
  for (const auto& given : destinations) {
    auto target = find_target(given, options, workspace.contents, workspace.index);
    if (!target) {
      resolved.failed = DestinationReport{.given = given, .error = std::move(target).error()};
      return resolved;
    }
    resolved.targets.push_back(std::move(*target));
  }
  return resolved;
}

void announce(const App& app, std::span<const Target> targets, CheckEvents& events) {
  std::vector<ResolvedDestination> resolved;
  for (const auto& target : targets) resolved.push_back(describe_target(target));
  events.resolved(resolved);
  for (const auto& one : resolved)
    app.log.write(base::LogLevel::step, "destination",
                  {{"reference", one.reference},
                   {"registry", one.registry.value_or("not registered")},
                   {"flavor", one.flavor},
                   {"reason", one.selection_reason}});
}

push::ManifestForm common_form(std::span<const Target> targets) {
  const bool any_oci = std::ranges::any_of(targets, [](const auto& target) {
    return kind_of(target).manifest_form() == push::ManifestForm::oci;
  });
  return any_oci ? push::ManifestForm::oci : push::ManifestForm::docker;
}

base::Result<image::Encoding> common_encoding(std::span<const Target> targets) {
  std::optional<image::Encoding> common;
  for (const auto& target : targets) {
    const auto value = target.settings.string_or("compression", "");
    if (value.empty()) continue;
    const auto encoding = image::parse_encoding(value);
    if (!encoding)
      return base::Error(base::ErrorClass::usage, "usage.compression",
                         "unsupported setting compression")
          .cause(target.name() + " has " + base::quote(value));
    if (common && *common != *encoding)
      return base::Error(base::ErrorClass::usage, "usage.compression",
                         "the destinations have different compressions")
          .cause(
              "their container registries have different settings, and one push creates one "
              "manifest")
          .fix("pass --compression, or push to each destination separately");
    common = encoding;
  }
  return common.value_or(image::Encoding());
}

void fail(const App& app, const base::Error& error, DestinationReport& report,
          CheckEvents& events) {
  report.error = root_cause(app.cancellation, error);
  events.failed(report);
}

}  // namespace berth::app
