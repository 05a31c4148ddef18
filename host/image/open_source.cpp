#include "image/open_source.hpp"

#include <fmt/format.h>

#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "image/archive_file.hpp"
#include "image/docker_archive_manifest.hpp"
#include "image/docker_archive_source.hpp"
#include "image/docker_daemon_source.hpp"
#include "image/explain_path.hpp"
#include "image/explain_source.hpp"
#include "image/image_tags.hpp"
#include "image/layout_candidates.hpp"
#include "image/layout_index.hpp"
#include "image/ready_source.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
namespace fs = boost::filesystem;

constexpr std::size_t kShownHead = 64;

// A path that contains a colon, if the part before the colon does not exist.
SourceSpec with_whole_path(SourceSpec spec) {
  boost::system::error_code ignored;
  const std::string whole = spec.location + ":" + spec.selector;
  if (spec.selector.empty() || fs::exists(spec.location, ignored) || !fs::exists(whole, ignored))
    return spec;
  spec.location = whole;
  spec.selector.clear();
  return spec;
}

// The error for a file in place of a directory.
Error explain_file(const SourceSpec& spec) {
  auto fd = base::open_for_reading(spec.location);
  if (!fd) return std::move(fd).error();
  const std::string name = base::escape(spec.location);
  const auto index =
      TarIndex::read(std::make_shared<const platform::UniqueFd>(std::move(*fd)), name);
  if (index && (index->contains("oci-layout") || index->contains("manifest.json")))
    return explain_no_image(archive_tree(*index, spec.location), spec.transport);
  return Error(ErrorClass::not_found, "source.no-folder", name + " is not a directory")
      .fix("berth push oci-archive:" + spec.text.substr(4) + " DESTINATION");
}

base::Result<std::unique_ptr<Source>> open_directory(const SourceSpec& spec,
                                                     const SourceContext& context) {
  boost::system::error_code error;
  if (fs::is_regular_file(spec.location, error)) return explain_file(spec);
  if (!fs::exists(spec.location, error)) return missing_path("directory", spec.location);
  auto source = layout_source(directory_layout(spec.location, &context.cancellation), spec.selector,
                              context.platforms);
  if (source || source.error().code() != "source.no-layout") return source;
  const auto tree = directory_tree(spec.location);
  return tree.has("index.json") ? std::move(source) : explain_no_image(tree, spec.transport);
}

base::Result<TarIndex> open_tar(const SourceSpec& spec, const SourceContext& context) {
  boost::system::error_code error;
  if (spec.location != "-" && fs::is_directory(spec.location, error))
    return explain_no_image(directory_tree(spec.location), spec.transport);
  BERTH_TRY(const auto archive,
            open_archive(spec.location, transport_name(spec.transport), context));
  auto index = TarIndex::read(archive.file, archive.name, archive.truncated);
  if (index || index.error().code() != "source.not-tar" ||
      index.error().error_class() != ErrorClass::usage)
    return index;
  std::string head(kShownHead, '\0');
  BERTH_TRY(
      const auto count,
      base::read_at(archive.file->get(), std::as_writable_bytes(std::span(head)), 0, archive.name));
  return explain_no_archive(std::string_view(head).substr(0, count), archive.name, spec.location);
}

base::Result<std::unique_ptr<Source>> docker_archive_image(const TarIndex& index,
                                                           const SourceSpec& spec,
                                                           const SourceContext& context) {
  auto source = docker_archive_source(index, spec.selector, context.platforms, context.log);
  if (source) return source;
  const auto& error = source.error();
  const bool too_many =
      error.code() == "source.not-tar" && error.error_class() == ErrorClass::usage;
  if (!too_many && error.code() != "source.missing" && error.code() != "source.archive")
    return source;
  const auto tree = archive_tree(index, spec.location);
  if (!too_many && index.contains("manifest.json") && !is_single_manifest(tree)) return source;
  return explain_no_image(tree, spec.transport);
}

