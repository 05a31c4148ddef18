#include "push/refused_manifest.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "oci/manifest.hpp"

namespace berth::push {

base::Error explain_refused_manifest(base::Error error, const image::ReadyManifest& manifest) {
  const bool is_refusal = error.error_class() == base::ErrorClass::server ||
                          error.error_class() == base::ErrorClass::denied;
  if (!is_refusal || !error.code().starts_with("push.manifest")) return error;
  const auto parsed = oci::parse_manifest(manifest.bytes, manifest.media_type);
  if (!parsed) return error;
  const oci::Descriptor* foreign = nullptr;
  for (const auto& layer : parsed->layers)
    if (!layer.urls.empty() || oci::media_type::is_foreign_layer(layer.media_type))
      foreign = &layer;
  if (foreign == nullptr) return error;
  const std::string url = foreign->urls.empty() ? "none" : base::escape(foreign->urls.front(), 200);
  auto cause =
      fmt::format("{}{}the manifest lists a foreign layer, which is not uploaded ({}, urls: {})",
                  error.cause(), error.cause().empty() ? "" : "; ", foreign->digest.brief(), url);
  error = std::move(error).cause(std::move(cause));
  // CNCF Distribution responds with 500, whose fix is to try again, which does not help here.
  if (error.error_class() == base::ErrorClass::denied && !error.fix().empty()) return error;
  return std::move(error).fix(
      "allow foreign layers in the registry (CNCF Distribution: validation.manifests.urls.allow), "
      "or build the image "
      "without them");
}

}  // namespace berth::push
