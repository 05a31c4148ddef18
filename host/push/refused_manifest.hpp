// Explains why a registry may have refused a manifest, from what the manifest lists.
#pragma once

#include "base/error.hpp"
#include "image/source.hpp"

namespace berth::push {

// Adds the layers that the manifest leaves to other hosts (urls) to the cause of `error`, and what to do as its fix, if
// the registry refused `manifest`. Registries that store no such manifests rarely give the reason: CNCF Distribution
// refuses urls that validation.manifests.urls.allow does not list as unknown blobs or invalid URLs.
base::Error explain_refused_manifest(base::Error error, const image::ReadyManifest& manifest);

}  // namespace berth::push
