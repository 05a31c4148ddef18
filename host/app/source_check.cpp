#include "app/source_check.hpp"

#include "app/destination_kinds.hpp"

namespace berth::app {
namespace {

flavor::Finding finding_of(const image::Notice& notice) {
  return {notice.is_warning ? flavor::Severity::warning : flavor::Severity::info, notice.code,
          notice.message, notice.fix};
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

base::Result<void> check_content(const Target& target, const ContentToCheck& content,
                                 registry::RegistryClient* client, const FindingSink& found) {
  const auto& image = content.source.image();
  BERTH_TRY(const auto* missing, content.source.missing(content.plan, true));
  if (missing->empty()) return {};
  if (const auto stored = kind_of(target).content(target, client))
    return push::require_at_destination(*missing, content.plan, image, *stored, target.name());
  for (const auto& blob : missing->blobs)
    if (blob.reason.code() != "source.missing") return blob.reason.clone();
  if (const auto notice = push::missing_notice(*missing, content.plan, image, target.name()))
    found(finding_of(*notice));
  return {};
}

}  // namespace berth::app
