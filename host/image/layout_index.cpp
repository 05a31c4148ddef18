#include "image/layout_index.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "base/json.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

Error broken_layout(const std::string& place, std::string cause) {
  return Error(ErrorClass::integrity, "source.layout", place + " is a broken OCI layout").cause(std::move(cause));
}

}  // namespace

base::Result<std::vector<LayoutEntry>> parse_layout_index(std::string_view text, const std::string& place) {
  auto document = base::Json::parse(text, "index.json");
  if (!document) return broken_layout(place, document.error().message() + ": " + document.error().cause());
  const base::Json* manifests = document->find("manifests");
  if (manifests == nullptr || !manifests->is_array()) return broken_layout(place, "index.json lists no manifests");
  std::vector<LayoutEntry> entries;
  for (const auto& item : *manifests->as_array()) {
    auto descriptor = oci::Descriptor::from_json(item);
    if (!descriptor) return broken_layout(place, descriptor.error().message());
    const auto* name = descriptor->annotation(kRefName);
    entries.push_back({name != nullptr ? *name : std::string(), std::move(*descriptor)});
  }
  return entries;
}

base::Result<void> check_layout_version(std::string_view marker, const std::string& place) {
  const auto document = base::Json::parse(marker, "oci-layout");
  if (!document) return broken_layout(place, document.error().message());
  const auto number = document->string_or("imageLayoutVersion", "");
  if (number.starts_with("1.")) return {};
  return broken_layout(place, fmt::format("its imageLayoutVersion is {}; 1.0.0 is known", base::quote(number)));
}

base::Result<std::vector<LayoutEntry>> read_layout_index(const BlobFolder& folder) {
  const auto marker = folder.open("oci-layout");
  const auto index = folder.open("index.json");
  if (!marker || !index) {
    const auto& why = !marker ? marker.error() : index.error();
    if (why.code() != "source.missing") return why.clone();
    return Error(ErrorClass::not_found, "source.no-layout", "there is no OCI layout in " + folder.place())
        .cause(fmt::format("it has no {}", !marker ? "oci-layout" : "index.json"));
  }
  BERTH_TRY(const auto version, read_extent(*marker, kMarkerLimit));
  BERTH_CHECK(check_layout_version(version, folder.place()));
  BERTH_TRY(const auto text, read_extent(*index, kIndexLimit));
  return parse_layout_index(text, folder.place());
}

}  // namespace berth::image
