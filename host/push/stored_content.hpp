// StoredContent: what a destination already has. Asked for what the source does not have.
#pragma once

#include <memory>
#include <string>

#include "oci/descriptor.hpp"
#include "registry/session.hpp"

namespace berth::push {

// Safe from any thread. An error means that it is not known.
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
// Of an OCI layout, which does not have to exist.
std::unique_ptr<StoredContent> layout_content(std::string directory);

}  // namespace berth::push
