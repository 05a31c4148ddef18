// The documents of an image in a registry.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "image/image_documents.hpp"
#include "registry/registry_client.hpp"

namespace berth::image {

// Reads documents of `repository`; `place` names it in errors. `root` was
// already read; std::nullopt if none was. `client` must outlive the result.
std::unique_ptr<ImageDocuments> registry_documents(registry::RegistryClient& client,
                                                   std::string repository, std::string place,
                                                   std::optional<registry::FetchedManifest> root);

}  // namespace berth::image