base::Result<std::unique_ptr<Source>> oci_archive_image(const TarIndex& index,
                                                        const SourceSpec& spec,
                                                        const SourceContext& context) {
  auto source = layout_source(archive_layout(index), spec.selector, context.platforms);
  if (source || source.error().code() != "source.no-layout") return source;
  if (auto problem = index.problem(); problem && problem->error_class() == ErrorClass::integrity)
    return *std::move(problem);
  return explain_no_image(archive_tree(index, spec.location), spec.transport);
}

base::Result<std::unique_ptr<Source>> open_in_archive(const TarIndex& index, const SourceSpec& spec,
                                                      const SourceContext& context) {
  return spec.transport == Transport::docker_archive ? docker_archive_image(index, spec, context)
                                                     : oci_archive_image(index, spec, context);
}

base::Result<ImageTags> layout_tags(const LayoutReader& layout) {
  BERTH_TRY(const auto entries, read_layout_index(layout));
  return find_image_tags(layout_candidates(entries), BareName::tag, layout.place());
}

base::Result<ImageTags> archive_tags(const TarIndex& index, Transport transport) {
  if (transport == Transport::oci_archive) return layout_tags(*archive_layout(index));
  BERTH_TRY(auto names, archived_names(index));
  std::vector<Candidate> candidates;
  for (auto& image : names) candidates.push_back({.identity = {}, .names = std::move(image)});
  return find_image_tags(candidates, BareName::repository, index.path());
}

// Opens one image for each tag; `open(spec)` opens the one that the spec's selector names.
template <typename Open>
base::Result<TaggedImages> open_each(ImageTags tags, SourceSpec spec, const Open& open) {
  TaggedImages opened;
  opened.skipped = std::move(tags.skipped);
  for (auto& [tag, selector] : tags.tags) {
    spec.selector = std::move(selector);
    BERTH_TRY(auto source, open(spec));
    opened.images.push_back({std::move(tag), std::move(source)});
  }
  return opened;
}

Error selector_error(std::string message, std::string fix) {
  return Error(ErrorClass::usage, "usage.all-tags", std::move(message)).fix(std::move(fix));
}

}  // namespace

base::Result<std::unique_ptr<Source>> open_source(const SourceSpec& typed,
                                                  const SourceContext& context) {
  const auto spec = with_whole_path(typed);
  switch (spec.transport) {
    case Transport::oci:
      return open_directory(spec, context);
    case Transport::oci_archive:
    case Transport::docker_archive: {
      BERTH_TRY(const auto index, open_tar(spec, context));
      return open_in_archive(index, spec, context);
    }
    case Transport::docker_daemon:
      BERTH_CHECK(check_bare_path(spec));
      return docker_daemon_source(spec.location, context);
    case Transport::docker:
      break;
  }
  return Error(ErrorClass::internal, "source.transport",
               "registry_source() opens images in registries");
}

base::Result<TaggedImages> open_tagged_images(const SourceSpec& typed,
                                              const SourceContext& context) {
  const auto spec = with_whole_path(typed);
  if (spec.transport == Transport::docker || spec.transport == Transport::docker_daemon)
    return selector_error("--all-tags requires an archive or an OCI layout",
                          "omit --all-tags, and push each image by its name");
  if (!spec.selector.empty())
    return selector_error("--all-tags pushes every image of the source, and " +
                              base::quote(typed.text) + " names one",
                          fmt::format("omit {}, or --all-tags", base::quote(":" + spec.selector)));
  if (spec.transport == Transport::oci) {
    auto first = layout_tags(*directory_layout(spec.location, &context.cancellation));
    // open_directory() explains what is not a layout.
    if (!first && first.error().code() != "source.no-image")
      BERTH_CHECK(open_directory(spec, context));
    BERTH_TRY(auto tags, std::move(first));
    return open_each(std::move(tags), spec,
                     [&](const SourceSpec& one) { return open_directory(one, context); });
  }
  BERTH_TRY(const auto index, open_tar(spec, context));
  auto first = archive_tags(index, spec.transport);
  if (!first && first.error().code() != "source.no-image" &&
      first.error().code() != "source.ambiguous")
    BERTH_CHECK(open_in_archive(index, spec, context));
  BERTH_TRY(auto tags, std::move(first));
  return open_each(std::move(tags), spec,
                   [&](const SourceSpec& one) { return open_in_archive(index, one, context); });
}

}  // namespace berth::image
