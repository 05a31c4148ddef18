// StoredContent: content that a destination already has; used for content that the source does not
// have.
#pragma once

#include "base/result.hpp"
#include "oci/descriptor.hpp"

namespace berth::push {

// Thread-safe. An error means that it is not known.
class StoredContent {
 public:
  StoredContent() = default;
  StoredContent(const StoredContent&) = delete;
  StoredContent& operator=(const StoredContent&) = delete;
  virtual ~StoredContent() = default;

  // Returns whether the destination has the blob, with its bytes.
  virtual base::Result<bool> has_blob(const oci::Descriptor& blob) = 0;
  virtual base::Result<bool> has_manifest(const oci::Descriptor& manifest) = 0;
};

}  // namespace berth::push
