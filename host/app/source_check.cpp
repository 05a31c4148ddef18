#include "app/source_check.hpp"

#include "app/workspace.hpp"
#include "push/missing_content.hpp"

namespace berth::app {
namespace {

flavor::Finding finding_of(const image::Notice& notice) {
  return {notice.is_warning ? flavor::Severity::warning : flavor::Severity::info, notice.code, notice.message,
          notice.fix};
}

base::Result<void> require(const push::MissingContent& missing, const Target& target, const push::Plan& plan,
                           const image::Source& source, registry::Session* session) {
  const auto stored = session != nullptr ? push::registry_content(*session, target.full_repository)
                                         : push::layout_content(target.uri.directory());
  return push::require_at_destination(missing, plan, source, *stored, target.name());
}

}  // namespace

void show_notices(const image::Source& source, const FindingSink& found) {
  const auto* image = std::get_if<image::ReadyImage>(&source.contents());
  if (image == nullptr) return;
  for (const auto& notice : image->notices) found(finding_of(notice));
}

base::Result<void> check_content(const Target& target, const push::Plan& plan, image::Source& source,
                                 registry::Session* session, const FindingSink& found) {
  BERTH_TRY(const auto missing, push::find_missing(plan, source, true));
  if (missing.empty()) return {};
  if (session != nullptr || target.uri.is_layout()) return require(missing, target, plan, source, session);
  for (const auto& blob : missing.blobs)
    if (blob.reason.code() != "source.missing") return blob.reason.clone();
  if (const auto notice = push::missing_notice(missing, plan, source, target.name())) found(finding_of(*notice));
  return {};
}

base::Result<void> check_content(const App& app, const Target& target, const NetworkOptions& network,
                                 const push::Plan& plan, image::Source& source, Events& events) {
  BERTH_TRY(const auto missing, push::find_missing(plan, source, true));
  if (missing.empty()) return {};
  if (target.uri.is_layout()) return require(missing, target, plan, source, nullptr);
  BERTH_TRY(auto plugin, start_plugin(app, *target.flavor, target.uri, target.settings));
  BERTH_TRY(const auto connection, connect(app, {target, network, Purpose::check, plugin}, events));
  return require(missing, target, plan, source, connection.session.get());
}

}  // namespace berth::app
