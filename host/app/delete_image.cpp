#include "app/delete_image.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "app/open_repository.hpp"
#include "app/tags_of_manifest.hpp"
#include "app/workspace.hpp"
#include "base/escape.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kMaxListedTags = 10;
// How often, and how long apart, a registry is asked whether a deletion took effect: some caches
// return a tag for a moment.
constexpr int kMaxLookups = 5;
constexpr std::chrono::milliseconds kLookupInterval{500};

std::string listed_tags(std::vector<std::string> tags) {
  const std::size_t count = tags.size();
  if (count > kMaxListedTags) tags.resize(kMaxListedTags);
  for (auto& tag : tags) tag = base::escape(tag, 130);
  const std::string more =
      count > kMaxListedTags ? fmt::format(" and {} more", count - kMaxListedTags) : "";
  return fmt::format("{}{}", fmt::join(tags, ", "), more);
}

Error not_found(const std::string& reference) {
  return Error(ErrorClass::not_found, "delete.not-found", reference + " not found");
}

}  // namespace

class ImageDeletion::Run {
 public:
  Run(const App& app, const DeleteRequest& request, Events& events)
      : app_(app), request_(request), events_(events) {}

  base::Result<std::vector<ImageToDelete>> find() {
    workspace_.reset();
    BERTH_TRY(auto workspace, open_workspace(app_, events_));
    workspace_ = std::move(workspace);
    std::vector<ImageToDelete> images;
    for (const auto& reference : request_.references) {
      BERTH_TRY(auto found, find_one(reference));
      images.push_back(found.image);
      found_.push_back(std::move(found));
    }
    return images;
  }

  base::Result<DeletedImage> remove(std::size_t position) {
    const auto& [opened, image] = found_.at(position);
    if (image.tag) {
      BERTH_TRY(const bool unchanged, points_to(*opened, *image.tag, image.digest));
      if (!unchanged) return changed(image);
      BERTH_TRY(const auto by_tag,
                opened->client().manifests().remove(opened->repository(), *image.tag));
      if (by_tag.outcome == registry::Deletion::deleted) {
        BERTH_CHECK(check_gone(*opened, image, *image.tag));
        return describe_deleted_tag(*opened, image);
      }
      app_.log.write(base::LogLevel::step, "delete",
                     {{"by_tag", "unsupported"}, {"response", by_tag.registry_message}});
    }
    return remove_manifest(*opened, image);
  }

 private:
  // A repository that find() looked at.
  struct FoundImage {
    std::unique_ptr<OpenRepository> opened;
    ImageToDelete image;
  };

  base::Result<FoundImage> find_one(const std::string& reference) {
    BERTH_TRY(auto target,
              find_target(reference, request_.target, workspace_->contents, workspace_->index));
    if (target.default_tag)
      return Error(ErrorClass::usage, "delete.no-tag",
                   base::quote(reference, 200) + " has neither a tag nor a digest")
          .cause("delete assumes no default tag")
          .fix(fmt::format("write {}:TAG", target.name()));
    if (!target.is_remote())
      return Error(ErrorClass::usage, "delete.layout",
                   "deleting from an OCI layout is not supported")
          .cause(target.name() + " is in a directory");
    std::string found = target.reference();
    std::optional<std::string> tag = target.image.tag;
    BERTH_TRY(auto opened, OpenRepository::open(app_, std::move(target), request_.network,
                                                Purpose::remove, events_));
    BERTH_TRY(auto digest, look_up(*opened));
    return FoundImage{std::move(opened), {std::move(found), std::move(tag), std::move(digest)}};
  }

  // Returns the digest of the image. With a tag and a digest, the tag must point to the digest.
  base::Result<oci::Digest> look_up(OpenRepository& opened) {
    const auto& name = opened.target().image;
    const std::string reference = name.tag ? *name.tag : name.digest->str();
    BERTH_TRY(const auto digest, current_digest(opened, reference));
    if (!digest || (name.digest && name.digest->conflicts_with(*digest)))
      return not_found(opened.target().reference());
    return name.digest ? *name.digest : *digest;
  }

  // Some registries delete the manifest with the tag (project-zot/zot#1772), or once it has no tag.
  static DeletedImage describe_deleted_tag(OpenRepository& opened, const ImageToDelete& image) {
    DeletedImage deleted{.image = image, .tags = {*image.tag}};
    const auto manifest = opened.client().manifests().head(opened.repository(), image.digest.str(),
                                                           registry::Need::optional);
    deleted.manifest = manifest && !manifest->has_value();
    deleted.tags_known = !deleted.manifest;
    return deleted;
  }

