// StoredContent: content that a destination already has; used for content that the source does not have.
#pragma once

#include <memory>
#include <string>

#include "oci/descriptor.hpp"
#include "registry/session.hpp"

namespace berth::push {

// Thread-safe. An error means that it is not known.
class StoredContent {
 public:
  StoredContent() = default;
  StoredContent(const StoredContent&) = delete;
  StoredContent& operator=(const StoredContent&) = delete;
  virtual ~StoredContent() = default;

  virtual base::Result<bool> has_blob(const oci::Descriptor& blob) = 0;
  virtual base::Result<bool> has_manifest(const oci::Descriptor& manifest) = 0;
};

// `session` must outlive the result.
std::unique_ptr<StoredContent> registry_content(registry::Session& session, std::string repository);
// Content of an OCI layout, which may not exist yet.
std::unique_ptr<StoredContent> layout_content(std::string directory);

}  // namespace berth::push
