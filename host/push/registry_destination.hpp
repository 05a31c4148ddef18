// The destination of a push to a registry, and the content that a repository already has.
#pragma once

#include <memory>
#include <string>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "http/retry_policy.hpp"
#include "push/destination.hpp"
#include "registry/blob_upload_rules.hpp"
#include "registry/registry_client.hpp"

namespace berth::push {

// How blobs are uploaded to a registry.
struct UploadOptions {
  registry::BlobUploadRules rules = {};  // of the flavor
  http::RetryObserver on_retry = {};     // called for each retry of an upload, from any thread
};

// `repository` is the path below the registry's host: "team/app". References must outlive the
// destination.
std::unique_ptr<Destination> registry_destination(registry::RegistryClient& client,
                                                  std::string repository, UploadOptions options,
                                                  const base::Cancellation& cancellation,
                                                  base::Log& log);

// Returns a view of a repository's content. `client` must outlive it.
std::unique_ptr<StoredContent> registry_content(registry::RegistryClient& client,
                                                std::string repository);

}  // namespace berth::push
