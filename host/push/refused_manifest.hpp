// Explains why a registry may have refused a manifest, from the manifest's content.
#pragma once

#include "base/error.hpp"
#include "image/source.hpp"

namespace berth::push {

// If the registry refused `manifest`, adds the layers that it leaves on other hosts (urls) to the
// cause of `error`, and a fix. Registries that do not store such manifests rarely report the
// reason: CNCF Distribution rejects urls that validation.manifests.urls.allow does not list as
// unknown blobs or invalid URLs.
base::Error explain_refused_manifest(base::Error error, const image::ReadyManifest& manifest);

}  // namespace berth::push
