// A source whose image lies in a registry of the distribution API. Goes up byte for byte; blobs are fetched while they
// are sent on, through a bounded pipe, and are hashed on the way.
#pragma once

#include <memory>
#include <vector>

#include "image/source.hpp"
#include "oci/reference.hpp"
#include "registry/session.hpp"

namespace berth::image {

// The image that `reference` names (by its digest, else its tag, else latest) at the host of `session`; reads its
// manifests. `session` is shared with the threads that fetch. Class not-found, code "source.no-image"; a registry that
// lies, or an image of Docker's schema 1: class integrity; else as Session.
base::Result<std::unique_ptr<Source>> registry_source(std::shared_ptr<registry::Session> session,
                                                      const oci::Reference& reference,
                                                      const std::vector<oci::Platform>& platforms);

}  // namespace berth::image
