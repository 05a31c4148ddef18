#include "push/missing_content.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/escape.hpp"
#include "image/platform_selection.hpp"

namespace berth::push {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kMaxListed = 5;

std::string joined(std::vector<std::string> names) {
  if (names.size() > kMaxListed) {
    const std::size_t more = names.size() - kMaxListed;
    names.resize(kMaxListed);
    names.push_back(fmt::format("{} more", more));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string_view kind_of(image::BlobKind kind) {
  if (kind == image::BlobKind::config) return "config";
  return kind == image::BlobKind::layer ? "layer" : "blob";
}

std::vector<std::string> names_of(const std::vector<MissingContent::Blob>& blobs,
                                  const Plan& plan) {
  std::vector<std::string> names;
  for (const auto& blob : blobs) {
    const auto& planned = plan.blobs[blob.index];
    names.push_back(fmt::format("{} {}", kind_of(planned.kind), planned.digest->str()));
  }
  return names;
}

std::string count_of(std::size_t count, std::string_view singular) {
  return fmt::format("{} {}{}", count, singular, count == 1 ? "" : "s");
}

// Returns the platforms of manifests. Attestations are listed with their image; without any
// platform, returns the manifests.
std::vector<std::string> platforms_of(const std::vector<oci::Descriptor>& manifests) {
  std::vector<std::string> names;
  for (const auto& manifest : manifests)
    if (manifest.platform && manifest.platform->is_known())
      names.push_back(base::escape(manifest.platform->full_str(), 100));
  if (!names.empty()) return names;
  for (const auto& manifest : manifests)
    names.push_back((image::described_image(manifest) != nullptr ? "attestation " : "manifest ") +
                    manifest.digest.brief());
  return names;
}

Error absent_platforms(const std::vector<oci::Descriptor>& absent, const Plan& plan,
                       const image::Source& source, const std::string& destination) {
  std::vector<std::string> present;
  for (const auto& platform : plan.platforms)
    present.push_back(base::escape(platform.full_str(), 100));
  auto error =
      Error(ErrorClass::not_found, "source.absent-platform",
            fmt::format("{} does not have all manifests of its index", source.place()))
          .cause(fmt::format("missing: {}, also in {}; available: {}", joined(platforms_of(absent)),
                             destination, present.empty() ? "none" : joined(present)));
  return present.empty()
             ? std::move(error)
             : std::move(error).fix(fmt::format("select the available platforms: --platform {}",
                                                fmt::join(present, ",")));
}

Error absent_blobs(const std::vector<MissingContent::Blob>& absent, const Plan& plan,
                   const image::Source& source, const std::string& destination) {
  const auto damaged = std::ranges::find_if(absent, [](const MissingContent::Blob& blob) {
    return blob.reason.code() != "source.missing";
  });
  if (damaged != absent.end()) return damaged->reason.clone();
  return Error(ErrorClass::integrity, "source.missing",
               fmt::format("{} does not have {} of the image", source.place(),
                           count_of(absent.size(), "blob")))
      .cause(fmt::format("{} does not have {} either: {}", destination,
                         absent.size() == 1 ? "it" : "them", joined(names_of(absent, plan))))
      .fix(
          "add the missing blobs to the source, or push to the repository that has the base image");
}

}  // namespace

base::Result<MissingContent> find_missing(const Plan& plan, image::Source& source,
                                          bool ask_registries) {
  MissingContent missing;
  const auto* image = std::get_if<image::ReadyImage>(&source.contents());
  if (image == nullptr) return missing;
  missing.manifests = image->absent;
  if (source.is_remote() && !ask_registries) return missing;
  for (std::size_t i = 0; i < plan.blobs.size(); ++i) {
    auto checked = source.check_blob(image->blobs[plan.blobs[i].source_index].descriptor);
    if (checked) continue;
    if (checked.error().error_class() != ErrorClass::integrity) return std::move(checked).error();
    missing.blobs.push_back({i, std::move(checked).error()});
  }
  return missing;
}

base::Result<const MissingContent*> PushSource::missing(const Plan& plan, bool ask_registries) {
  const std::lock_guard lock(mutex_);
  auto& found = ask_registries || !image_.is_remote() ? complete_ : unasked_;
  if (!found) found = find_missing(plan, image_, ask_registries);
  if (!*found) return found->error().clone();
  return &**found;
}

base::Result<void> require_at_destination(const MissingContent& missing, const Plan& plan,
                                          const image::Source& source, StoredContent& stored,
                                          const std::string& destination) {
  if (missing.empty()) return {};
  std::vector<oci::Descriptor> manifests;
  for (const auto& manifest : missing.manifests) {
    BERTH_TRY(const bool there, stored.has_manifest(manifest));
    if (!there) manifests.push_back(manifest);
  }
  if (!manifests.empty()) return absent_platforms(manifests, plan, source, destination);
  const auto& blobs = std::get<image::ReadyImage>(source.contents()).blobs;
  std::vector<MissingContent::Blob> absent;
  for (const auto& blob : missing.blobs) {
    BERTH_TRY(const bool there,
              stored.has_blob(blobs[plan.blobs[blob.index].source_index].descriptor));
    if (!there) absent.push_back({blob.index, blob.reason.clone()});
  }
  if (absent.empty()) return {};
  return absent_blobs(absent, plan, source, destination);
}

std::optional<image::Notice> missing_notice(const MissingContent& missing, const Plan& plan,
                                            const image::Source& source,
                                            const std::string& destination) {
  if (missing.empty()) return std::nullopt;
  std::vector<std::string> names = names_of(missing.blobs, plan);
  for (auto& platform : platforms_of(missing.manifests)) names.push_back(std::move(platform));
  return image::Notice{
      true, "source.missing",
      fmt::format("{} does not have {}: the push succeeds only if {} has {}", source.place(),
                  joined(names), destination, names.size() == 1 ? "it" : "them")};
}

Plan without_missing(Plan plan, const MissingContent& missing) {
  for (const auto& blob : missing.blobs) plan.blobs[blob.index].at_destination = true;
  return plan;
}

}  // namespace berth::push
