#include "image/layout_index.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "base/json_parser.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

Error broken_layout(const std::string& place, std::string cause) {
  return Error(ErrorClass::integrity, "source.layout", place + " is a malformed OCI layout")
      .cause(std::move(cause));
}

}  // namespace

base::Result<std::vector<LayoutEntry>> parse_layout_index(std::string_view text,
                                                          const std::string& place) {
  auto document = base::parse_json(text, "index.json");
  if (!document)
    return broken_layout(place, document.error().message() + ": " + document.error().cause());
  std::vector<LayoutEntry> entries;
  const base::Json* manifests = document->find("manifests");
  if (manifests != nullptr && manifests->is_null()) return entries;
  if (manifests == nullptr || !manifests->is_array())
    return broken_layout(place, "index.json lists no manifests");
  for (const auto& item : *manifests->as_array()) {
    auto descriptor = oci::Descriptor::from_json(item);
    if (!descriptor && descriptor.error().error_class() == ErrorClass::validation)
      return std::move(descriptor).error();
    if (!descriptor) return broken_layout(place, "index.json: " + descriptor.error().cause());
    const auto* name = descriptor->annotation(kRefName);
    entries.push_back({name != nullptr ? *name : std::string(), std::move(*descriptor)});
  }
  return entries;
}

base::Result<void> check_layout_version(std::string_view marker, const std::string& place) {
  const auto document = base::parse_json(marker, "oci-layout");
  const auto number = document ? document->string_or("imageLayoutVersion", "") : "";
  if (number.empty() || number.starts_with("1.")) return {};
  return Error(ErrorClass::validation, "source.layout-version",
               place + " has an unsupported OCI layout version")
      .cause(fmt::format("its imageLayoutVersion is {}, expected 1.0.0", base::quote(number)));
}

base::Result<std::string> read_index_text(const LayoutReader& directory) {
  const auto index = directory.open("index.json");
  if (!index && index.error().code() != "source.missing") return index.error().clone();
  if (!index)
    return Error(ErrorClass::not_found, "source.no-layout", "no OCI layout in " + directory.place())
        .cause("it has no index.json");
  const auto marker = directory.open("oci-layout");
  const auto version = marker ? read_extent(*marker, kMarkerLimit) : marker.error().clone();
  if (version) BERTH_CHECK(check_layout_version(*version, directory.place()));
  return read_extent(*index, kIndexLimit);
}

base::Result<std::vector<LayoutEntry>> read_layout_index(const LayoutReader& directory) {
  BERTH_TRY(const auto text, read_index_text(directory));
  return parse_layout_index(text, directory.place());
}

}  // namespace berth::image
