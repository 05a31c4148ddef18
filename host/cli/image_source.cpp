#include "cli/image_source.hpp"

#include "cli/output.hpp"

namespace berth::cli {

base::Result<std::vector<oci::Platform>> platform_options(const Arguments& arguments) {
  std::vector<oci::Platform> platforms;
  for (const auto& text : arguments.values("--platform")) {
    BERTH_TRY(auto platform, oci::Platform::parse(text));
    platforms.push_back(std::move(platform));
  }
  return platforms;
}

image::SourceContext make_source_context(const Context& context, std::vector<oci::Platform> platforms) {
  return {context.cancellation, context.log, context.environment, std::move(platforms)};
}

base::Result<std::unique_ptr<image::Source>> open_image(const std::string& typed, const image::SourceContext& context) {
  BERTH_TRY(const auto spec, image::SourceSpec::parse(typed));
  return image::open_source(spec, context);
}

base::Result<std::unique_ptr<image::Source>> open_local_image(const std::string& full_name, const std::string& typed,
                                                              const image::SourceContext& context) {
  auto source = open_image("docker-daemon:" + full_name, context);
  if (source || source.error().code() != "source.no-image" || full_name == typed) return source;
  return open_image("docker-daemon:" + typed, context);
}

flavor::ImageView image_view(const Target& target, const push::Plan* plan) {
  return {target.reference(), target.repository, target.full_repository, target.tag.value_or(""), plan};
}

push::Plan plan_for(const Target& target, const image::Source& source) {
  return push::plan_push(source.contents(),
                         target.uri.is_layout() ? push::ManifestForm::oci : push::ManifestForm::docker);
}

void show_findings(Context& context, const std::vector<flavor::Finding>& findings) {
  context.known.set("findings", findings_json(findings));
  for (const auto& finding : findings)
    if (!context.quiet || finding.severity == flavor::Severity::error)
      context.terminal.finding(flavor::severity_name(finding.severity), finding.code, finding.message, finding.fix);
}

}  // namespace berth::cli
