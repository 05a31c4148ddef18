#include "cli/image_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/output.hpp"
#include "oci/hasher.hpp"

namespace berth::cli {

base::Result<std::unique_ptr<image::Source>> open_image(Context& context, const std::string& typed,
                                                        std::vector<oci::Platform> platforms,
                                                        const app::SourceAccess& access) {
  BERTH_TRY(const auto spec, image::SourceSpec::parse(typed));
  if (spec.transport == image::Transport::docker)
    return app::open_registry_image(context.app, spec.location, platforms, access, context.events);
  return image::open_source(spec,
                            {context.app.cancellation, context.app.log, context.app.environment, std::move(platforms)});
}

base::Result<std::unique_ptr<image::Source>> open_local_image(const Context& context, const std::string& full_name,
                                                              const std::string& typed,
                                                              std::vector<oci::Platform> platforms) {
  const image::SourceContext source_context{context.app.cancellation, context.app.log, context.app.environment,
                                            std::move(platforms)};
  auto open = [&](const std::string& name) -> base::Result<std::unique_ptr<image::Source>> {
    BERTH_TRY(const auto spec, image::SourceSpec::parse("docker-daemon:" + name));
    return image::open_source(spec, source_context);
  };
  auto source = open(full_name);
  if (source || source.error().code() != "source.no-image" || full_name == typed) return source;
  return open(typed);
}

flavor::ImageView image_view(const app::Target& target, const push::Plan* plan) {
  return {target.reference(), target.repository, target.full_repository, target.tag.value_or(""), plan};
}

push::ManifestForm manifest_form(std::span<const app::Target> targets) {
  const bool any_layout = std::ranges::any_of(targets, [](const auto& target) { return target.uri.is_layout(); });
  return any_layout ? push::ManifestForm::oci : push::ManifestForm::docker;
}

base::Result<void> check_expected(const app::Target& target, const push::Plan& plan) {
  if (!target.digest || plan.manifests.empty() || oci::is_digest_of(*target.digest, plan.manifests.back().bytes))
    return {};
  return base::Error(base::ErrorClass::integrity, "push.digest-mismatch",
                     "the image is not the one that the destination names")
      .cause(fmt::format("the image is {}, the destination says {}", plan.digest->str(), target.digest->str()));
}

void know_target(Context& context, const app::Target& target, const std::string& failed) {
  context.subject = target.reference() + " " + failed;
  context.known = base::Json::object({{"reference", target.reference()},
                                      {"registry", target.registry ? base::Json(*target.registry) : base::Json()},
                                      {"flavor", target.flavor->metadata->flavor},
                                      {"why", target.why},
                                      {"findings", base::Json::array()}});
}

void announce_targets(const Context& context, const std::string& doing, std::span<const app::Target> targets) {
  std::vector<std::string> references;
  for (const auto& target : targets) references.push_back(target.reference());
  context.events.info(fmt::format("{} {}", doing, fmt::join(references, ", ")));
  if (std::ranges::any_of(targets, &app::Target::tag_assumed)) context.events.info("using default tag: latest");
  for (const auto& target : targets)
    context.app.log.write(base::LogLevel::step, "destination",
                          {{"reference", target.reference()},
                           {"registry", target.registry.value_or("not registered")},
                           {"flavor", target.flavor->metadata->flavor},
                           {"reason", target.why}});
}

std::function<void(const flavor::Finding&)> finding_shower(Context& context) {
  return [&context, seen = std::vector<flavor::Finding>()](const flavor::Finding& finding) mutable {
    seen.push_back(finding);
    context.known.set("findings", findings_json(seen));
    if (!context.quiet || finding.severity == flavor::Severity::error)
      context.terminal.finding(flavor::severity_name(finding.severity), finding.code, finding.message, finding.fix);
  };
}

}  // namespace berth::cli
