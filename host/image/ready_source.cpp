#include "image/ready_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "base/escape.hpp"
#include "http/memory_source.hpp"
#include "image/layout_candidates.hpp"
#include "image/layout_index.hpp"
#include "image/walk_image.hpp"
#include "oci/hasher.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

// In a layout, the documents of an image are stored as blobs.
class LayoutDocuments final : public ImageDocuments {
 public:
  explicit LayoutDocuments(const LayoutReader& directory) : directory_(directory) {}
  // Sets the content of the document with that digest to `text`.
  void add(const oci::Digest& digest, const std::string& text) {
    added_.emplace(digest.str(), text);
  }

  [[nodiscard]] const std::string& place() const override { return directory_.place(); }
  base::Result<std::string> read_manifest(const oci::Descriptor& descriptor) override {
    if (const auto found = added_.find(descriptor.digest.str()); found != added_.end())
      return found->second;
    return read_blob(directory_, descriptor, oci::kManifestLimit);
  }
  base::Result<std::string> read_config(const oci::Descriptor& descriptor) override {
    return read_blob(directory_, descriptor, oci::kManifestLimit);
  }
  base::Result<bool> has_blob(const oci::Descriptor& descriptor) override {
    const auto blob = directory_.open(blob_name(descriptor.digest));
    if (!blob && blob.error().code() != "source.missing") return blob.error().clone();
    return blob.has_value();
  }
  base::Result<bool> is_stored_as_manifest(const oci::Descriptor&) override { return false; }

 private:
  const LayoutReader& directory_;
  std::map<std::string, std::string> added_;
};

class ReadySource final : public Source {
 public:
  ReadySource(std::unique_ptr<LayoutReader> directory, ReadyImage image)
      : directory_(std::move(directory)), contents_(std::move(image)) {}

  [[nodiscard]] const Contents& contents() const override { return contents_; }
  [[nodiscard]] const std::string& place() const override { return directory_->place(); }
  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor& blob) override {
    if (const auto* embedded = oci::embedded_content(blob))
      return std::unique_ptr<http::BodySource>(std::make_unique<http::MemorySource>(*embedded));
    BERTH_TRY(const auto extent, directory_->open(blob_name(blob.digest)));
    BERTH_TRY(auto stream, VerifiedStream::open(extent, blob.digest, blob.size));
    return std::unique_ptr<http::BodySource>(std::move(stream));
  }
  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t) override {
    return Error(ErrorClass::internal, "source.no-layer",
                 "a complete image has no uncompressed layers");
  }

 private:
  std::unique_ptr<LayoutReader> directory_;
  Contents contents_;
};

// Returns the manifest below an entry's index that `selector` names by its digest, although
// index.json does not list it. std::nullopt if `selector` is not a digest, or is not in the layout.
std::optional<oci::Descriptor> unlisted_manifest(const LayoutReader& directory,
                                                 const std::string& selector) {
  auto digest = oci::Digest::parse(selector.starts_with('@') ? std::string_view(selector).substr(1)
                                                             : selector);
  if (!digest) return std::nullopt;
  const auto blob = directory.open(blob_name(*digest));
  if (!blob) return std::nullopt;
  return oci::Descriptor{{}, std::move(*digest), blob->size, {}, {}, {}};
}

Notice layout_index_notice(const std::vector<Candidate>& candidates) {
  std::vector<std::string> platforms;
  for (const auto& candidate : candidates)
    for (const auto& platform : candidate.platforms)
      platforms.push_back(base::escape(platform.full_str(), 100));
  return {
      false, "source.layout-index",
      fmt::format("index.json itself is pushed, as the index of {}", fmt::join(platforms, ", "))};
}

// Returns a notice about the artifacts next to the only image; std::nullopt without artifacts.
std::optional<Notice> artifacts_notice(const std::vector<Candidate>& candidates) {
  std::set<std::string> artifacts;
  for (const auto& candidate : candidates)
    if (!candidate.is_image) artifacts.insert(candidate.identity);
  if (artifacts.empty()) return std::nullopt;
  return Notice{false, "source.artifacts",
                artifacts.size() == 1 ? "1 artifact next to the image is not pushed"
                                      : fmt::format("{} artifacts next to the image are not pushed",
                                                    artifacts.size())};
}

struct ChosenImage {
  oci::Descriptor root;
  std::optional<Notice> notice;
};

base::Result<ChosenImage> choose(LayoutDocuments& documents, const LayoutReader& directory,
                                 const std::string& selector,
                                 const std::vector<oci::Platform>& platforms) {
  BERTH_TRY(const auto text, read_index_text(directory));
  BERTH_TRY(const auto entries, parse_layout_index(text, directory.place()));
  auto candidates = layout_candidates(entries);
  PlatformCache known;
  std::set<const Candidate*> described;  // select_image() may be called twice
  const auto describe = [&](Candidate& candidate) {
    if (!described.insert(&candidate).second) return;
    const auto& entry = entries[static_cast<std::size_t>(&candidate - candidates.data())];
    describe_entry(documents, known, entry.descriptor, candidate);
  };
  auto chosen = select_image(candidates, selector, {}, directory.place(), describe);
  if (chosen) return ChosenImage{entries[*chosen].descriptor, artifacts_notice(candidates)};
  // If index.json is a link out of the layout, it may be any file: it is read, but never uploaded.
  const auto index_file = directory.open("index.json");
  const bool may_be_sent = index_file && !index_file->outside;
  if (selector.empty() && chosen.error().code() == "source.ambiguous" && may_be_sent &&
      is_image_index(candidates)) {
    auto digest = oci::digest_of(text);
    documents.add(digest, text);
    auto notice = platforms.empty() ? std::optional(layout_index_notice(candidates)) : std::nullopt;
    return ChosenImage{
        {std::string(oci::media_type::kOciIndex), std::move(digest), text.size(), {}, {}, {}},
        std::move(notice)};
  }
  if (!platforms.empty())
    chosen = select_image(candidates, selector, platforms, directory.place(), describe);
  if (chosen) return ChosenImage{entries[*chosen].descriptor, std::nullopt};
  if (auto unlisted = unlisted_manifest(directory, selector))
    return ChosenImage{std::move(*unlisted), std::nullopt};
  return std::move(chosen).error();
}

}  // namespace

base::Result<std::unique_ptr<Source>> ready_source(std::unique_ptr<LayoutReader> directory,
                                                   const oci::Descriptor& root,
                                                   const std::vector<oci::Platform>& platforms) {
  LayoutDocuments documents(*directory);
  BERTH_TRY(auto image, walk_image(documents, root, platforms));
  if (!image.absent.empty())
    return Error(ErrorClass::integrity, "source.missing",
                 fmt::format("{} is missing in {}", blob_name(image.absent.front().digest),
                             directory->place()));
  return std::unique_ptr<Source>(
      std::make_unique<ReadySource>(std::move(directory), std::move(image)));
}

base::Result<std::unique_ptr<Source>> layout_source(std::unique_ptr<LayoutReader> directory,
                                                    const std::string& selector,
                                                    const std::vector<oci::Platform>& platforms) {
  LayoutDocuments documents(*directory);
  BERTH_TRY(auto chosen, choose(documents, *directory, selector, platforms));
  BERTH_TRY(auto image, walk_image(documents, chosen.root, platforms));
  if (chosen.notice) image.notices.insert(image.notices.begin(), std::move(*chosen.notice));
  return std::unique_ptr<Source>(
      std::make_unique<ReadySource>(std::move(directory), std::move(image)));
}

}  // namespace berth::image