  base::Result<std::optional<oci::Digest>> current_digest(OpenRepository& opened,
                                                          const std::string& reference) {
    auto& manifests = opened.client().manifests();
    BERTH_TRY(auto info, manifests.head(opened.repository(), reference));
    if (!info) return std::optional<oci::Digest>();
    if (info->digest) return std::move(info->digest);
    BERTH_TRY(auto fetched, manifests.fetch(opened.repository(), reference));
    if (!fetched) return std::optional<oci::Digest>();
    return std::optional(std::move(fetched->digest));
  }

  base::Result<bool> points_to(OpenRepository& opened, const std::string& reference,
                               const oci::Digest& digest) {
    BERTH_TRY(const auto current, current_digest(opened, reference));
    return current && !current->conflicts_with(digest);
  }

  static Error changed(const ImageToDelete& image) {
    return Error(ErrorClass::integrity, "delete.changed",
                 image.reference + " changed while it was to be deleted")
        .cause("it pointed to " + image.digest.str())
        .fix("look at it again: berth inspect " + image.reference);
  }

  // The tags that are deleted with the manifest, right before it is.
  base::Result<DeletedImage> remove_manifest(OpenRepository& opened, const ImageToDelete& image) {
    DeletedImage deleted{.image = image, .manifest = true};
    auto tags = tags_of_manifest(app_, opened.client(), opened.repository(), image.digest);
    if (!tags && (!request_.force || app_.cancellation.requested())) return unknown_tags(tags);
    deleted.tags_known = tags.has_value();
    if (tags) deleted.tags = std::move(*tags);
    BERTH_CHECK(check_other_tags(opened, deleted));
    auto& manifests = opened.client().manifests();
    BERTH_TRY(const auto result, manifests.remove(opened.repository(), image.digest.str()));
    if (result.outcome == registry::Deletion::unsupported) return unsupported(opened, result);
    if (result.outcome == registry::Deletion::not_found) {
      // Some registries have no such endpoint.
      BERTH_TRY(const bool there, points_to(opened, image.digest.str(), image.digest));
      if (there) return unsupported(opened, result);
      return not_found(image.reference);
    }
    BERTH_CHECK(check_gone(opened, image, image.tag ? *image.tag : image.digest.str()));
    return deleted;
  }

  static Error unknown_tags(const base::Result<std::vector<std::string>>& failed) {
    const auto& error = failed.error();
    return Error(error.error_class(), error.code(),
                 "cannot look up which other tags point to the manifest: " + error.message())
        .cause(error.cause())
        .registry(error.registry())
        .fix("allow listing the tags, or delete the manifest with all of its tags: --force");
  }

  base::Result<void> check_other_tags(const OpenRepository& opened, const DeletedImage& deleted) {
    const auto& image = deleted.image;
    std::vector<std::string> others = deleted.tags;
    if (image.tag) std::erase(others, *image.tag);
    if (others.empty() || request_.force) return {};
    const std::string host = opened.client().host();
    Error error(
        ErrorClass::usage, "delete.other-tags",
        fmt::format("{} other tag{} point{} to the manifest of {}", others.size(),
                    others.size() == 1 ? "" : "s", others.size() == 1 ? "s" : "", image.reference));
    return std::move(error)
        .cause(fmt::format(
            "{}{}", listed_tags(others),
            image.tag ? "; " + host + " deletes only manifests, with all their tags" : ""))
        .fix("delete them all: berth delete --force " + image.reference);
  }

  static Error unsupported(const OpenRepository& opened, const registry::DeletionResult& result) {
    const std::string host = opened.client().host();
    return Error(ErrorClass::server, "delete.unsupported", host + " does not delete images")
        .cause("it does not implement the request, or deletion is disabled there")
        .registry(result.registry_message)
        .fix(
            "enable deletion in the registry (CNCF Distribution: storage.delete.enabled), or "
            "delete the image with the registry's own tool");
  }

  base::Result<void> check_gone(OpenRepository& opened, const ImageToDelete& image,
                                const std::string& reference) {
    for (int lookup = 1;; ++lookup) {
      BERTH_TRY(const bool there, points_to(opened, reference, image.digest));
      if (!there) return {};
      if (lookup == kMaxLookups) break;
      if (app_.cancellation.wait_for(kLookupInterval)) return app_.cancellation.error();
    }
    return Error(ErrorClass::server, "delete.ineffective",
                 opened.client().host() + " accepted the deletion and did not delete the image")
        .cause(image.reference + " still exists");
  }

  const App& app_;
  const DeleteRequest& request_;
  Events& events_;
  std::optional<Workspace> workspace_;
  std::vector<FoundImage> found_;  // refer to the workspace
};

ImageDeletion::ImageDeletion(const App& app, const DeleteRequest& request, Events& events)
    : run_(std::make_unique<Run>(app, request, events)) {}

ImageDeletion::~ImageDeletion() = default;

base::Result<std::vector<ImageToDelete>> ImageDeletion::find() { return run_->find(); }

base::Result<DeletedImage> ImageDeletion::remove(std::size_t position) {
  return run_->remove(position);
}

}  // namespace berth::app
