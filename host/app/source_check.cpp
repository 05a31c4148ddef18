#include "app/source_check.hpp"

#include "app/destination_kind.hpp"
#include "app/running_flavor.hpp"
#include "push/missing_content.hpp"

namespace berth::app {
namespace {

flavor::Finding finding_of(const image::Notice& notice) {
  return {notice.is_warning ? flavor::Severity::warning : flavor::Severity::info, notice.code, notice.message,
          notice.fix};
}

}  // namespace

base::Result<void> check_expected(const Target& target, const push::Plan& plan) {
  if (plan.manifests.empty()) return {};
  return push::check_expected(plan.manifests.back(), target.image.digest);
}

void report_notices(const image::Source& source, const FindingSink& found) {
  const auto* image = std::get_if<image::ReadyImage>(&source.contents());
  if (image == nullptr) return;
  for (const auto& notice : image->notices) found(finding_of(notice));
}

base::Result<void> check_content(const Target& target, const push::Plan& plan, image::Source& source,
                                 registry::RegistryClient* client, const FindingSink& found) {
  BERTH_TRY(const auto missing, push::find_missing(plan, source, true));
  if (missing.empty()) return {};
  if (const auto stored = target.kind().content(target, client))
    return push::require_at_destination(missing, plan, source, *stored, target.name());
  for (const auto& blob : missing.blobs)
    if (blob.reason.code() != "source.missing") return blob.reason.clone();
  if (const auto notice = push::missing_notice(missing, plan, source, target.name())) found(finding_of(*notice));
  return {};
}

base::Result<void> check_content(const App& app, const Target& target, const NetworkOptions& network,
                                 const push::Plan& plan, image::Source& source, Events& events) {
  BERTH_TRY(const auto missing, push::find_missing(plan, source, true));
  if (missing.empty()) return {};
  if (const auto stored = target.kind().content(target, nullptr))
    return push::require_at_destination(missing, plan, source, *stored, target.name());
  BERTH_TRY(auto plugin, start_plugin(app, target));
  BERTH_TRY(const auto connection, connect(app, {target, network, Purpose::check, plugin}, events));
  return push::require_at_destination(missing, plan, source, *target.kind().content(target, connection.client.get()),
                                      target.name());
}

}  // namespace berth::app
