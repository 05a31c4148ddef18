#include "image/platform_selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/escape.hpp"
#include "base/near_miss.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
namespace types = oci::media_type;

constexpr std::ptrdiff_t kMaxShownPlatforms = 30;

// The properties of an entry that the selection uses.
struct Entry {
  oci::Descriptor descriptor;
  std::optional<oci::Platform> platform;
  std::string subject;  // digest of the image that it describes; empty for images and others
};

// A missing or damaged entry does not prevent the selection of another one.
bool concerns_entry_only(const Error& error) {
  return error.error_class() == ErrorClass::integrity ||
         error.error_class() == ErrorClass::validation ||
         error.error_class() == ErrorClass::not_found;
}

base::Result<void> complete_from_manifest(DocumentReader& reader, Entry& entry) {
  const auto document = reader.peek(entry.descriptor);
  if (!document)
    return concerns_entry_only(document.error()) ? base::Result<void>() : document.error().clone();
  const auto* manifest = std::get_if<oci::Manifest>(*document);
  if (manifest == nullptr) return {};
  if (manifest->subject) entry.subject = manifest->subject->digest.str();
  auto platform = reader.config_platform(*manifest);
  if (!platform)
    return concerns_entry_only(platform.error()) ? base::Result<void>()
                                                 : std::move(platform).error();
  entry.platform = std::move(*platform);
  return {};
}

// An index that is nested several times, which can be a whole tree, is read only once: its entries
// are the same.
base::Result<void> append_entries(DocumentReader& reader, const oci::Index& index, int depth,
                                  std::set<std::string>& read, std::vector<Entry>& entries) {
  if (depth > kMaxIndexDepth) return reader.too_deep();
  for (const auto& descriptor : index.manifests) {
    if (is_nested_index(descriptor)) {
      if (!read.insert(descriptor.digest.str()).second) continue;
      const auto nested = reader.peek(descriptor);
      if (!nested && !concerns_entry_only(nested.error())) return nested.error().clone();
      const auto* below = nested ? std::get_if<oci::Index>(*nested) : nullptr;
      if (below != nullptr)
        BERTH_CHECK(append_entries(reader, oci::Index(*below), depth + 1, read, entries));
      continue;
    }
    Entry entry{descriptor, descriptor.platform, {}};
    if (const auto* image = described_image(descriptor)) entry.subject = *image;
    const bool may_be_manifest =
        types::is_manifest(descriptor.media_type) || descriptor.media_type.empty();
    if (!entry.platform && may_be_manifest) BERTH_CHECK(complete_from_manifest(reader, entry));
    if (entry.platform && !entry.platform->is_known()) entry.platform.reset();
    entries.push_back(std::move(entry));
  }
  return {};
}

void keep(PlatformSelection& selection, const Entry& entry) {
  if (selection.kept.insert(entry.descriptor.digest.str()).second)
    selection.images.push_back(entry.descriptor);
}

// Keeps what refers to a selected image, and in turn what refers to that (a signature of an
// attestation).
void keep_companions(PlatformSelection& selection, const std::vector<Entry>& entries) {
  std::multimap<std::string_view, const oci::Descriptor*> by_subject;
  for (const auto& entry : entries)
    if (!entry.subject.empty()) by_subject.emplace(entry.subject, &entry.descriptor);
  std::vector<std::string> kept(selection.kept.begin(), selection.kept.end());
  while (!kept.empty()) {
    const std::string subject = std::move(kept.back());
    kept.pop_back();
    const auto [first, last] = by_subject.equal_range(subject);
    for (auto at = first; at != last; ++at) {
      const auto& digest = at->second->digest.str();
      if (!selection.kept.insert(digest).second) continue;
      selection.companions.insert(digest);
      kept.push_back(digest);
    }
  }
}

}  // namespace

const std::string* described_image(const oci::Descriptor& entry) {
  return entry.annotation("vnd.docker.reference.digest");
}

bool is_nested_index(const oci::Descriptor& entry) {
  return types::is_index(entry.media_type) && !(entry.platform && entry.platform->is_known());
}

Error no_platform(const std::string& place, const oci::Platform& requested,
                  const std::vector<std::optional<oci::Platform>>& available) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const auto& platform : available) {
    const std::string name = platform ? base::escape(platform->full_str(), 100) : "";
    if (!name.empty() && seen.insert(name).second) names.push_back(name);
  }
  auto shown = std::vector<std::string>(
      names.begin(),
      names.begin() + std::min<std::ptrdiff_t>(std::ssize(names), kMaxShownPlatforms));
  if (shown.size() < names.size()) shown.emplace_back("…");
  auto error = Error(ErrorClass::not_found, "source.no-platform",
                     fmt::format("{} has no image for {}", place, requested.full_str()))
                   .cause(names.empty() ? "no platforms known"
                                        : fmt::format("available: {}", fmt::join(shown, ", ")));
  const auto near = base::near_miss(requested.str(), names);
  return near ? std::move(error).fix("did you mean --platform " + *near + "?") : std::move(error);
}

base::Result<PlatformSelection> select_platforms(DocumentReader& reader, const std::string& place,
                                                 const oci::Index& index,
                                                 const std::vector<oci::Platform>& platforms) {
  std::vector<Entry> entries;
  std::set<std::string> read;
  BERTH_CHECK(append_entries(reader, index, 1, read, entries));
  std::vector<std::optional<oci::Platform>> available;
  for (const auto& entry : entries)
    available.push_back(entry.subject.empty() ? entry.platform : std::nullopt);
  PlatformSelection selection;
  for (const auto& requested : platforms) {
    const auto selected = oci::select_platform(available, requested);
    if (selected.empty()) return no_platform(place, requested, available);
    for (const std::size_t i : selected) keep(selection, entries[i]);
  }
  keep_companions(selection, entries);
  return selection;
}

}  // namespace berth::image
