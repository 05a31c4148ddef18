#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "image/archive_file.hpp"
#include "image/docker_archive_source.hpp"
#include "image/docker_daemon_source.hpp"
#include "image/ready_source.hpp"
#include "image/source.hpp"

namespace berth::image {
namespace {

base::Result<std::unique_ptr<Source>> open_directory(const SourceSpec& spec, const SourceContext& context) {
  boost::system::error_code error;
  if (boost::filesystem::is_regular_file(spec.location, error))
    return base::Error(base::ErrorClass::not_found, "source.no-folder", base::escape(spec.location) + " is no folder")
        .fix("write oci-archive:" + spec.text.substr(4));
  if (!boost::filesystem::exists(spec.location, error)) return missing_path("folder", spec.location);
  return layout_source(directory_folder(spec.location), spec.selector, context.platforms);
}

base::Result<TarIndex> open_tar(const SourceSpec& spec, const SourceContext& context) {
  BERTH_TRY(auto file, open_archive(spec.location, context.cancellation));
  return TarIndex::read(std::move(file), spec.location == "-" ? "standard input" : base::escape(spec.location));
}

}  // namespace

base::Result<std::unique_ptr<Source>> open_source(const SourceSpec& spec, const SourceContext& context) {
  switch (spec.transport) {
    case Transport::oci:
      return open_directory(spec, context);
    case Transport::oci_archive: {
      BERTH_TRY(auto index, open_tar(spec, context));
      return layout_source(archive_folder(std::move(index)), spec.selector, context.platforms);
    }
    case Transport::docker_archive: {
      BERTH_TRY(auto index, open_tar(spec, context));
      return docker_archive_source(index, spec.selector, context.platforms);
    }
    case Transport::docker_daemon:
      return docker_daemon_source(spec.location, context);
    case Transport::docker:
      break;
  }
  return base::Error(base::ErrorClass::internal, "source.transport", "registry_source() opens images in registries");
}

}  // namespace berth::image
